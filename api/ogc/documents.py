"""The JSON resources of the standard: landing page, conformance, collections, features, links."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request

from api.ogc.parameters import CRS84, Form
from api.settings import Mode
from audits.opendata.collections import FEATURES, Collection
from audits.opendata.columns import Column, Kind, describe_word
from audits.opendata.licence import ATTRIBUTION, LICENCE_NAME, LICENCE_URL
from audits.opendata.reading import Extent

GEOJSON = "application/geo+json"
JSON = "application/json"
HTML = "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"

_PART1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
CONFORMS_TO = [f"{_PART1}/{name}" for name in ("core", "oas30", "html", "geojson")]

Links = list[dict[str, str]]
Document = dict[str, Any]


class Site:
    """Addresses of one request's site."""

    def __init__(self, request: Request) -> None:
        server = request.app.state.settings.server
        # In production links go where people come from, also behind a proxy that ends TLS.
        production = request.app.state.settings.mode is Mode.PRODUCTION
        self.root = (server.public_url if production else str(request.base_url)).rstrip("/")
        self.here = f"{self.root}{quote(request.url.path)}"
        self._query = list(request.query_params.multi_items())

    def address(self, path: str = "") -> str:
        """Give the address of a resource below `/ogc`."""
        return f"{self.root}/ogc{path}"

    def within(self, address: str) -> str:
        """Give an address of this site without its host, as pages link."""
        return address.removeprefix(self.root)

    def again(self, **changes: str | None) -> str:
        """Give the present address with parameters changed, or removed by `None`."""
        kept = [(name, value) for name, value in self._query if name not in changes]
        kept += [(name, value) for name, value in changes.items() if value is not None]
        return f"{self.here}?{urlencode(kept)}" if kept else self.here

    def own_links(self, form: Form, media_type: str = JSON) -> Links:
        """Give the links to this resource and to its other form."""
        kinds = {Form.JSON: media_type, Form.HTML: HTML}
        other = Form.HTML if form is Form.JSON else Form.JSON
        return [
            link("self", self.again(), kinds[form], "This document"),
            link("alternate", self.again(f=other), kinds[other], f"This document as {other}"),
        ]


def link(rel: str, href: str, media_type: str, title: str) -> dict[str, str]:
    """Write a link."""
    return {"rel": rel, "href": href, "type": media_type, "title": title}


def landing(site: Site, form: Form, title: str, description: str) -> Document:
    """Write the landing page (requirement 2)."""
    return {
        "title": title,
        "description": description,
        "attribution": ATTRIBUTION,
        "links": [
            *site.own_links(form),
            link("service-desc", site.address("/api?f=json"), OPENAPI, "The API as OpenAPI 3.0"),
            link("service-doc", site.address("/api?f=html"), HTML, "The API for people"),
            link("conformance", site.address("/conformance"), JSON, "Conformance classes"),
            link("data", site.address("/collections"), JSON, "Collections"),
            link("license", LICENCE_URL, HTML, LICENCE_NAME),
            link("related", f"{site.root}/open", HTML, "The same data as files"),
        ],
    }


def conformance(site: Site, form: Form) -> Document:
    """Write the conformance declaration (requirement 6)."""
    return {"conformsTo": CONFORMS_TO, "links": site.own_links(form)}


def collection_document(
    site: Site, collection: Collection, extent: Extent, language: str, own: Links
) -> Document:
    """Write what a collection is (requirements 14 and 15)."""
    path = f"/collections/{collection.name}"
    items = site.address(f"{path}/items")
    about: Document = {
        "id": collection.name,
        "title": describe_word("collection_title", collection.name, language),
        "description": describe_word("collection", collection.name, language),
        "attribution": ATTRIBUTION,
        "itemType": "feature",
        "crs": [CRS84],
        "storageCrs": CRS84,
        "links": [
            *own,
            link("items", items, GEOJSON, "Features"),
            link("items", f"{items}?f=html", HTML, "Features for people"),
            link("describedby", site.address(f"{path}/schema"), SCHEMA, "Columns"),
            link("license", LICENCE_URL, HTML, LICENCE_NAME),
            link("enclosure", f"{site.root}/open/esik.gpkg", "application/geopackage+sqlite3",
                 "Everything as one GeoPackage"),
        ],
    }  # fmt: skip
    if extent.box is not None:
        about["extent"] = {"spatial": {"bbox": [list(extent.box)], "crs": CRS84}}
        if extent.starts is not None:
            since = extent.starts.strftime("%Y-%m-%dT%H:%M:%SZ")
            about["extent"]["temporal"] = {
                "interval": [[since, None]],
                "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
            }
    return about


def collection_links(site: Site, collection: Collection) -> Links:
    """Give the links of a collection to itself, inside the list of all."""
    address = site.address(f"/collections/{collection.name}")
    return [
        link("self", f"{address}?f=json", JSON, "This collection"),
        link("alternate", f"{address}?f=html", HTML, "This collection for people"),
    ]


def feature_page(
    site: Site,
    form: Form,
    collection: Collection,
    features: Sequence[Mapping[str, Any]],
    *,
    cursor: str | None,
    matched: int | None,
    now: datetime,
) -> Document:
    """Write a page of features (requirements 27 to 31)."""
    links = site.own_links(form, GEOJSON)
    if cursor is not None:
        kind = GEOJSON if form is Form.JSON else HTML
        links.append(link("next", site.again(cursor=cursor), kind, "The next page"))
    path = f"/collections/{collection.name}"
    links.append(link("collection", site.address(path), JSON, "The collection"))
    links.append(link("license", LICENCE_URL, HTML, LICENCE_NAME))
    page: Document = {
        "type": "FeatureCollection",
        "timeStamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "numberReturned": len(features),
    }
    if matched is not None:
        page["numberMatched"] = matched
    return {**page, "features": features, "links": links}


def feature_links(site: Site, form: Form, collection: Collection, own_page: str | None) -> Links:
    """Give the links of one feature (requirement 35)."""
    links = site.own_links(form, GEOJSON)
    path = f"/collections/{collection.name}"
    links.append(link("collection", site.address(path), JSON, "The collection"))
    links.append(link("license", LICENCE_URL, HTML, LICENCE_NAME))
    if own_page is not None:
        links.append(link("canonical", own_page, HTML, "The page of this place"))
    return links


_TYPES = {Kind.INTEGER: "integer", Kind.NUMBER: "number", Kind.BOOLEAN: "boolean"}
_FORMATS = {Kind.TIME: "date-time", Kind.DATE: "date", Kind.ID: "uuid"}


def column_schema(column: Column, language: str) -> Document:
    """Write a column as JSON Schema; a value that nobody knows is null."""
    kind = _TYPES.get(column.kind, "string")
    schema: Document = {"type": kind if column.always else [kind, "null"]}
    if column.kind in _FORMATS:
        schema["format"] = _FORMATS[column.kind]
    if column.choices:
        schema["enum"] = [*column.choices] if column.always else [*column.choices, None]
    if column.unit:
        schema["x-ogc-unit"] = column.unit
    return {**schema, "description": column.describe(language)}


def collection_schema(site: Site, collection: Collection, language: str) -> Document:
    """Write the JSON Schema of the features of a collection."""
    names = {column.name: column for column in collection.published if column.name != "id"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": site.address(f"/collections/{collection.name}/schema"),
        "title": describe_word("collection_title", collection.name, language),
        "description": describe_word("collection", collection.name, language),
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "integer" if collection.has_number_key else "string"},
            "geometry": {"$ref": f"https://geojson.org/schema/{collection.shape}.json"},
            "properties": {
                "type": "object",
                "required": list(names),
                "additionalProperties": False,
                "properties": {
                    name: column_schema(column, language) for name, column in names.items()
                },
            },
        },
    }


def list_names() -> list[str]:
    """Give the names of the collections."""
    return list(FEATURES)
