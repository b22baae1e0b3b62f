"""Walking routes that end at the entrance that works for this person."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncSession

from api.admission import OverloadedError
from api.city_time import on_city_clock
from api.coordinates import InvalidCoordinatesError, read_point
from api.dependencies import AppState, Now, ReadDb
from api.problems import problems
from audits.journeys.doorstep import walk_to_the_door
from audits.journeys.ends import resolve_entrance, resolve_place, resolve_point
from audits.journeys.model import Ends, Person
from audits.verdicts.model import reason_as_json
from geo.errors import DomainError, ErrorKind
from geo.mobility import Help, Profile
from geo.places.queries import PlaceNotFoundError
from geo.routing.answer import (
    NoRoute,
    OutsideNetworkError,
    Route,
    RouteRequest,
    RouterNotReadyError,
    SearchTooLongError,
    TooFarError,
)
from geo.routing.encoding import LimitKind
from geo.routing.geojson import as_geojson, explain_as_geojson
from geo.routing.needs import Needs, Unknown

router = APIRouter(tags=["routes"])


class InvalidEndError(DomainError):
    """An end of a route is neither a point, a place nor an entrance."""

    code = "invalid-route-end"
    title = "An end is `lon,lat`, `place:<id>` or `entrance:<id>`"
    kind = ErrorKind.BAD_REQUEST


@router.get(
    "/v1/routes",
    operation_id="planRoute",
    summary="Plan a route",
    responses=problems(
        InvalidEndError,
        InvalidCoordinatesError,
        PlaceNotFoundError,
        OutsideNetworkError,
        TooFarError,
        SearchTooLongError,
        RouterNotReadyError,
        OverloadedError,
    ),
)
async def plan_route(
    *,
    state: AppState,
    db: ReadDb,
    now: Now,
    origin: Annotated[
        str, Query(alias="from", max_length=100, examples=["76.93,43.24"], description="Start.")
    ],
    destination: Annotated[
        str,
        Query(
            alias="to",
            max_length=100,
            examples=["place:0198c8a4-0000-7000-8000-000000000000"],
            description="`lon,lat`, `place:<id>` or `entrance:<id>`.",
        ),
    ],
    profile: Profile = Profile.MANUAL_WHEELCHAIR,
    help_at_hand: Annotated[Help | None, Query(alias="help", description="Who is with me.")] = None,
    key: Annotated[list[str], Query(default_factory=list, max_length=5)],
    unknown: Annotated[
        Unknown, Query(description="What to do where nothing is known.")
    ] = Unknown.PREFER_KNOWN,
    at: Annotated[
        AwareDatetime | None, Query(description="When, with its zone; now by default.")
    ] = None,
    lang: Literal["kk", "ru", "en"] = "kk",
) -> dict[str, Any]:
    """Give a walking route as GeoJSON with steps, or say which barriers are in the way.

    A place is reached at the entrance that works for this person; `properties.target` says how
    it was found and how sure that is. `properties.found` is false when there is no way; the
    features are then the barriers.
    """
    needs = Needs(
        profile=profile,
        help=help_at_hand,
        keys=frozenset(key),
        unknown=dict.fromkeys(LimitKind, unknown),
    )
    visit = on_city_clock(at, state.settings.time_zone)
    starts = await _resolve(db, origin, needs, visit, now)
    ends = await _resolve(db, destination, needs, visit, now)
    if not starts.usable or not ends.usable:
        return _closed(starts, ends)
    request = RouteRequest(
        origins=[end.target for end in starts.usable],
        targets=[end.target for end in ends.usable],
        needs=needs,
        at=at or now,
    )
    async with state.route_admission.enter():
        # The kernels release the GIL, so a thread is enough and tiles go on meanwhile.
        answer = await asyncio.to_thread(state.router.plan_route, request)
    return _show(answer, starts, ends, profile, lang)


def _show(
    answer: Route | NoRoute, starts: Ends, ends: Ends, profile: Profile, lang: str
) -> dict[str, Any]:
    """Write the answer, and at which doors it begins and ends."""
    if isinstance(answer, NoRoute):
        shown = explain_as_geojson(answer, lang)
        shown["properties"] |= {"found": False, "closed_entrances": _reasons(ends)}
        return shown
    doorstep = walk_to_the_door(
        answer, starts.usable[answer.origin_index], ends.usable[answer.target_index], profile
    )
    shown = as_geojson(doorstep.route, lang)
    shown["properties"] |= {
        "found": True,
        "profile": profile.value,
        "origin": starts.usable[answer.origin_index].as_json(),
        "target": ends.usable[answer.target_index].as_json(),
        "closed_entrances": _reasons(ends),
    }
    return shown


async def _resolve(
    db: AsyncSession, text: str, needs: Needs, at: datetime | None, now: datetime
) -> Ends:
    kind, _colon, key = text.partition(":")
    if kind not in {"place", "entrance"}:
        return resolve_point(*read_point(text))
    try:
        found = UUID(key)
    except ValueError as error:
        raise InvalidEndError(given=text) from error
    person = Person.of(needs, at=at, now=now)
    if kind == "entrance":
        return await resolve_entrance(db, entrance_id=found, person=person)
    return await resolve_place(db, place_id=found, person=person)


def _closed(starts: Ends, ends: Ends) -> dict[str, Any]:
    """Say that a door, not the street, is what closes the way."""
    closed = ends if not ends.usable else starts
    return {
        "type": "FeatureCollection",
        "features": [],
        "properties": {
            "found": False,
            "reason": "no_usable_entrance",
            "closed_entrances": _reasons(closed),
        },
    }


def _reasons(ends: Ends) -> list[dict[str, Any]]:
    return [
        {
            "entrance_id": str(door.entrance_id),
            "blocking": [reason_as_json(reason) for reason in door.blocking],
        }
        for door in ends.closed
    ]
