"""The questions of an audit, as data with texts."""

from functools import cache
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response, status

from api.conditional import IfNoneMatch, matches
from api.localised import LanguageCode
from api.problems import problems
from audits.catalogue import Catalogue, as_json, find_catalogue, latest
from audits.errors import CatalogueNotFoundError

router = APIRouter(tags=["audits"])

_NEWEST_FOR_S = 300
_VERSION_FOR_S = 86_400
"""A version keeps its questions for ever; only its wording may still be corrected."""

_NOT_CHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Not changed."}}
CatalogueLanguage = Annotated[
    LanguageCode | None, Query(description="Texts of one language only; all without it.")
]


@router.get(
    "/v1/catalogue",
    operation_id="getCatalogue",
    summary="The newest questions",
    responses={200: {"content": {"application/json": {}}}, **_NOT_CHANGED},
)
async def get_catalogue(
    lang: CatalogueLanguage = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Give zones, fields, choices and texts of the newest version; the ETag is their hash."""
    return _answer(latest(), lang, if_none_match, _NEWEST_FOR_S)


@router.get(
    "/v1/catalogue/{version}",
    operation_id="getCatalogueVersion",
    summary="The questions of one version",
    responses={
        200: {"content": {"application/json": {}}},
        **_NOT_CHANGED,
        **problems(CatalogueNotFoundError),
    },
)
async def get_catalogue_version(
    version: str, lang: CatalogueLanguage = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Give one version; every version that was ever published stays readable."""
    found = find_catalogue(version)
    if found is None:
        raise CatalogueNotFoundError(version=version)
    return _answer(found, lang, if_none_match, _VERSION_FOR_S)


def _answer(
    catalogue: Catalogue, language: str | None, if_none_match: str | None, fresh_for_s: int
) -> Response:
    suffix = f"-{language}" if language else ""
    tag = f'"{catalogue.content_hash}{suffix}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={fresh_for_s}"}
    if matches(if_none_match, tag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(
        _body(catalogue.version, language), media_type="application/json", headers=headers
    )


@cache
def _body(version: str, language: str | None) -> bytes:
    """Write a catalogue once per process: there are few, and they never change in it."""
    found = find_catalogue(version)
    return b"" if found is None else orjson.dumps(as_json(found, language))
