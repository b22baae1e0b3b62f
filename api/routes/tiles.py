"""Vector tiles over HTTP: revalidated at every use, answered from memory when nothing changed.

What memory has is answered before a request gets here (`api.kept_tiles`), with equal headers.
"""

import gzip
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from api.admission import OverloadedError
from api.conditional import matches
from api.dependencies import AppState
from api.kept_tiles import MEDIA_TYPE, REVALIDATE
from api.problems import problems
from geo.errors import DatabaseUnavailableError
from geo.tiles.cache import Tile
from geo.tiles.errors import TileFilterError, TileLayerNotFoundError, TileOutOfRangeError

router = APIRouter(tags=["map"])


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
            TileLayerNotFoundError,
            TileOutOfRangeError,
            TileFilterError,
            DatabaseUnavailableError,
            OverloadedError,
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
    """Give one tile as it is now. Its `ETag` names the bytes, in every process alike."""
    client = request.client.host if request.client else "unknown"
    await state.tile_turns.enter(client)
    try:
        tile = await state.tiles.tile(layer, z, x, y, categories=category or ())
    finally:
        state.tile_turns.leave()
    return _answer(tile, request)


def _answer(tile: Tile, request: Request) -> Response:
    headers = {"Vary": "Accept-Encoding", "Cache-Control": REVALIDATE, "ETag": tile.etag}
    if matches(request.headers.get("if-none-match"), tile.etag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    if not tile.body:
        return Response(status_code=status.HTTP_204_NO_CONTENT, headers=headers)
    body = tile.body
    if "gzip" in request.headers.get("accept-encoding", "gzip"):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, headers=headers, media_type=MEDIA_TYPE)
