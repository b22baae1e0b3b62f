"""Open data as files: the newest set under short names, every set under permanent ones."""

import hashlib
import math
from collections.abc import AsyncIterator
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from fastapi import APIRouter, Depends, Path, Request, Response, status
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, StreamingResponse

from api.dependencies import AppState, CurrentActor, ReadDb, WriteDb
from api.ogc.documents import Site
from api.open_data import (
    OpenShelf,
    RangeNotSatisfiableError,
    Span,
    http_date,
    is_unchanged,
    read_span,
)
from api.open_data_jobs import enqueue_open_data
from api.pages import open_texts
from api.pages.errors import PageRoute
from api.pages.languages import LANGUAGES, choose_language
from api.pages.queries import find_city
from api.pages.site import render, translate
from api.problems import problems
from audits.accounts.policy import NotAllowedError
from audits.accounts.tokens import InvalidTokenError
from audits.opendata.columns import WORDS, describe_word
from audits.opendata.errors import OpenDataMissingError
from audits.opendata.licence import ATTRIBUTION
from audits.opendata.manifest import MANIFEST, Manifest, OpenFile
from audits.opendata.publishing import require_publisher
from audits.photos.stores import StoreUnavailableError
from geo.mobility.words import Word

router = APIRouter(tags=["open data"])
pages = APIRouter(include_in_schema=False, route_class=PageRoute)

_FOR_EVER = "public, max-age=31536000, immutable"
_REVALIDATE = "public, no-cache"
_SetId = Annotated[str, Path(pattern=r"^[0-9]{8}t[0-9]{9}z-[0-9a-f]{8}$")]
_Name = Annotated[str, Path(max_length=80)]


async def get_shelf(state: AppState) -> OpenShelf:
    """Give what this process knows of the sets."""
    return state.shelf


Shelf = Annotated[OpenShelf, Depends(get_shelf)]

_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file; a manifest is JSON.",
        "content": {"application/octet-stream": {}, "application/json": {}},
    },
    206: {"description": "The bytes of `Range`.", "content": {"application/octet-stream": {}}},
    304: {"description": "Not changed."},
    416: {"description": "The range begins behind the end of the file."},
    **problems(OpenDataMissingError, StoreUnavailableError),
}


class OpenDataRequest(BaseModel):
    """What happens now."""

    newest: Annotated[str | None, Field(description="Set that readers see until the new one.")]


@router.get(
    "/open/{name}",
    operation_id="getOpenFile",
    summary="Newest file of open data",
    response_class=Response,
    responses=_FILE,
)
@router.head("/open/{name}", include_in_schema=False)
async def get_newest(name: _Name, request: Request, shelf: Shelf) -> Response:
    """Give a file of the newest set, or its list `manifest.json`; ranges and conditions work."""
    manifest = await shelf.get(None)
    return await _answer(request, shelf, manifest, name, lasting=False)


@router.get(
    "/open/{set_id}/{name}",
    operation_id="getOpenFileOfSet",
    summary="File of one set",
    response_class=Response,
    responses=_FILE,
)
@router.head("/open/{set_id}/{name}", include_in_schema=False)
async def get_of_set(set_id: _SetId, name: _Name, request: Request, shelf: Shelf) -> Response:
    """Give a file of a set by its permanent address; the set goes some time after a newer came."""
    return await _answer(request, shelf, await shelf.get(set_id), name, lasting=True)


@router.post(
    "/v1/open-data",
    operation_id="publishOpenData",
    summary="Make open data now",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(InvalidTokenError, NotAllowedError),
)
async def publish(
    db: WriteDb, actor: CurrentActor, state: AppState, shelf: Shelf
) -> OpenDataRequest:
    """Ask the worker for a new set of files, without waiting for the night: for managers.

    Readers see the old set until the new one is complete. Asking twice makes one set.
    """
    require_publisher(actor)
    await enqueue_open_data(state.jobs, db)
    newest = await shelf.find_newest()
    return OpenDataRequest(newest=newest.set_id if newest else None)


async def _answer(
    request: Request, shelf: OpenShelf, manifest: Manifest, name: str, *, lasting: bool
) -> Response:
    if name == MANIFEST:
        return _manifest(request, manifest, lasting=lasting)
    found = manifest.find_file(name)
    if found is None:
        raise OpenDataMissingError
    number, file = found
    tag, changed = f'"{file.sha256}"', manifest.snapshot_at
    headers = _headers(manifest, tag, lasting=lasting) | {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{file.name}"',
    }
    if is_unchanged(request.headers, tag, changed):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    try:
        span = read_span(request, byte_count=file.byte_count, tag=tag, changed=changed)
    except RangeNotSatisfiableError:
        headers["Content-Range"] = f"bytes */{file.byte_count}"
        return Response(status_code=status.HTTP_416_RANGE_NOT_SATISFIABLE, headers=headers)
    return await _send(request, shelf, manifest, number, file, span, headers)


async def _send(
    request: Request, shelf: OpenShelf, manifest: Manifest, number: int, file: OpenFile,
    span: Span, headers: dict[str, str],
) -> Response:  # fmt: skip
    headers["Content-Length"] = str(span.length)
    code = status.HTTP_200_OK
    if span.is_part:
        end = span.start + span.length - 1
        headers["Content-Range"] = f"bytes {span.start}-{end}/{file.byte_count}"
        code = status.HTTP_206_PARTIAL_CONTENT
    if request.method == "HEAD" or span.length == 0:
        return Response(status_code=code, headers=headers, media_type=file.media_type)
    body = shelf.stream(manifest, number, span)
    # The first piece is got before the answer begins, so that a failing store is a clear 503.
    first = await anext(body)

    async def pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in body:
            yield piece

    return StreamingResponse(pieces(), code, headers, file.media_type)


def _manifest(request: Request, manifest: Manifest, *, lasting: bool) -> Response:
    body = manifest.as_published(Site(request).root)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = _headers(manifest, tag, lasting=lasting)
    if is_unchanged(request.headers, tag, manifest.snapshot_at):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _headers(manifest: Manifest, tag: str, *, lasting: bool) -> dict[str, str]:
    return {
        "ETag": tag,
        "Last-Modified": http_date(manifest.snapshot_at),
        "Cache-Control": _FOR_EVER if lasting else _REVALIDATE,
        "Access-Control-Expose-Headers": "ETag, Content-Range, Content-Length",
    }


# --- pages -----------------------------------------------------------------------------------


@pages.get("/open")
@pages.get("/open/")
async def choose_page(request: Request) -> Response:
    """Send a visitor to the page in the language of `lang`, else one that the browser wishes."""
    asked = request.query_params.get("lang")
    wished = choose_language(request.headers.get("accept-language", ""))
    language = asked if asked in LANGUAGES else wished
    headers = {"Vary": "Accept-Language", "Cache-Control": "private, no-cache"}
    return RedirectResponse(f"/{language}/open", 302, headers)


async def _show(request: Request, db: ReadDb, shelf: OpenShelf, language: str) -> Response:
    manifest = await shelf.find_newest()
    zone = ZoneInfo(request.app.state.settings.time_zone)
    context = {
        "city": await find_city(db),
        "profile": None,
        "sheets": ["data"],
        "manifest": manifest,
        "attribution": ATTRIBUTION,
        "root": Site(request).root,
        "words": [word for word in Word if word.value in WORDS],
    }
    if manifest is not None:
        context |= {
            "moment": manifest.snapshot_at.astimezone(zone),
            "files": [
                _line(manifest, file, language)
                for file in manifest.files
                if file.compressed_from is None
            ],
            "coverage": manifest.provenance.coverage,
            "manifest_href": f"/open/{MANIFEST}",
        }
    return render(request, language, "open.html", context)


def _line(manifest: Manifest, file: OpenFile, language: str) -> dict[str, object]:
    """Give one line of the list of files."""
    packed = manifest.find_file(f"{file.name}.gz")
    title = ""
    if file.collection and file.format != "a11yjson":
        title = describe_word("collection_title", file.collection, language)
    return {
        "name": file.name,
        "href": f"/open/{manifest.set_id}/{file.name}",
        "meaning": translate(language, open_texts.FORMATS[file.format]),
        "title": title,
        "size": _size(file.byte_count, language),
        "rows": file.row_count,
        "packed": {
            "href": f"/open/{manifest.set_id}/{packed[1].name}",
            "size": _size(packed[1].byte_count, language),
        }
        if packed
        else None,
    }


_UNITS = {
    "en": ("B", "kB", "MB", "GB"),
    "ru": ("Б", "КБ", "МБ", "ГБ"),
    "kk": ("Б", "КБ", "МБ", "ГБ"),
}


def _size(count: int, language: str) -> str:
    """Write a length in bytes with the unit that fits."""
    step = min(int(math.log10(max(count, 1)) // 3), 3)
    number = format_decimal(count / 1_000**step, "#,##0.#", locale=language)
    return f"{number} {_UNITS[language][step]}"


def _add_page(language: str) -> None:
    async def show_open_data(request: Request, db: ReadDb, shelf: Shelf) -> Response:
        return await _show(request, db, shelf, language)

    pages.add_api_route(f"/{language}/open", show_open_data, name="page_open_data")


for _language in LANGUAGES:
    _add_page(_language)

router.include_router(pages)
