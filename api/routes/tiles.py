"""Vector tiles over HTTP: revalidated at every use, answered from memory when nothing changed."""

import gzip
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from api.dependencies import AppState
from api.problems import problems
from geo.errors import DatabaseUnavailableError
from geo.tiles.errors import TileFilterError, TileLayerNotFoundError, TileOutOfRangeError

router = APIRouter(tags=["map"])

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"

# A client may keep a tile but must ask each time: an approved audit shows at the next look.
_REVALIDATE = "public, no-cache"


@router.get(
    "/v1/tiles/{layer}.json",
    operation_id="describeTiles",
    summary="Describe a tile layer as TileJSON",
    responses=problems(TileLayerNotFoundError, DatabaseUnavailableError),
)
async def describe_tiles(layer: str, request: Request, state: AppState) -> dict[str, object]:
    """Give TileJSON 3.0: address, zooms, bounds of the city, layers and their fields."""
    base = str(request.base_url).rstrip("/")
    return await state.tiles.tilejson(layer, f"{base}/v1/tiles/{layer}/{{z}}/{{x}}/{{y}}")


@router.get(
    "/v1/tiles/{layer}/{z}/{x}/{y}",
    operation_id="getTile",
    summary="Get a vector tile",
    response_class=Response,
    responses={
        status.HTTP_200_OK: {"content": {MEDIA_TYPE: {}}, "description": "Gzipped vector tile."},
        status.HTTP_204_NO_CONTENT: {"description": "Nothing is here."},
        status.HTTP_304_NOT_MODIFIED: {"description": "The tile you have is still true."},
        **problems(
            TileLayerNotFoundError, TileOutOfRangeError, TileFilterError, DatabaseUnavailableError
        ),
    },
)
async def get_tile(
    layer: str,
    z: int,
    x: int,
    y: int,
    request: Request,
    state: AppState,
    category: Annotated[
        list[str] | None, Query(description="Only places of these categories (layer `places`).")
    ] = None,
) -> Response:
    """Give one tile. An answer with an `ETag` is current at the moment it is given."""
    known = _split_tags(request.headers.get("if-none-match"))
    current = state.tiles.find_etag(layer, z, x, y)
    if current is not None and (current in known or "*" in known):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=_headers(current))
    tile = await state.tiles.tile(layer, z, x, y, categories=category or ())
    headers = _headers(tile.etag)
    if not tile.body:
        return Response(status_code=status.HTTP_204_NO_CONTENT, headers=headers)
    body = tile.body
    if "gzip" in request.headers.get("accept-encoding", "gzip"):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


def _headers(etag: str | None) -> dict[str, str]:
    headers = {"Vary": "Accept-Encoding", "Access-Control-Allow-Origin": "*"}
    if etag is None:
        return headers | {"Cache-Control": "no-store"}
    return headers | {"Cache-Control": _REVALIDATE, "ETag": etag}


def _split_tags(header: str | None) -> set[str]:
    return {tag.strip() for tag in header.split(",")} if header else set()
