"""What phones keep in step with: a feed of changes, and whole areas to take along."""

import asyncio
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from fastapi import Path as PathParameter
from starlette.requests import Request

from api.conditional import IfNoneMatch, matches
from api.coordinates import InvalidCoordinatesError, read_box
from api.dependencies import AppState, MaybeActor, Now
from api.problems import problems
from api.schemas.sync import AreaPack, SyncAnswer
from audits.accounts.tokens import InvalidTokenError
from audits.sync.cursors import CursorTooOldError, Stage
from audits.sync.feed import AreaMissingError, Scope, read_page
from audits.sync.pack import AreaTooFullError, read_pack, write_pack
from geo.db.session import snapshot_session
from geo.errors import InvalidCursorError
from geo.tiles.errors import TileOutOfRangeError
from geo.tiles.grid import TileAddress, tile_bounds

router = APIRouter(tags=["sync"])

_SHALLOWEST, _DEEPEST = 13, 18


@router.get(
    "/v1/sync",
    operation_id="syncChanges",
    summary="What changed for a phone",
    responses=problems(
        InvalidTokenError,
        InvalidCursorError,
        InvalidCoordinatesError,
        AreaMissingError,
        CursorTooOldError,
    ),
)
async def sync_changes(
    state: AppState,
    actor: MaybeActor,
    now: Now,
    response: Response,
    scope: Annotated[
        list[Literal["audits", "places", "barriers"]] | None,
        Query(description="What to tell; `audits` are one's own. Repeat it for several."),
    ] = None,
    bbox: Annotated[
        str | None,
        Query(description="west,south,east,north of places and barriers.", max_length=100),
    ] = None,
    district: UUID | None = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Items in a page.")] = 200,
) -> SyncAnswer:
    """Tell the present state first, then what changed since the cursor; nothing is skipped.

    An item may come twice; it always holds the whole present state. After 90 days without a
    request the answer is 410: start again without a cursor.
    """
    wanted = {"audits"} if scope is None else set(scope)
    if "audits" in wanted and actor is None:
        raise InvalidTokenError
    stages = tuple(stage for stage in Stage if stage.value in wanted)
    asked = Scope(
        actor.account_id if actor and "audits" in wanted else None,
        stages,
        box=read_box(bbox) if bbox else None,
        district_id=district,
    )
    async with snapshot_session(state.read_sessions) as db:
        page = await read_page(db, scope=asked, cursor=cursor, limit=limit, now=now)
    response.headers["Cache-Control"] = "private, no-store"
    return SyncAnswer(items=list(page.items), cursor=page.cursor, has_more=page.has_more)


@router.get(
    "/v1/areas/{z}/{x}/{y}/pack",
    operation_id="getAreaPack",
    summary="An area to take along",
    response_class=Response,
    responses={
        200: {"model": AreaPack, "description": "JSON, packed where the client takes gzip."},
        304: {"description": "The area has not changed."},
        **problems(AreaTooFullError, TileOutOfRangeError),
    },
)
async def get_area_pack(
    z: Annotated[int, PathParameter(ge=_SHALLOWEST, le=_DEEPEST)],
    x: Annotated[int, PathParameter(ge=0, lt=1 << _DEEPEST)],
    y: Annotated[int, PathParameter(ge=0, lt=1 << _DEEPEST)],
    request: Request,
    state: AppState,
    now: Now,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Give places, parts, facts and barriers of a map tile, for auditing without a connection.

    `sync` in it is the address of the feed that goes on from here.
    """
    size = 1 << z
    if x >= size or y >= size:
        raise TileOutOfRangeError(z=z, x=x, y=y, tiles_per_side=size)
    box = tuple(round(side, 7) for side in tile_bounds(TileAddress(z, x, y)))
    west, south, east, north = box
    async with snapshot_session(state.read_sessions) as db:
        content, cursor = await read_pack(
            db, area=f"{z}/{x}/{y}", box=(west, south, east, north), now=now
        )
    question = [("scope", "places"), ("scope", "barriers")]
    where = ",".join(map(str, box))
    address = "/v1/sync?" + urlencode([*question, ("bbox", where), ("cursor", cursor)], safe=",")
    pack = await asyncio.to_thread(write_pack, content, sync=address)
    headers = {"ETag": pack.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if matches(if_none_match, pack.tag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(pack.packed, media_type="application/json", headers=headers)
    return Response(pack.plain, media_type="application/json", headers=headers)
