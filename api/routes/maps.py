"""Sketch maps as SVG: of a view, of a place, of a route; for paper, pages without scripts, reports.

Everything a picture needs is in it; it runs nothing and loads nothing.
"""

import gzip
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response, status
from pydantic import Field

from api.conditional import IfNoneMatch, content_tag, matches
from api.coordinates import InvalidCoordinatesError, read_box, read_point
from api.dependencies import ReadDb
from api.localised import Language, find_language
from api.pages.inside import ask
from api.pages.journey import Way, read_ends
from api.pages.sketches.canvas import Canvas
from api.pages.sketches.place import draw_place
from api.pages.sketches.places import draw_view
from api.pages.sketches.route import draw_route
from api.places import read_place
from api.problems import MEDIA_TYPE, problems
from api.schemas.journeys import RouteQuery
from api.ways import PRIVATE, ROUTING_ERRORS
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.features import UnknownFeatureError, read_wanted
from geo.places.queries import PlaceNotFoundError
from geo.places.search import BoxTooLargeError, PlaceFilter
from geo.sketches.style import Theme
from geo.sketches.view import LEAST_SIDE_PX, MOST_SIDE_PX, InvalidViewError, view_around

router = APIRouter(prefix="/v1/maps", tags=["map"])

SVG = "image/svg+xml"
_NUMBERED = 20
_GZIP_FROM_BYTES = 1_000
_HEADERS = {
    "Cache-Control": "public, no-cache",
    "Vary": "Accept-Encoding, Accept-Language",
    # Pages of others may show the picture; opened by itself it may colour itself, nothing else.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

Side = Annotated[int, Query(ge=LEAST_SIDE_PX, le=MOST_SIDE_PX, description="Pixels.")]
ThemeQuery = Annotated[Theme, Query(description="`auto` follows the reader's device.")]
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {SVG: {}}, "description": "A picture with a title and a description."},
    304: {"description": "The picture you have is still true."},
}


@router.get(
    "/view.svg",
    operation_id="drawView",
    summary="Draw a view as SVG",
    response_class=Response,
    responses={
        **_RESPONSES,
        **problems(
            InvalidViewError, InvalidCoordinatesError, BoxTooLargeError, UnknownFeatureError
        ),
    },
)
async def draw_a_view(
    *,
    request: Request,
    db: ReadDb,
    language: Language,
    bbox: Annotated[str | None, Query(description="west,south,east,north")] = None,
    near: Annotated[
        str | None, Query(description="lon,lat: nearest first; the middle without `bbox`.")
    ] = None,
    zoom: Annotated[float, Query(description="Around `near`, 8 to 20.")] = 16,
    width: Side = 640,
    height: Side = 480,
    theme: ThemeQuery = Theme.AUTO,
    profile: Profile = Profile.MANUAL_WHEELCHAIR,
    category: Annotated[list[str], Query(default_factory=list, max_length=50)],
    word: Annotated[list[Word], Query(default_factory=list, max_length=4)],
    fact: Annotated[
        list[str],
        Query(default_factory=list, max_length=14, description="As `/v1/places` takes them."),
    ],
    here: Annotated[str | None, Query(description="lon,lat of a point that is ringed.")] = None,
    place: Annotated[
        list[UUID],
        Query(
            default_factory=list,
            max_length=50,
            description="Places that carry the numbers 1, 2, 3 … in this order.",
        ),
    ],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Draw streets and houses with the words of places for a profile.

    Without `place` the nearest 20 carry numbers; all others are marks, and where they are many,
    counts.
    """
    spot = read_point(near) if near else None
    if bbox is not None:
        box = read_box(bbox)
    elif spot is not None:
        view = view_around(*spot, zoom=zoom, width_px=width, height_px=height)
        west, south, east, north = view.bounds()
        box = (west, south, east, north)
    else:
        raise InvalidViewError(missing="bbox")
    wanted = PlaceFilter(
        box=box,
        near=spot or ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2),
        categories=tuple(category),
        profile=profile,
        words=tuple(word),
        features=tuple(read_wanted(text) for text in fact),
        limit=_NUMBERED,
        listed_only=True,
    )
    canvas = Canvas(language, width, height, theme)
    drawn = await draw_view(
        db,
        canvas,
        box=box,
        wanted=wanted,
        profile=profile,
        here=read_point(here) if here else None,
        numbered_ids=place,
    )
    return _answer(request, drawn, if_none_match)


@router.get(
    "/places/{place_id}.svg",
    operation_id="drawPlace",
    summary="Draw a place as SVG",
    response_class=Response,
    responses={**_RESPONSES, **problems(PlaceNotFoundError)},
)
async def draw_a_place(
    *,
    place_id: UUID,
    request: Request,
    db: ReadDb,
    language: Language,
    width: Side = 640,
    height: Side = 400,
    theme: ThemeQuery = Theme.AUTO,
    profile: Profile = Profile.MANUAL_WHEELCHAIR,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Draw a place with its entrances; the one that works for the profile carries its word."""
    row, place = await read_place(db, place_id)
    doors_of = place
    if row.parent_id and not any(element.kind == "entrance" for element in place.elements):
        _parent, doors_of = await read_place(db, row.parent_id)
    canvas = Canvas(language, width, height, theme)
    drawn = await draw_place(db, canvas, place=place, doors_of=doors_of, profile=profile)
    return _answer(request, drawn, if_none_match)


class RouteSketchQuery(RouteQuery):
    """A question about a way, and how to draw the answer."""

    width: Annotated[int, Field(ge=LEAST_SIDE_PX, le=MOST_SIDE_PX)] = 640
    height: Annotated[int, Field(ge=LEAST_SIDE_PX, le=MOST_SIDE_PX)] = 480
    theme: Theme = Theme.AUTO


_OF_THE_PICTURE = frozenset({"width", "height", "theme", "format"})


@router.get(
    "/routes.svg",
    operation_id="drawRoute",
    summary="Draw a route as SVG",
    response_class=Response,
    responses={
        200: _RESPONSES[200],
        **problems(*ROUTING_ERRORS, InvalidViewError),
    },
)
async def draw_a_route(
    asked: Annotated[RouteSketchQuery, Query()], request: Request, db: ReadDb
) -> Response:
    """Draw what `/v1/routes` answers to the same question: the way, or what stands in it."""
    language = asked.lang or find_language(request)
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name not in _OF_THE_PICTURE:
            query.setdefault(name, []).append(value)
    answer = await ask(request, "/v1/routes", query, language=language)
    if not answer.is_good:
        return Response(orjson.dumps(answer.body), answer.status, media_type=MEDIA_TYPE)
    way = Way(answer.status, answer.body, language)
    named = await read_ends(request, db, language)
    ends = {key: end.point or way.find_point(key) for key, end in named.items()}
    canvas = Canvas(language, asked.width, asked.height, asked.theme)
    drawn = await draw_route(db, canvas, way=way, ends=ends)
    return _send(request, drawn, _HEADERS | PRIVATE)


def _answer(request: Request, drawn: bytes, if_none_match: str | None) -> Response:
    tag = f"W/{content_tag(drawn.decode())}"
    headers = {**_HEADERS, "ETag": tag}
    if matches(if_none_match, tag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return _send(request, drawn, headers)


def _send(request: Request, drawn: bytes, headers: dict[str, str]) -> Response:
    if len(drawn) > _GZIP_FROM_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        drawn = gzip.compress(drawn, compresslevel=5, mtime=0)
        headers = {**headers, "Content-Encoding": "gzip"}
    return Response(drawn, media_type=SVG, headers=headers)
