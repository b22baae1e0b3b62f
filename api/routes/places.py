"""Places: lists, and everything public about one."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status

from api.bodies import SmallBodyRoute
from api.conditional import IfNoneMatch, content_tag, matches
from api.coordinates import InvalidCoordinatesError
from api.dependencies import AppState, CurrentActor, Now, ReadDb, WriteDb
from api.parameters import BadParameterError, refuse_repeated
from api.place_lists import IncompleteQuestionError, read_page
from api.places import read_place
from api.problems import problems
from api.schemas.places import (
    DeclaredStatus,
    DeclaredStatusIn,
    PastEventRead,
    PlaceHistory,
    PlacePage,
    PlaceRead,
    PlacesQuery,
)
from api.viewing import VisiblePlace, cache_control
from audits.accounts.policy import NotAllowedError
from audits.accounts.tokens import InvalidTokenError
from audits.past import list_past
from audits.status import declare_status
from geo.errors import InvalidCursorError
from geo.places.areas import InvalidPolygonError
from geo.places.features import UnknownFeatureError
from geo.places.queries import PlaceNotFoundError
from geo.places.search import BoxTooLargeError

router = APIRouter(tags=["places"], route_class=SmallBodyRoute)


@router.get(
    "/v1/places",
    dependencies=[Depends(refuse_repeated(PlacesQuery))],
    operation_id="listPlaces",
    summary="Find places",
    responses=problems(
        BoxTooLargeError,
        InvalidCursorError,
        InvalidCoordinatesError,
        InvalidPolygonError,
        UnknownFeatureError,
        IncompleteQuestionError,
        BadParameterError,
    ),
)
async def find_places(
    asked: Annotated[PlacesQuery, Query()],
    request: Request,
    response: Response,
    db: ReadDb,
    state: AppState,
    now: Now,
) -> PlacePage:
    """List active places in a box or polygon, nearest first with `near`; all filters hold.

    With limits, help, keys or a time of one's own the nearest 200 candidates of a page are
    judged for that person: `own` is their word, `word` and `confidence` are about it, and
    `judged` says how many were looked at. That needs `near`.
    """
    if asked.is_personal:
        # Limits say something about a person's body: no shared cache may keep the answer.
        response.headers["Cache-Control"] = "private, no-store"
    zone = state.settings.time_zone
    return await read_page(db, asked, request=request, time_zone=zone, now=now)


@router.get(
    "/v1/places/{place_id}",
    operation_id="getPlace",
    summary="One place",
    response_model=PlaceRead,
    responses={304: {"description": "Not changed."}, **problems(PlaceNotFoundError)},
)
async def get_place(
    place_id: UUID,
    see: VisiblePlace,
    db: ReadDb,
    state: AppState,
    now: Now,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> PlaceRead | Response:
    """Give a place with its words and reasons, its parts, and the facts they rest on.

    Beside the words: each clause of the norm, and the official status. A merged place answers
    with the one it was merged into. One that is only proposed is there for its author and for
    reviewers of its district.
    """
    policy = state.settings.adaptation_policy
    place = await see(place_id)
    _place, body = await read_place(db, place, policy=policy, now=now)
    # Words of organisations inside and the day of the norm count too, so the tag is the content's.
    tag = content_tag(body.model_dump_json())
    headers = {"ETag": tag, "Cache-Control": cache_control(place)}
    if matches(if_none_match, tag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    response.headers.update(headers)
    return body


@router.get(
    "/v1/places/{place_id}/history",
    operation_id="getPlaceHistory",
    summary="What happened to a place",
    responses=problems(PlaceNotFoundError, InvalidCursorError),
)
async def get_history(
    place_id: UUID,
    see: VisiblePlace,
    db: ReadDb,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> PlaceHistory:
    """List visits, decisions, votes and words that changed, newest first, by role.

    Nobody's name, account or position stands here. The observations of a visit carry the ids
    that facts name as their evidence.
    """
    place = await see(place_id)
    page = await list_past(db, place_id=place.id, limit=limit, cursor=cursor)
    path = f"/v1/places/{place.id}/history"
    return PlaceHistory(
        items=[PastEventRead.model_validate(event) for event in page.events],
        next=f"{path}?{urlencode({'limit': limit, 'cursor': page.cursor})}"
        if page.cursor
        else None,
    )


@router.put(
    "/v1/places/{place_id}/declared-status",
    operation_id="putDeclaredStatus",
    summary="Note a register's claim",
    responses=problems(InvalidTokenError, NotAllowedError, PlaceNotFoundError),
)
async def put_declared_status(
    place_id: UUID, body: DeclaredStatusIn, db: WriteDb, actor: CurrentActor
) -> DeclaredStatus:
    """Keep what a register claims about adaptation beside the computed status.

    It never enters a word, a category or the computed status.
    """
    place = await declare_status(
        db,
        actor=actor,
        place_id=place_id,
        status=body.status,
        source=body.source,
        declared_on=body.declared_on,
    )
    return DeclaredStatus.model_validate(place.declared_status)
