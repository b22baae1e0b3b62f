"""Annex A of OGC 17-069r4, test by test: core, GeoJSON, HTML and OpenAPI 3.0.

Each test is named by the abstract test that it transcribes. `/req/core/fc-bbox-response` and the
like stand in the docstrings.
"""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import schemathesis
import shapely
from jsonschema_rs import validator_for
from shapely.geometry import shape

from audits.opendata.collections import FEATURES
from tests.http.opendata.conftest import OpenCity
from tests.support.ogc import Api, check_by, find_link

pytestmark = pytest.mark.xdist_group("open data")

_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_CONF = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
_GEOJSON = "application/geo+json"
_NAMES = ("places", "entrances", "barriers", "streets")
_BOX = "76.80,43.09,76.82,43.11"


@pytest.fixture(name="api")
def _api(open_city: OpenCity) -> Api:
    return Api(open_city.client)


# --- A.2.2 General ---------------------------------------------------------------------------


async def test_ats_core_http(api: Api) -> None:
    """/req/core/http: HTTP 1.1; an unknown resource is 404, another method 405."""
    assert (await api.client.get("/ogc/collections/nothing")).status_code == 404
    assert (await api.client.get("/ogc/collections/places/items/nothing")).status_code == 404
    assert (await api.client.post("/ogc/collections/places/items")).status_code == 405


async def test_ats_core_crs84(api: Api) -> None:
    """/req/core/crs84: every geometry is longitude, latitude of WGS 84."""
    for name in _NAMES:
        answer = await api.client.get(f"/ogc/collections/{name}/items")
        assert answer.headers["Content-Crs"] == f"<{_CRS84}>"
        for feature in answer.json()["features"]:
            west, south, east, north = shape(feature["geometry"]).bounds
            assert 76 < west <= east < 78, feature
            assert 43 < south <= north < 44, feature


# --- A.2.3 Landing page ----------------------------------------------------------------------


async def test_ats_core_root_op(api: Api) -> None:
    """/req/core/root-op: the landing page answers GET at its root."""
    assert (await api.client.get("/ogc")).status_code == 200
    assert (await api.client.get("/ogc/")).status_code == 200


async def test_ats_core_root_success(api: Api) -> None:
    """/req/core/root-success: links to the definition, the conformance and the data."""
    landing = await api.get("/ogc")
    assert {"service-desc", "service-doc", "conformance", "data", "self", "alternate"} <= {
        each["rel"] for each in landing["links"]
    }
    for link in landing["links"]:
        if link["href"].startswith("http://esik.test/ogc"):
            assert (await api.client.get(link["href"])).status_code == 200, link
    assert find_link(landing, "data")["href"].endswith("/ogc/collections")


# --- A.2.4 API definition --------------------------------------------------------------------


async def test_ats_core_api_definition_op(api: Api) -> None:
    """/req/core/api-definition-op: every service link of the landing page can be got."""
    landing = await api.get("/ogc")
    for rel in ("service-desc", "service-doc"):
        link = find_link(landing, rel)
        answer = await api.client.get(link["href"], headers={"Accept": link["type"]})
        assert answer.status_code == 200
        kind = answer.headers["Content-Type"]
        assert kind.split(";")[0] == link["type"].split(";")[0]


async def test_ats_core_api_definition_success(api: Api) -> None:
    """/req/core/api-definition-success: the definition fits its media type."""
    document = await _definition(api)
    assert re.fullmatch(r"3\.0\.\d", document["openapi"])


async def _definition(api: Api) -> dict[str, Any]:
    link = find_link(await api.get("/ogc"), "service-desc")
    assert link["type"] == "application/vnd.oai.openapi+json;version=3.0"
    return dict(await api.get(link["href"]))


# --- A.2.5 Conformance -----------------------------------------------------------------------


async def test_ats_core_conformance_op(api: Api) -> None:
    """/req/core/conformance-op: GET at /conformance."""
    link = find_link(await api.get("/ogc"), "conformance")
    assert link["href"].endswith("/ogc/conformance")
    await api.get(link["href"])


async def test_ats_core_conformance_success(api: Api) -> None:
    """/req/core/conformance-success: the classes that are tested here, and no others."""
    document = await api.get("/ogc/conformance")
    assert sorted(document["conformsTo"]) == [
        f"{_CONF}/{each}" for each in ("core", "geojson", "html", "oas30")
    ]


# --- A.2.6 Collections -----------------------------------------------------------------------


async def test_ats_core_fc_md_op(api: Api) -> None:
    """/req/core/fc-md-op: GET at /collections."""
    assert (await api.client.get("/ogc/collections")).status_code == 200


async def test_ats_core_fc_md_success(api: Api) -> None:
    """/req/core/fc-md-success: the document fits its schema."""
    document = await api.get("/ogc/collections")
    check_by(await _definition(api), "collections", document)


async def test_ats_core_fc_md_links(api: Api) -> None:
    """/req/core/fc-md-links: to itself and its other form, with rel and type."""
    document = await api.get("/ogc/collections")
    assert find_link(document, "self")["type"] == "application/json"
    assert find_link(document, "alternate")["type"] == "text/html"


async def test_ats_core_fc_md_items(api: Api) -> None:
    """/req/core/fc-md-items: every collection is listed, with an id."""
    document = await api.get("/ogc/collections")
    assert tuple(each["id"] for each in document["collections"]) == _NAMES


async def test_ats_core_fc_md_items_links(api: Api) -> None:
    """/req/core/fc-md-items-links: to the items in each form, with rel and type."""
    for each in (await api.get("/ogc/collections"))["collections"]:
        for kind in (_GEOJSON, "text/html"):
            link = find_link(each, "items", kind)
            assert (await api.client.get(link["href"])).headers["Content-Type"].startswith(kind)
        assert all(link["rel"] and link["type"] for link in each["links"])


async def test_ats_core_fc_md_extent(api: Api) -> None:
    """/req/core/fc-md-extent: all features are inside the extents."""
    for each in (await api.get("/ogc/collections"))["collections"]:
        box = shapely.box(*each["extent"]["spatial"]["bbox"][0])
        assert each["extent"]["spatial"]["crs"] == _CRS84
        features = await api.all_features(each["id"], limit=100)
        assert features
        assert all(box.covers(shape(feature["geometry"])) for feature in features)
        if "temporal" in each["extent"]:
            since, until = each["extent"]["temporal"]["interval"][0]
            assert until is None
            seen = [f["properties"].get("updated_at") or f["properties"]["since"] for f in features]
            assert datetime.fromisoformat(since) <= min(map(datetime.fromisoformat, seen))
        else:
            assert each["id"] == "streets"


# --- A.2.7 Collection ------------------------------------------------------------------------


async def test_ats_core_sfc_md_op(api: Api) -> None:
    """/req/core/sfc-md-op: GET at /collections/{id}."""
    for name in _NAMES:
        await api.get(f"/ogc/collections/{name}")


async def test_ats_core_sfc_md_success(api: Api) -> None:
    """/req/core/sfc-md-success: it says the same as the list of all."""
    definition = await _definition(api)
    for each in (await api.get("/ogc/collections"))["collections"]:
        alone = await api.get(f"/ogc/collections/{each['id']}")
        check_by(definition, "collection", alone)
        assert {key: alone[key] for key in alone if key != "links"} == {
            key: each[key] for key in each if key != "links"
        }


# --- A.2.8 Features --------------------------------------------------------------------------


async def test_ats_core_fc_op(api: Api) -> None:
    """/req/core/fc-op: GET at /collections/{id}/items."""
    for name in _NAMES:
        assert (await api.items(name))["type"] == "FeatureCollection"


async def test_ats_core_fc_limit_definition(api: Api) -> None:
    """/req/core/fc-limit-definition: an optional integer with minimum, maximum and default."""
    parameter = await _parameter(api, "limit")
    schema = parameter["schema"]
    assert (parameter["in"], parameter["required"], parameter["style"], parameter["explode"]) == (
        "query", False, "form", False,
    )  # fmt: skip
    assert (schema["type"], schema["minimum"], schema["default"]) == ("integer", 1, 10)
    assert schema["maximum"] >= schema["default"]


async def test_ats_core_fc_limit_response(api: Api) -> None:
    """/req/core/fc-limit-response: never more than asked; above the maximum is no error."""
    assert len((await api.items("places"))["features"]) == 10
    for limit in (1, 7, 61, 10_000, 999_999_999):
        assert len((await api.items("places", limit=limit))["features"]) == min(limit, 61)


async def test_ats_core_fc_bbox_definition(api: Api) -> None:
    """/req/core/fc-bbox-definition: four or six numbers."""
    parameter = await _parameter(api, "bbox")
    schema = parameter["schema"]
    assert (parameter["in"], parameter["required"], parameter["explode"]) == ("query", False, False)
    assert (schema["type"], schema["items"]["type"]) == ("array", "number")
    assert [each["minItems"] for each in schema["oneOf"]] == [4, 6]


async def test_ats_core_fc_bbox_response(api: Api) -> None:
    """/req/core/fc-bbox-response: exactly the features that touch the box."""
    box = shapely.box(*map(float, _BOX.split(",")))
    everything = await api.all_features("places", limit=50)
    wanted = {f["id"] for f in everything if box.intersects(shape(f["geometry"]))}
    assert 0 < len(wanted) < len(everything)
    for text in (_BOX, "76.80,43.09,0,76.82,43.11,9000"):
        got = await api.all_features("places", bbox=text, limit=7)
        assert {feature["id"] for feature in got} == wanted
    crs = {"bbox-crs": _CRS84}
    assert (await api.items("places", bbox=_BOX, **crs))["numberMatched"] == len(wanted)
    # Over the antimeridian: the rest of the world has nobody, the way round has all.
    assert (await api.items("places", bbox="170,43,-170,44"))["numberMatched"] == 0
    assert (await api.items("places", bbox="70,43,-170,44"))["numberMatched"] == len(everything)
    line = await api.items("streets", bbox="76.9294,43.2399,76.9296,43.2401")
    assert [feature["id"] for feature in line["features"]] == [1]


async def test_ats_core_fc_time_definition(api: Api) -> None:
    """/req/core/fc-time-definition: an optional text."""
    parameter = await _parameter(api, "datetime")
    assert (parameter["in"], parameter["required"], parameter["schema"]["type"]) == (
        "query", False, "string",
    )  # fmt: skip


async def test_ats_core_fc_time_response(api: Api) -> None:
    """/req/core/fc-time-response: moments, intervals, open ends; without time all are given."""
    now = datetime.fromisoformat((await api.items("barriers"))["timeStamp"])

    def at(**off: float) -> str:
        return (now + timedelta(**off)).strftime("%Y-%m-%dT%H:%M:%SZ")

    day = (now - timedelta(days=5)).strftime("%Y-%m-%d")
    counts = {
        at(): 2, at(days=5): 1, at(days=-5): 1, at(days=-40): 0, day: 1,
        f"{at(days=-5)}/{at(days=5)}": 2, f"{at(days=3)}/{at(days=5)}": 1,
        f"../{at(days=-5)}": 1, f"/{at(days=-5)}": 1, f"{at(days=5)}/..": 1, f"{at(days=5)}/": 1,
        "../..": 2,
    }  # fmt: skip
    for text, count in counts.items():
        page = await api.items("barriers", datetime=text)
        assert page["numberMatched"] == count, text
    assert (await api.items("streets", datetime=at(days=-99)))["numberMatched"] == 3
    assert (await api.items("places", datetime=f"../{at(days=-99)}"))["numberMatched"] == 0


@pytest.mark.parametrize("name", _NAMES)
async def test_every_filter_finds_what_it_names(api: Api, name: str) -> None:
    """A value of every filterable column gives the features that have it, on every page."""
    everything = [row async for page in api.pages(name, limit=1000) for row in page["features"]]
    filters = FEATURES[name].filters
    assert filters
    for column in filters:
        values = [row["properties"][column.name] for row in everything]
        for value in {*values} - {None}:
            found = await api.items(name, **{column.name: value, "limit": 1000})
            wanted = [
                row["id"] for row, each in zip(everything, values, strict=True) if each == value
            ]
            assert [row["id"] for row in found["features"]] == wanted, (column.name, value)
            assert found["numberMatched"] == len(wanted)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=ten", "limit=1.5", "limit=", "bbox=1,2,3", "bbox=a,b,c,d",
        "bbox=76,44,77,43", "bbox=0,0,nan,1", "bbox=0,0,inf,1", "bbox=0,-91,1,1",
        "bbox=200,0,201,1",
        "bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326", "crs=EPSG:3857",
        "datetime=yesterday",
        "datetime=2026-13-01T00:00:00Z", "datetime=2026-11-02/2026-11-01", "datetime=../../..",
        "datetime=", "kind=castle", "entry_deaf=perhaps", "parent_id=7", "cursor=forged", "f=xml",
        "lang=de", "limit=1&limit=2", "category=%00", "datetime=9999-12-31T23:59:59-23:59",
    ],
)  # fmt: skip
async def test_ats_core_query_param_invalid(api: Api, query: str) -> None:
    """/req/core/query-param-invalid: 400 for a value that the definition does not allow."""
    problem = await api.get(f"/ogc/collections/places/items?{query}", status=400)
    assert problem["status"] == 400


async def test_ats_core_query_param_unknown(api: Api) -> None:
    """/req/core/query-param-unknown: 400 for a parameter that the definition does not name."""
    for path in ("", "/api", "/conformance", "/collections", "/collections/places",
                 "/collections/places/schema", "/collections/places/items"):  # fmt: skip
        problem = await api.get(f"/ogc{path}?no_such_parameter=1", status=400)
        assert problem["parameter"] == "no_such_parameter"
    await api.get("/ogc/collections/streets/items?entry_deaf=yes", status=400)


async def test_ats_core_fc_response(api: Api) -> None:
    """/req/core/fc-response: only features that fit all filters, every one of them once."""
    everything = await api.all_features("places", limit=9)
    ids = [feature["id"] for feature in everything]
    assert len(ids) == len(set(ids)) == 61
    for name, value in {
        "entry_manual_wheelchair": "yes",
        "kind": "building",
        "osm": "way/77",
    }.items():
        got = await api.all_features("places", limit=9, **{name: value})
        assert {f["id"] for f in got} == {
            f["id"] for f in everything if f["properties"][name] == value
        }
        assert got
    both = await api.items("places", entry_deaf="unknown", bbox=_BOX, sector="education", limit=100)
    assert both["numberMatched"] == len(both["features"])


async def test_ats_core_fc_links(api: Api) -> None:
    """/req/core/fc-links and fc-rel-type: self, alternate, and next while there is more."""
    page = await api.items("places", limit=60, bbox="76,43,77,44")
    assert (find_link(page, "self")["type"], find_link(page, "alternate")["type"]) == (
        _GEOJSON, "text/html",
    )  # fmt: skip
    assert all(each["rel"] and each["type"] for each in page["links"])
    last = await api.get(find_link(page, "next")["href"])
    assert len(last["features"]) == 1
    assert not [each for each in last["links"] if each["rel"] == "next"]
    assert await api.get(find_link(last, "self")["href"])


async def test_ats_core_fc_timestamp(api: Api) -> None:
    """/req/core/fc-timeStamp: when the answer was made, in UTC."""
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", (await api.items("places"))["timeStamp"]
    )


async def test_ats_core_fc_number_matched(api: Api) -> None:
    """/req/core/fc-numberMatched: where it is given, it is the number on all pages."""
    for query in ({}, {"bbox": _BOX}, {"entry_manual_wheelchair": "no"}):
        first = await api.items("places", limit=4, **query)
        assert first["numberMatched"] == len(await api.all_features("places", limit=4, **query))


async def test_ats_core_fc_number_returned(api: Api) -> None:
    """/req/core/fc-numberReturned: the number on this page."""
    async for page in api.pages("places", limit=25):
        assert page["numberReturned"] == len(page["features"])


# --- A.2.9 Feature ---------------------------------------------------------------------------


async def test_ats_core_f_op_f_success_f_links(api: Api) -> None:
    """/req/core/f-op, f-success and f-links: a feature alone, as in the page, with its links."""
    definition = await _definition(api)
    for name in _NAMES:
        for feature in (await api.items(name, limit=3))["features"]:
            alone = await api.get(f"/ogc/collections/{name}/items/{feature['id']}")
            check_by(definition, "featureGeoJSON", alone)
            assert {key: alone[key] for key in feature} == feature
            assert find_link(alone, "self")["type"] == _GEOJSON
            assert find_link(alone, "alternate")["type"] == "text/html"
            assert find_link(alone, "collection")["href"].endswith(f"/collections/{name}")


# --- A.3 GeoJSON, A.4 HTML -------------------------------------------------------------------


async def test_ats_geojson_definition_and_content(api: Api) -> None:
    """/req/geojson/definition and content: features as GeoJSON, all else as JSON."""
    definition = await _definition(api)
    for name in _NAMES:
        for path in (f"/ogc/collections/{name}/items",):
            answer = await api.client.get(path, headers={"Accept": _GEOJSON})
            assert answer.headers["Content-Type"] == _GEOJSON
            page = answer.json()
            check_by(definition, "featureCollectionGeoJSON", page)
            schema = await api.get(f"/ogc/collections/{name}/schema")
            properties = validator_for(schema["properties"]["properties"])
            for feature in page["features"]:
                assert shape(feature["geometry"]).is_valid
                properties.validate(feature["properties"])
    for path in ("/ogc", "/ogc/conformance", "/ogc/collections", "/ogc/collections/places"):
        answer = await api.client.get(path)
        assert answer.headers["Content-Type"] == "application/json"


async def test_ats_html_definition_and_content(api: Api) -> None:
    """/req/html/definition and content: every resource as a page with its data and links."""
    feature = (await api.items("places", osm="way/77"))["features"][0]
    paths = [
        "/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections", "/ogc/collections/places",
        "/ogc/collections/places/items", f"/ogc/collections/places/items/{feature['id']}",
        "/ogc/collections/streets/schema",
    ]  # fmt: skip
    for path in paths:
        answer = await api.client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "<h1>" in answer.text
    one = (await api.client.get(paths[6], params={"f": "html", "lang": "en"})).text
    for name, value in feature["properties"].items():
        assert name in one
        if isinstance(value, str) and value not in {"unknown", "yes", "no", "with_help"}:
            assert value.replace("&", "&amp;") in one, name


# --- A.5 OpenAPI 3.0 -------------------------------------------------------------------------


async def test_ats_oas30_definition(api: Api) -> None:
    """/req/oas30/oas-definition-1 and -2: an OpenAPI 3.0 document that a tool can load."""
    document = await _definition(api)
    loaded = schemathesis.openapi.from_dict(document)
    loaded.validate()
    assert len(list(loaded.get_all_operations())) == len(document["paths"]) == 20


async def test_ats_oas30_impl_and_completeness(api: Api) -> None:
    """/req/oas30/oas-impl and completeness: what is described is served, with those statuses."""
    document = await _definition(api)
    ids = {name: (await api.items(name))["features"][0]["id"] for name in _NAMES}
    for path, methods in document["paths"].items():
        name = path.split("/")[2] if path.startswith("/collections/") else ""
        real = path.replace("{featureId}", str(ids.get(name, "")))
        answer = await api.client.get(f"/ogc{real}")
        responses = methods["get"]["responses"]
        assert answer.headers["Content-Type"] in responses["200"]["content"], path
        assert "400" in responses


async def test_ats_oas30_exceptions_codes(api: Api) -> None:
    """/req/oas30/exceptions-codes: the statuses of failures are described, and are problems."""
    answer = await api.client.get("/ogc/collections/places/items?limit=x")
    assert answer.headers["Content-Type"] == "application/problem+json"
    check_by(await _definition(api), "problem", answer.json())


async def test_ats_oas30_security(api: Api) -> None:
    """/req/oas30/security: nothing asks for a log-in, and the document names none."""
    document = await _definition(api)
    assert "security" not in json.dumps(document).lower().replace("securityschemes", "")


async def _parameter(api: Api, name: str) -> dict[str, Any]:
    document = await _definition(api)
    for path in document["paths"]:
        if path.endswith("/items"):
            names = [each.get("$ref") for each in document["paths"][path]["get"]["parameters"]]
            assert f"#/components/parameters/{name}" in names
    return dict(document["components"]["parameters"][name])
