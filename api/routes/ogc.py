"""OGC API - Features at `/ogc`: for QGIS, ArcGIS, GDAL and whatever else reads the standard."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.dependencies import AppState, Now, ReadDb
from api.lifespan import State
from api.ogc import documents, pages
from api.ogc.definition import build_definition
from api.ogc.documents import GEOJSON, JSON, OPENAPI, SCHEMA, Site
from api.ogc.parameters import (
    CRS84,
    Form,
    names_of_items,
    read_cursor,
    read_filter,
    read_form,
    read_language,
    read_limit,
    refuse_unknown,
)
from api.pages import open_texts as texts
from api.pages.queries import find_city
from api.pages.site import translate
from api.parameters import BadParameterError
from api.problems import problems
from audits.opendata.collections import FEATURES, PLACES, Collection
from audits.opendata.columns import describe_word
from audits.opendata.errors import CollectionNotFoundError, FeatureNotFoundError
from audits.opendata.reading import Feature, get_extent, get_feature, list_features
from audits.opendata.walking import say_words
from geo.errors import DatabaseUnavailableError, InvalidCursorError

router = APIRouter(tags=["open data"])


def _parameter(name: str, kind: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description,
            "schema": {"type": kind}}  # fmt: skip


_COMMON = [
    _parameter("f", "string", "`json` or `html`; `Accept` decides without it."),
    _parameter("lang", "string", "`kk`, `ru` or `en`."),
]
_ITEMS = [
    _parameter("limit", "integer", "Features on a page, 1 to 1000; 10 without it."),
    _parameter("bbox", "string", "West, south, east, north."),
    _parameter("datetime", "string", "RFC 3339 moment or interval."),
    _parameter("cursor", "string", "Of a `next` link."),
]


def _answers(media_type: str, *errors: type) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "object"}}, "text/html": {}}
    return {
        200: {"description": "The resource.", "content": content},
        **problems(BadParameterError, DatabaseUnavailableError, *errors),
    }


@router.get(
    "/ogc",
    operation_id="getOgcLanding",
    summary="OGC API: landing page",
    response_class=Response,
    responses=_answers(JSON),
    openapi_extra={"parameters": _COMMON},
)
@router.get("/ogc/", include_in_schema=False)
async def get_landing(request: Request, db: ReadDb) -> Response:
    """Say what this is and where everything else is."""
    form, language, site = _begin(request)
    title, intro = translate(language, texts.TITLE), translate(language, texts.INTRO)
    if form is Form.JSON:
        return _json(documents.landing(site, form, f"Esik: {title}", intro), JSON, language)
    view = pages.View(
        title=title,
        intro=(intro, translate(language, texts.UNKNOWN)),
        entries=[
            *pages.link_entries(
                site,
                language,
                [
                    (translate(language, texts.COLLECTIONS),
                     translate(language, texts.COLLECTIONS_MEANING),
                     "/collections"),
                    (translate(language, texts.INTERFACE),
                     translate(language, texts.INTERFACE_MEANING), "/api"),
                    (translate(language, texts.CONFORMANCE),
                     translate(language, texts.CONFORMANCE_MEANING),
                     "/conformance"),
                ],
            ),
            pages.Entry(
                translate(language, texts.FILES),
                translate(language, texts.FILES_MEANING),
                href=f"{site.root}/{language}/open",
            ),
        ],
    )  # fmt: skip
    return pages.show(request, site, language, await find_city(db), view)


@router.get(
    "/ogc/api",
    operation_id="getOgcDefinition",
    summary="OGC API: OpenAPI 3.0 document",
    response_class=Response,
    responses=_answers(OPENAPI),
    openapi_extra={"parameters": _COMMON},
)
async def get_definition(request: Request, db: ReadDb) -> Response:
    """Describe every path and parameter below `/ogc` as the standard wants it."""
    form, language, site = _begin(request)
    document = build_definition(site.root, request.app.version)
    if form is Form.JSON:
        return _json(document, OPENAPI, language)
    view = pages.View(
        title=translate(language, texts.INTERFACE),
        path=pages.above(site, language)[:1],
        entries=[
            pages.Entry(
                f"GET /ogc{path}".rstrip("/"),
                ", ".join(
                    part.get("name") or part["$ref"].rpartition("/")[2]
                    for part in methods["get"]["parameters"]
                ),
            )
            for path, methods in document["paths"].items()
        ],
    )
    return pages.show(request, site, language, await find_city(db), view)


@router.get(
    "/ogc/conformance",
    operation_id="getOgcConformance",
    summary="OGC API: conformance classes",
    response_class=Response,
    responses=_answers(JSON),
    openapi_extra={"parameters": _COMMON},
)
async def get_conformance(request: Request, db: ReadDb) -> Response:
    """Name the parts of the standard that are served."""
    form, language, site = _begin(request)
    document = documents.conformance(site, form)
    if form is Form.JSON:
        return _json(document, JSON, language)
    view = pages.View(
        title=translate(language, texts.CONFORMANCE),
        intro=[translate(language, texts.CONFORMANCE_MEANING)],
        path=pages.above(site, language)[:1],
        entries=[pages.Entry(each) for each in documents.CONFORMS_TO],
    )
    return pages.show(request, site, language, await find_city(db), view)


@router.get(
    "/ogc/collections",
    operation_id="listOgcCollections",
    summary="OGC API: list collections",
    response_class=Response,
    responses=_answers(JSON),
    openapi_extra={"parameters": _COMMON},
)
async def list_collections(request: Request, db: ReadDb) -> Response:
    """List the collections with their extents."""
    form, language, site = _begin(request)
    if form is Form.HTML:
        view = pages.View(
            title=translate(language, texts.COLLECTIONS),
            path=pages.above(site, language)[:1],
            entries=pages.link_entries(
                site,
                language,
                [
                    (
                        describe_word("collection_title", name, language),
                        describe_word("collection", name, language),
                        f"/collections/{name}",
                    )
                    for name in FEATURES
                ],
            ),
        )
        return pages.show(request, site, language, await find_city(db), view)
    described = [
        documents.collection_document(
            site, each, await get_extent(db, each), language, documents.collection_links(site, each)
        )
        for each in FEATURES.values()
    ]
    body = {"collections": described, "links": site.own_links(form)}
    return _json(body, JSON, language)


@router.get(
    "/ogc/collections/{collection_id}",
    operation_id="getOgcCollection",
    summary="OGC API: describe a collection",
    response_class=Response,
    responses=_answers(JSON, CollectionNotFoundError),
    openapi_extra={"parameters": _COMMON},
)
async def get_collection(collection_id: str, request: Request, db: ReadDb) -> Response:
    """Say what a collection holds, where it is, and where its features are."""
    collection = _find(collection_id)
    form, language, site = _begin(request)
    extent = await get_extent(db, collection)
    if form is Form.JSON:
        own = site.own_links(form)
        body = documents.collection_document(site, collection, extent, language, own)
        return _json(body, JSON, language)
    view = pages.View(
        title=describe_word("collection_title", collection.name, language),
        intro=[describe_word("collection", collection.name, language)],
        path=pages.above(site, language),
        entries=[
            *pages.link_entries(
                site,
                language,
                [
                    (
                        translate(language, texts.FEATURES),
                        translate(language, texts.FEATURES_MEANING),
                        f"/collections/{collection.name}/items",
                    )
                ],
            ),
            *pages.column_entries(collection, language),
        ],
    )
    return pages.show(request, site, language, await find_city(db), view)


@router.get(
    "/ogc/collections/{collection_id}/schema",
    operation_id="getOgcSchema",
    summary="OGC API: columns of a collection",
    response_class=Response,
    responses=_answers(SCHEMA, CollectionNotFoundError),
    openapi_extra={"parameters": _COMMON},
)
async def get_schema(collection_id: str, request: Request, db: ReadDb) -> Response:
    """Describe the features of a collection as JSON Schema, with the meaning of each column."""
    collection = _find(collection_id)
    form, language, site = _begin(request)
    if form is Form.JSON:
        return _json(documents.collection_schema(site, collection, language), SCHEMA, language)
    view = pages.View(
        title=describe_word("collection_title", collection.name, language),
        path=pages.above(site, language, collection),
        entries=pages.column_entries(collection, language),
    )
    return pages.show(request, site, language, await find_city(db), view)


@router.get(
    "/ogc/collections/{collection_id}/items",
    operation_id="listOgcFeatures",
    summary="OGC API: features of a collection",
    response_class=Response,
    responses=_answers(GEOJSON, CollectionNotFoundError, InvalidCursorError),
    openapi_extra={"parameters": [*_ITEMS, *_COMMON]},
)
async def list_items(
    collection_id: str, request: Request, db: ReadDb, state: AppState, now: Now
) -> Response:
    """Give a page of features: by box, time and equal values of the filterable columns.

    `numberMatched` is on the first page only, and only up to 100,000 features. Follow `next`.
    """
    collection = _find(collection_id)
    form, language, site = _begin(request, names_of_items(collection))
    page = await list_features(
        db,
        collection=collection,
        wanted=read_filter(request, collection),
        limit=read_limit(request),
        cursor=read_cursor(request),
    )
    found = await _say(state, collection, page.features)
    if form is Form.JSON:
        features = [_feature(each) for each in found]
        body = documents.feature_page(
            site, form, collection, features, cursor=page.cursor, matched=page.matched, now=now
        )
        return _json(body, GEOJSON, language)
    head, rows = pages.feature_table(site, collection, found, language)
    count = "" if page.matched is None else str(page.matched)
    view = pages.View(
        title=describe_word("collection_title", collection.name, language),
        intro=[describe_word("collection", collection.name, language)],
        path=pages.above(site, language, collection),
        head=head,
        rows=rows,
        count=count,
        next_page=site.again(cursor=page.cursor, f="html", lang=language) if page.cursor else None,
    )
    return pages.show(request, site, language, await find_city(db), view)


@router.get(
    "/ogc/collections/{collection_id}/items/{feature_id}",
    operation_id="getOgcFeature",
    summary="OGC API: one feature",
    response_class=Response,
    responses=_answers(GEOJSON, CollectionNotFoundError, FeatureNotFoundError),
    openapi_extra={"parameters": _COMMON},
)
async def get_item(
    collection_id: str, feature_id: str, request: Request, db: ReadDb, state: AppState
) -> Response:
    """Give one feature with everything that is published of it."""
    collection = _find(collection_id)
    form, language, site = _begin(request)
    alone = await get_feature(db, collection=collection, feature_id=feature_id)
    (feature,) = await _say(state, collection, [alone])
    own_page = f"{site.root}/{language}/places/{feature.id}" if collection is PLACES else None
    if form is Form.JSON:
        links = documents.feature_links(site, form, collection, own_page)
        return _json({**_feature(feature), "links": links}, GEOJSON, language)
    name = feature.properties.get("name")
    view = pages.View(
        title=str(name or feature.id),
        path=pages.above(site, language, collection),
        entries=pages.feature_entries(collection, feature, language),
        others=[(translate(language, texts.PLACE_PAGE), own_page)] if own_page else [],
    )
    return pages.show(request, site, language, await find_city(db), view)


def _begin(request: Request, allowed: tuple[str, ...] = ()) -> tuple[Form, str, Site]:
    refuse_unknown(request, allowed)
    form = read_form(request)
    return form, read_language(request, form), Site(request)


def _find(name: str) -> Collection:
    if name not in FEATURES:
        raise CollectionNotFoundError
    return FEATURES[name]


async def _say(
    state: State, collection: Collection, features: Sequence[Feature]
) -> Sequence[Feature]:
    """Put the words of streets beside what the database says."""
    if not collection.said or not features:
        return features
    ids = [int(feature.id) for feature in features]
    said = await asyncio.to_thread(say_words, state.words, ids)
    names = [column.name for column in collection.said]
    return [
        replace(feature, properties={**feature.properties, **dict(zip(names, each, strict=True))})
        for feature, each in zip(features, said, strict=True)
    ]


def _feature(feature: Feature) -> dict[str, Any]:
    geometry = None if feature.geometry is None else orjson.Fragment(feature.geometry)
    return {
        "type": "Feature",
        "id": feature.id,
        "geometry": geometry,
        "properties": feature.properties,
    }


def _json(body: dict[str, Any], media_type: str, language: str) -> Response:
    headers = {
        "Content-Crs": f"<{CRS84}>",
        "Content-Language": language,
        "Cache-Control": "public, no-cache",
        "Vary": "Accept, Accept-Language",
    }
    return Response(orjson.dumps(body), media_type=media_type, headers=headers)
