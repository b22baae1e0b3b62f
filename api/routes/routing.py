"""Walking routes that end at the entrance that works for this person."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from api.bodies import BodyTooLargeError, SmallBodyRoute
from api.parameters import refuse_repeated
from api.planning import (
    AskDesk,
    Desk,
    SamePlaceError,
    check_ends_differ,
    list_links,
    read_areas,
)
from api.problems import problems
from api.schemas.journeys import Collection, RouteAsk, RouteBody, RouteQuery
from api.ways import PRIVATE, ROUTING_ERRORS, GeoJsonResponse
from audits.journeys.answer import Asked, show_gpx, show_no_way, show_routes, show_shut
from audits.journeys.lifts import LiftTable
from audits.journeys.model import Ends
from audits.journeys.nearest import find_candidates, show_nearest
from audits.journeys.shut_stops import Opened, plan_through_closed
from geo.errors import DomainError, ErrorKind
from geo.routing.answer import (
    NoRoute,
    NoRouteReason,
    RouteRequest,
    Routes,
)
from geo.routing.ranking import RankRequest
from geo.routing.service import Pinned

router = APIRouter(tags=["routes"], route_class=SmallBodyRoute)

GPX = "application/gpx+xml"
_NEAREST = 3


class NoWayAsGpxError(DomainError):
    """GPX was asked for, and there is no way; ask for GeoJSON to learn what stands in it."""

    code = "no-way-as-gpx"
    title = "There is no way that could be written as GPX"
    kind = ErrorKind.INVALID


_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A way as GeoJSON (or GPX); or, with `found` false, what is in the way.",
        "content": {GPX: {"schema": {"type": "string"}}},
    },
    **problems(*ROUTING_ERRORS, SamePlaceError, NoWayAsGpxError, BodyTooLargeError),
}


@router.get(
    "/v1/routes",
    dependencies=[Depends(refuse_repeated(RouteQuery))],
    operation_id="planRoute",
    summary="Plan a route",
    response_model=Collection,
    response_class=GeoJsonResponse,
    responses=_RESPONSES,
)
async def plan_route(asked: Annotated[RouteQuery, Query()], desk: AskDesk) -> Response:
    """Give a walking route as GeoJSON with steps, or say which barriers are in the way.

    A place is reached at the entrance that works for this person, with its path, ramp, steps
    and door as the last features; `properties.target` says how it was found and how sure that
    is. At a place that is a stop (`via`) the way leads in and out again; `properties.stops` says
    of each what `target` says of the destination, `properties.legs` what lies between them.
    `properties.found` is false when there is no way; the features are then the barriers,
    and `would_open` and `nearest` say what helps. `properties.links.self` asks the same again.

    Example: `/v1/routes?from=76.93,43.24&to=address:Абай 10&profile=manual_wheelchair&help=alone`.
    """
    return await answer_route(asked, desk)


@router.post(
    "/v1/routes",
    operation_id="planRouteByBody",
    summary="Plan a route, long question",
    response_model=Collection,
    response_class=GeoJsonResponse,
    responses=_RESPONSES,
)
async def plan_route_by_body(asked: RouteBody, desk: AskDesk) -> Response:
    """Ask what `GET /v1/routes` asks, with areas to avoid as GeoJSON polygons."""
    return await answer_route(asked, desk)


async def answer_route(asked: RouteQuery | RouteBody, desk: Desk) -> Response:
    """Plan a way and write the answer; everything on the processor runs in threads."""
    needs = asked.as_needs()
    areas = read_areas(asked.avoid)
    person = desk.person(asked, needs)
    texts = [asked.origin, asked.destination, *asked.via]
    starts, ends, *stops = await desk.resolve(texts, person)
    check_ends_differ([starts, *stops, ends])
    links = list_links("/v1/routes", asked, desk.language(asked))
    pinned, lifts, at = await desk.pin(asked)
    context = Asked(
        profile=asked.profile,
        starts=starts,
        ends=ends,
        stops=stops,
        at=at,
        language=desk.language(asked),
        lifts=lifts,
        elevation=asked.elevation,
    )
    blocked = [end for end in context.all_ends if not end.targets]
    if blocked:
        shown = _show_nothing(context)
        shown["properties"] |= {"links": links, "url": links["self"]}
        return _write(shown)
    request = RouteRequest(
        origins=starts.targets,
        targets=ends.targets,
        via=[stop.targets for stop in stops],
        avoid=areas,
        alternatives=asked.alternatives,
        check_return=asked.check_return,
        needs=needs,
        at=at,
    )
    if _wants_gpx(asked, desk.request):
        return await _answer_gpx(desk, request, context, pinned)
    answer = await desk.state.bench.run(
        desk.client, _plan, desk.state.lifts, request, context, pinned, links
    )
    if isinstance(answer, bytes):
        return GeoJsonResponse(answer, headers=PRIVATE)
    found, opened = answer
    return await _answer_no_way(found, opened, asked, desk, request, context, links)


def _plan(
    lifts: LiftTable,
    request: RouteRequest,
    context: Asked,
    pinned: Pinned,
    links: dict[str, str | None],
) -> bytes | tuple[NoRoute, Opened | None]:
    """Plan and write in one go; without a way, say what opened doors of stops make. Blocking."""
    network = lifts.lay_over(pinned, context.lifts, context.at)
    found = network.plan_routes(request)
    if isinstance(found, NoRoute):
        return found, plan_through_closed(network, request, context.all_ends, found)
    shown = show_routes(found, context)
    shown["properties"] |= {"links": links, "url": links["self"]}
    return orjson.dumps(shown)


async def _answer_gpx(
    desk: Desk, request: RouteRequest, context: Asked, pinned: Pinned
) -> Response:
    def work() -> bytes | NoRoute:
        network = desk.state.lifts.lay_over(pinned, context.lifts, context.at)
        found = network.plan_routes(replace(request, alternatives=0))
        return show_gpx(found.best, context, "Esik") if isinstance(found, Routes) else found

    answer = await desk.state.bench.run(desk.client, work)
    if isinstance(answer, NoRoute):
        raise NoWayAsGpxError(reason=answer.reason.value)
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="route.gpx"'}
    return Response(answer, media_type=GPX, headers=headers)


async def _answer_no_way(
    answer: NoRoute,
    opened: Opened | None,
    asked: RouteQuery | RouteBody,
    desk: Desk,
    request: RouteRequest,
    context: Asked,
    links: dict[str, str | None],
) -> Response:
    """Say what stands in the way, what would open it, and what is near instead."""
    shown = show_no_way(answer, context, opened)
    links = {**links, "gpx": None}
    shown["properties"] |= {"links": links, "url": links["self"], "nearest": []}
    # On a way with stops, what cannot be reached is the end of one leg.
    starts, ends = context.all_ends[answer.leg : answer.leg + 2]
    wanted = find_place_id(ends)
    if answer.reason is not NoRouteReason.AVOIDED and wanted is not None and starts.usable:
        shown["properties"]["nearest"] = await _find_nearest(
            asked, desk, request, context, starts, wanted
        )
    return _write(shown)


async def _find_nearest(
    asked: RouteAsk,
    desk: Desk,
    request: RouteRequest,
    context: Asked,
    starts: Ends,
    wanted: UUID,
) -> list[dict[str, Any]]:
    person = desk.person(asked, request.needs)
    start = starts.usable[0].target
    candidates = await find_candidates(
        desk.db, like=wanted, near=(start.lon, start.lat), person=person
    )
    if not candidates.places:
        return []
    pinned, lifts, at = await desk.pin(asked)

    def work() -> list[dict[str, Any]]:
        network = desk.state.lifts.lay_over(pinned, lifts, at)
        ranking = network.rank(
            RankRequest(
                origins=[end.target for end in starts.usable],
                groups=[[end.target for end in group] for group in candidates.groups],
                needs=request.needs,
                avoid=request.avoid,
                count=_NEAREST,
            )
        )
        return [show_nearest(each, candidates, context.language) for each in ranking.found]

    return await desk.state.bench.run(desk.client, work)


def find_place_id(ends: Ends) -> UUID | None:
    """Give the place that an end stands for; `None` for a bare point."""
    if ends.hit is not None:
        return ends.hit.place_id
    if ends.place_id is not None:
        return ends.place_id
    return None


def _show_nothing(context: Asked) -> dict[str, Any]:
    """Say that nobody knows where an end is."""
    return {
        "type": "FeatureCollection",
        "features": [],
        "properties": {
            "found": False,
            "reason": "no_position",
            **show_shut(context),
        },
    }


def _wants_gpx(asked: RouteAsk, request: Request) -> bool:
    if asked.format is not None:
        return asked.format == "gpx"
    return GPX in request.headers.get("accept", "")


def _write(shown: dict[str, Any]) -> Response:
    return GeoJsonResponse(orjson.dumps(shown), headers=PRIVATE)
