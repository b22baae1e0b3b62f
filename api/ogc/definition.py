"""The OpenAPI 3.0 definition of `/ogc`: every path, parameter and answer of what is served."""

from functools import cache
from typing import Any

from api.ogc.documents import GEOJSON, HTML, JSON, OPENAPI, SCHEMA
from api.ogc.parameters import CRS84, DEFAULT_LIMIT, MAX_LIMIT
from api.pages.languages import LANGUAGES
from audits.opendata.collections import FEATURES, Collection
from audits.opendata.columns import Column, Kind, describe_word
from audits.opendata.licence import LICENCE_NAME, LICENCE_URL

Part = dict[str, Any]


def build_definition(root: str, version: str) -> Part:
    """Give the document for a site."""
    return {**_fixed(version), "servers": [{"url": f"{root}/ogc"}]}


@cache
def _fixed(version: str) -> Part:
    paths: Part = {
        "/": _operation("getLandingPage", "Landing page", "#/components/schemas/landingPage"),
        "/api": {
            "get": {
                "operationId": "getApiDefinition",
                "summary": "This document",
                "tags": ["Capabilities"],
                "parameters": _refs("f", "lang"),
                "responses": _answers({OPENAPI: {"schema": {"type": "object"}}, HTML: _PAGE}),
            }
        },
        "/conformance": _operation(
            "getConformance", "Conformance classes", "#/components/schemas/confClasses"
        ),
        "/collections": _operation(
            "getCollections", "Collections", "#/components/schemas/collections"
        ),
    }
    for collection in FEATURES.values():
        paths |= _collection_paths(collection)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Esik: OGC API - Features",
            "description": "Accessible places, entrances, barriers and streets, read-only."
            " Unknown is the word `unknown`, or null; it never means yes.",
            "version": version,
            "license": {"name": LICENCE_NAME, "url": LICENCE_URL},
        },
        "tags": [
            {"name": "Capabilities", "description": "What this API is."},
            {"name": "Data", "description": "The features."},
        ],
        "paths": paths,
        "components": {"parameters": _parameters(), "schemas": _SCHEMAS, "responses": _RESPONSES},
    }


def _collection_paths(collection: Collection) -> Part:
    path, name = f"/collections/{collection.name}", collection.name.capitalize()
    answer = {"type": "object", "allOf": [{"$ref": "#/components/schemas/featureGeoJSON"}]}
    one = {GEOJSON: {"schema": answer}, HTML: _PAGE}
    many = {"$ref": "#/components/schemas/featureCollectionGeoJSON"}
    return {
        path: _operation(
            f"describe{name}",
            describe_word("collection", collection.name, "en"),
            "#/components/schemas/collection",
        ),
        f"{path}/schema": {
            "get": {
                "operationId": f"get{name}Schema",
                "summary": "Columns of the collection as JSON Schema",
                "tags": ["Capabilities"],
                "parameters": _refs("f", "lang"),
                "responses": _answers({SCHEMA: {"schema": {"type": "object"}}, HTML: _PAGE}),
            }
        },
        f"{path}/items": {
            "get": {
                "operationId": f"get{name}",
                "summary": f"Features of {collection.name}",
                "tags": ["Data"],
                "parameters": [
                    *_refs("limit", "bbox", "bbox-crs", "crs", "datetime", "cursor", "f", "lang"),
                    *(_filter(column) for column in collection.filters),
                ],
                "responses": _answers({GEOJSON: {"schema": many}, HTML: _PAGE}),
            }
        },
        f"{path}/items/{{featureId}}": {
            "get": {
                "operationId": f"getOneOf{name}",
                "summary": f"One feature of {collection.name}",
                "tags": ["Data"],
                "parameters": _refs("featureId", "f", "lang"),
                "responses": {
                    **_answers(one),
                    "404": {"$ref": "#/components/responses/NotFound"},
                },
            }
        },
    }


def _operation(name: str, summary: str, schema: str) -> Part:
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": ["Capabilities"],
            "parameters": _refs("f", "lang"),
            "responses": _answers({JSON: {"schema": {"$ref": schema}}, HTML: _PAGE}),
        }
    }


def _answers(content: Part) -> Part:
    return {
        "200": {"description": "The resource.", "content": content},
        "400": {"$ref": "#/components/responses/InvalidParameter"},
        "500": {"$ref": "#/components/responses/ServerError"},
    }


def _refs(*names: str) -> list[Part]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _query(name: str, description: str, schema: Part, **more: object) -> Part:
    return {
        "name": name, "in": "query", "required": False, "description": description,
        "schema": schema, "style": "form", "explode": False, **more,
    }  # fmt: skip


def _filter(column: Column) -> Part:
    schema: Part = {"type": "string"}
    if column.choices:
        schema["enum"] = list(column.choices)
    if column.kind is Kind.ID:
        schema["format"] = "uuid"
    return _query(column.name, f"Only features of which this is equal: {column.describe('en')}",
                  schema)  # fmt: skip


def _parameters() -> Part:
    numbers = {"type": "number"}
    return {
        "limit": _query(
            "limit",
            "How many features a page may hold.",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        ),
        "bbox": _query(
            "bbox",
            "Only features that touch this box: west, south, east, north in degrees of CRS84;"
            " with heights, which are not looked at, as the third and the sixth number.",
            {
                "type": "array",
                "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
                "items": numbers,
            },
        ),
        "bbox-crs": _query("bbox-crs", "Of the bbox.", {"type": "string", "enum": [CRS84]}),
        "crs": _query("crs", "Of the answer.", {"type": "string", "enum": [CRS84]}),
        "datetime": _query(
            "datetime",
            "Only features whose time touches this moment or interval (RFC 3339; `..` is an open"
            " end). The time of a place or entrance is when it last changed, that of a barrier"
            " lasts until it is no longer believed; streets have none and always fit.",
            {"type": "string"},
        ),
        "cursor": _query("cursor", "Of a `next` link.", {"type": "string"}),
        "f": _query("f", "Form of the answer.", {"type": "string", "enum": ["json", "html"]}),
        "lang": _query(
            "lang", "Language of texts.", {"type": "string", "enum": list(LANGUAGES)}
        ),
        "featureId": {
            "name": "featureId", "in": "path", "required": True, "description": "Id of a feature.",
            "schema": {"type": "string"},
        },
    }  # fmt: skip


_PAGE: Part = {"schema": {"type": "string"}}
_LINKS: Part = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}


def _object(required: list[str], **properties: Part) -> Part:
    # An empty list is no valid one in OpenAPI 3.0.
    needed = {"required": required} if required else {}
    return {"type": "object", **needed, "properties": properties}


_TEXT: Part = {"type": "string"}
_COUNT: Part = {"type": "integer", "minimum": 0}
_SCHEMAS: Part = {
    "link": _object(["href", "rel"], href=_TEXT, rel=_TEXT, type=_TEXT, title=_TEXT),
    "landingPage": _object(["links"], title=_TEXT, description=_TEXT, links=_LINKS),
    "confClasses": _object(["conformsTo"], conformsTo={"type": "array", "items": _TEXT}),
    "extent": _object(
        [],
        spatial=_object(
            ["bbox"],
            bbox={"type": "array", "minItems": 1,
                  "items": {"type": "array", "minItems": 4, "items": {"type": "number"}}},
            crs=_TEXT,
        ),
        temporal=_object(
            ["interval"],
            interval={"type": "array", "minItems": 1,
                      "items": {"type": "array", "minItems": 2, "maxItems": 2,
                                "items": {"type": "string", "nullable": True}}},
            trs=_TEXT,
        ),
    ),
    "collection": _object(
        ["id", "links"],
        id=_TEXT, title=_TEXT, description=_TEXT, itemType=_TEXT,
        crs={"type": "array", "items": _TEXT},
        extent={"$ref": "#/components/schemas/extent"}, links=_LINKS,
    ),
    "collections": _object(
        ["collections", "links"],
        collections={"type": "array", "items": {"$ref": "#/components/schemas/collection"}},
        links=_LINKS,
    ),
    "geometryGeoJSON": _object(
        ["type", "coordinates"], type=_TEXT, coordinates={"type": "array", "items": {}}
    ),
    "featureGeoJSON": _object(
        ["type", "geometry", "properties"],
        type={"type": "string", "enum": ["Feature"]},
        id={"oneOf": [{"type": "string"}, {"type": "integer"}]},
        geometry={"$ref": "#/components/schemas/geometryGeoJSON"},
        properties={"type": "object", "nullable": True},
        links=_LINKS,
    ),
    "featureCollectionGeoJSON": _object(
        ["type", "features"],
        type={"type": "string", "enum": ["FeatureCollection"]},
        features={"type": "array", "items": {"$ref": "#/components/schemas/featureGeoJSON"}},
        links=_LINKS,
        timeStamp={"type": "string", "format": "date-time"},
        numberMatched=_COUNT,
        numberReturned=_COUNT,
    ),
    "problem": _object(["type", "title", "status"], type=_TEXT, title=_TEXT,
                       status={"type": "integer"}, detail=_TEXT, parameter=_TEXT),
}  # fmt: skip


def _problem(description: str) -> Part:
    schema = {"schema": {"$ref": "#/components/schemas/problem"}}
    return {"description": description, "content": {"application/problem+json": schema}}


_RESPONSES: Part = {
    "InvalidParameter": _problem("A parameter is not known or its value cannot be used."),
    "NotFound": _problem("There is no such resource."),
    "ServerError": _problem("Something broke on our side."),
}
