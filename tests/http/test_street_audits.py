"""Kerbs, crossings, pavements and lifts are audited like doors, and routes follow at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.http.stories import approve, await_route
from tests.support.bodies import audit_of_a_street, observe
from tests.support.machine import PATIENCE_S

_NEW = {"If-None-Match": "*"}
_QUERY = {
    "from": "76.9291,43.24", "to": "76.9319,43.24", "lang": "en",
    "profile": "manual_wheelchair",
}  # fmt: skip
_LIFT = """
UPDATE street_edges SET kind = 'lift', highway = 'elevator' WHERE id = 2;
INSERT INTO places (id, kind, state, category, sector, point, district_id) VALUES
  ('0199a000-0000-7000-8000-0000000000b1', 'crossing_structure', 'active', 'underpass',
   'transport', ST_SetSRID(ST_MakePoint(76.931, 43.24), 4326),
   '0199a000-0000-7000-8000-0000000000d1');
"""
_STRUCTURE = "0199a000-0000-7000-8000-0000000000b1"


@pytest.mark.parametrize(
    ("kind", "geometry", "good", "bad"),
    [
        (
            "pavement",
            {"type": "LineString", "coordinates": [[76.9302, 43.24], [76.9318, 43.24]]},
            ("path.width_min", 1600),
            ("path.width_min", 500),
        ),
        (
            "kerb",
            {"type": "Point", "coordinates": [76.93, 43.24]},
            ("kerb.height", 10),
            ("kerb.height", 180),
        ),
    ],
)
async def test_a_measure_of_the_street_closes_a_way_when_approved(
    small_city: SmallCity,
    kind: str,
    geometry: dict[str, Any],
    good: tuple[str, int],
    bad: tuple[str, int],
) -> None:
    """Before the approval nothing changes; after it the way is closed, and open when corrected."""
    element_id = uuid7()
    element = {
        "id": str(element_id), "kind": kind, "geometry": geometry,
        "osm_way_id": 11, "osm_node_ids": [101, 102] if kind == "pavement" else [102],
    }  # fmt: skip
    narrow = audit_of_a_street(element, *_answers(element_id, kind, bad))
    await await_route(small_city, _QUERY, found=True)
    await approve(small_city, narrow)
    await await_route(small_city, _QUERY, found=False)
    await approve(small_city, audit_of_a_street(element, *_answers(element_id, kind, good)))
    await await_route(small_city, _QUERY, found=True)


def _answers(element_id: UUID, kind: str, measure: tuple[str, int]) -> list[dict[str, Any]]:
    answers = [observe(element_id, *measure)]
    if kind == "kerb":
        answers.append(observe(element_id, "kerb.kind", "raised", "estimate"))
    return answers


_GAP = """
UPDATE street_nodes SET geom = ST_SetSRID(ST_MakePoint(76.9306, 43.24), 4326) WHERE id = 2;
INSERT INTO street_nodes (id, osm_id, geom) VALUES
  (4, 104, ST_SetSRID(ST_MakePoint(76.9312, 43.24), 4326)),
  (5, 105, ST_SetSRID(ST_MakePoint(76.9309, 43.2410), 4326)),
  (6, 106, ST_SetSRID(ST_MakePoint(76.9309, 43.2404), 4326)),
  (7, 107, ST_SetSRID(ST_MakePoint(76.9309, 43.2396), 4326));
UPDATE street_edges e SET
  from_node_id = CASE WHEN e.id = 2 THEN 4 ELSE e.from_node_id END,
  osm_node_ids = CASE WHEN e.id = 2 THEN ARRAY[104, 103] ELSE e.osm_node_ids END;
INSERT INTO street_edges
  (id, from_node_id, to_node_id, osm_way_id, osm_node_ids, geom, length_mm, kind, highway)
VALUES (3, 5, 6, 12, ARRAY[105, 106], ST_SetSRID(ST_MakeLine(
  ST_MakePoint(76.9309, 43.2410), ST_MakePoint(76.9309, 43.2404)), 4326), 60000, 'road', 'primary');
UPDATE street_edges e SET geom = ST_MakeLine(n.geom, m.geom),
  length_mm = round(ST_Length(ST_MakeLine(n.geom, m.geom)::geography) * 1000)
FROM street_nodes n, street_nodes m WHERE n.id = e.from_node_id AND m.id = e.to_node_id;
INSERT INTO changes (kind) VALUES ('network');
NOTIFY esik_changes;
"""
"""The alley is broken for 50 m; a big road ends 40 m north of the gap."""


def _link(*spots: list[float]) -> tuple[UUID, dict[str, Any]]:
    element_id = uuid7()
    geometry = {"type": "LineString", "coordinates": list(spots)}
    return element_id, {"id": str(element_id), "kind": "link", "geometry": geometry}


async def _await_link(city: SmallCity, *, walked: bool) -> dict[str, Any]:
    """Ask until the way does, or does not, lead over the link; gives the link."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = (await city.client.get("/v1/routes", params=_QUERY)).json()
            found: dict[str | None, dict[str, Any]] = {
                each["properties"].get("kind"): each["properties"] for each in answer["features"]
            }
            if ("link" in found) is walked:
                return found.get("link", {})
            await asyncio.sleep(0.02)


async def test_an_approved_link_joins_two_streets(small_city: SmallCity, libpq_url: str) -> None:
    """A way that the map does not have carries routes; what nobody measured on it is missing."""
    with psycopg.connect(libpq_url) as connection:
        connection.execute(_GAP)
    element_id, element = _link([76.9306, 43.24], [76.9309, 43.23995], [76.9312, 43.24])
    width = observe(element_id, "path.width_min", 1600)
    surface = observe(element_id, "path.surface", "asphalt", "estimate")
    await approve(small_city, audit_of_a_street(element, width, surface))
    link = await _await_link(small_city, walked=True)
    assert (link["width_mm"], link["surface"]) == (1600, "smooth"), link
    sources = link["evidence"]
    assert (sources["width"], sources["surface"]) == ("audited", "audited")
    assert (sources["steps"], sources["kerb"], sources["incline"]) == ("missing",) * 3
    for steps, walked in ((3, False), (0, True)):
        count = observe(element_id, "path.step_count", steps, "estimate")
        await approve(small_city, audit_of_a_street(element, count))
        link = await _await_link(small_city, walked=walked)
    assert link["evidence"]["steps"] == "audited"


@pytest.mark.parametrize(
    ("spots", "code"),
    [
        ([[76.9306, 43.24]], "link_without_line"),
        ([[76.9306, 43.24], [76.93061, 43.24]], "link_of_odd_length"),
        ([[76.9306, 43.24], [76.94, 43.25], [76.9312, 43.24]], "link_of_odd_length"),
        ([[76.9306, 43.24], [76.9309, 43.2385]], "link_not_joined"),
        ([[76.9306, 43.24], [76.9306, 43.2407], [76.9312, 43.2407], [76.9312, 43.24]],
         "link_across_road"),
    ],
)  # fmt: skip
async def test_a_link_that_cannot_be_is_refused(
    small_city: SmallCity, libpq_url: str, spots: list[list[float]], code: str
) -> None:
    """No line, no length, an end at no street, and a way across traffic are pointed at."""
    with psycopg.connect(libpq_url) as connection:
        connection.execute(_GAP)
    element_id, element = _link(*spots)
    if len(spots) == 1:
        element["geometry"] = {"type": "Point", "coordinates": spots[0]}
    sent = await small_city.client.put(
        f"/v1/audits/{uuid7()}",
        json=audit_of_a_street(element, observe(element_id, "path.width_min", 1600)),
        headers={**small_city.volunteer, **_NEW, "Accept-Language": "ru"},
    )
    assert sent.status_code == 422, sent.text
    [error] = sent.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/elements/0/geometry", code)
    assert "пут" in error["detail"].lower()


async def test_a_lift_closes_and_opens_with_its_audits(
    small_city: SmallCity, libpq_url: str
) -> None:
    """Found broken: no way. A report on top, then an approved "working": the way is open."""
    with psycopg.connect(libpq_url) as connection:
        connection.execute(_LIFT)
        connection.execute("INSERT INTO changes (kind) VALUES ('network')")
        connection.execute("NOTIFY esik_changes")
    element_id = uuid7()
    element = {
        "id": str(element_id), "kind": "lift",
        "geometry": {"type": "Point", "coordinates": [76.931, 43.24]},
    }  # fmt: skip
    broken = observe(element_id, "lift.state", "out_of_order", "estimate")
    await approve(small_city, audit_of_a_street(element, broken, place_id=_STRUCTURE))
    listed = await small_city.client.get("/v1/barriers", params={"bbox": "76.9,43.2,77,43.3"})
    assert [(item["kind"], item["state"], item["matched"]) for item in listed.json()["items"]] == [
        ("lift_out_of_order", "confirmed", True)
    ]
    report = {"kind": "lift_out_of_order", "element_id": str(element_id)}
    reported = await small_city.client.put(
        f"/v1/barriers/{uuid7()}", json=report, headers={**small_city.volunteer, **_NEW}
    )
    assert reported.json()["matched"] is True, reported.text
    works = observe(element_id, "lift.state", "working", "estimate")
    works["observed_at"] = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    await approve(small_city, audit_of_a_street(element, works, place_id=_STRUCTURE))
    # Measured before the report came: it proves nothing about now.
    after = await small_city.client.get("/v1/barriers", params={"bbox": "76.9,43.2,77,43.3"})
    assert len(after.json()["items"]) == 2
    works.pop("observed_at")
    await approve(small_city, audit_of_a_street(element, works, place_id=_STRUCTURE))
    open_again = await small_city.client.get("/v1/barriers", params={"bbox": "76.9,43.2,77,43.3"})
    assert open_again.json()["items"] == []
