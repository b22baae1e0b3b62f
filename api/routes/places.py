"""Places: lists, and everything public about one."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status

from api.conditional import IfNoneMatch, matches, version_tag
from api.coordinates import InvalidCoordinatesError, read_coordinates
from api.dependencies import ReadDb
from api.places import read_place, summarise
from api.problems import problems
from api.schemas.places import PlacePage, PlaceRead
from geo.errors import InvalidCursorError
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.kinds import PlaceKind, Sector
from geo.places.queries import PlaceNotFoundError
from geo.places.search import BoxTooLargeError, PlaceFilter, list_places

router = APIRouter(tags=["places"])


@router.get(
    "/v1/places",
    operation_id="listPlaces",
    summary="Find places",
    responses=problems(BoxTooLargeError, InvalidCursorError, InvalidCoordinatesError),
)
async def find_places(
    *,
    request: Request,
    db: ReadDb,
    bbox: Annotated[
        str | None, Query(description="west,south,east,north", examples=["76.9,43.2,77,43.3"])
    ] = None,
    near: Annotated[
        str | None, Query(description="lon,lat: nearest first", examples=["76.93,43.24"])
    ] = None,
    kind: Annotated[list[PlaceKind], Query(default_factory=list, max_length=10)],
    category: Annotated[list[str], Query(default_factory=list, max_length=50)],
    sector: Annotated[list[Sector], Query(default_factory=list, max_length=20)],
    profile: Annotated[Profile | None, Query(description="Whose word `word` is about.")] = None,
    word: Annotated[list[Word], Query(default_factory=list, max_length=4)],
    scope: Annotated[str, Query(pattern="^(entry|service)$")] = "entry",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> PlacePage:
    """List active places in a box or nearest first, filtered by kind, category and word."""
    wanted = PlaceFilter(
        box=_box(bbox) if bbox else None,
        near=_point(near) if near else None,
        kinds=tuple(kind),
        categories=tuple(category),
        sectors=tuple(sector),
        profile=profile,
        words=tuple(word),
        scope=scope,
        limit=limit,
    )
    page = await list_places(db, wanted, cursor=cursor)
    following = None
    if page.cursor:
        query = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
        following = f"{request.url.path}?{urlencode([*query, ('cursor', page.cursor)])}"
    return PlacePage(
        items=[summarise(found.place, distance_m=found.distance_m) for found in page.items],
        next=following,
    )


@router.get(
    "/v1/places/{place_id}",
    operation_id="getPlace",
    summary="One place",
    response_model=PlaceRead,
    responses={304: {"description": "Not changed."}, **problems(PlaceNotFoundError)},
)
async def get_place(
    place_id: UUID, db: ReadDb, response: Response, if_none_match: IfNoneMatch = None
) -> PlaceRead | Response:
    """Give a place with its words and reasons, its parts, and the facts they rest on.

    A merged place answers with the one it was merged into.
    """
    place, body = await read_place(db, place_id)
    tag = version_tag(place.version)
    headers = {"ETag": tag, "Cache-Control": "public, no-cache"}
    if matches(if_none_match, tag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    response.headers.update(headers)
    return body


def _box(text: str) -> tuple[float, float, float, float]:
    west, south, east, north = read_coordinates(text, 4)
    return west, south, east, north


def _point(text: str) -> tuple[float, float]:
    lon, lat = read_coordinates(text, 2)
    return lon, lat
