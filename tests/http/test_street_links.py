"""A way that the map does not have stands wherever streets are published, once it is approved."""

import asyncio
from typing import Any
from uuid import UUID

import mapbox_vector_tile
import psycopg

from geo.ids import uuid7
from geo.tiles.grid import Bounds, iter_tiles
from tests.http.conftest import SmallCity
from tests.http.stories import approve, decide
from tests.support.bodies import audit_of_a_street, observe

_GAP = """
UPDATE street_nodes SET geom = ST_SetSRID(ST_MakePoint(76.9306, 43.24), 4326) WHERE id = 2;
INSERT INTO street_nodes (id, osm_id, geom) VALUES
  (4, 104, ST_SetSRID(ST_MakePoint(76.9312, 43.24), 4326));
UPDATE street_edges e SET
  from_node_id = CASE WHEN e.id = 2 THEN 4 ELSE e.from_node_id END,
  osm_node_ids = CASE WHEN e.id = 2 THEN ARRAY[104, 103] ELSE e.osm_node_ids END;
UPDATE street_edges e SET geom = ST_MakeLine(n.geom, m.geom), surface = NULL
FROM street_nodes n, street_nodes m WHERE n.id = e.from_node_id AND m.id = e.to_node_id;
INSERT INTO changes (kind) VALUES ('network');
NOTIFY esik_changes;
"""
"""The alley is broken for 50 m."""
_PATIENCE_S = 600
_ENDS = [[76.9306, 43.24], [76.9309, 43.23995], [76.9312, 43.24]]


def _make_body(
    element_id: UUID, kind: str = "link", line: list[list[float]] = _ENDS
) -> dict[str, Any]:
    return audit_of_a_street(
        {
            "id": str(element_id),
            "kind": kind,
            "geometry": {"type": "LineString", "coordinates": line},
        },
        observe(element_id, "path.width_min", 700),
        observe(element_id, "path.surface", "asphalt", "estimate"),
    )


async def _find_streets(city: SmallCity, **query: str) -> list[dict[str, Any]]:
    answer = await city.client.get("/ogc/collections/streets/items", params=query)
    assert answer.status_code == 200, answer.text
    features: list[dict[str, Any]] = answer.json()["features"]
    return features


async def _find_drawn(city: SmallCity) -> list[dict[str, Any]]:
    """Give the links of the tile that the gap lies in."""
    [tile] = iter_tiles(Bounds(76.9309, 43.24, 76.9309, 43.24), 16, 0)
    address = "/".join(map(str, tile))
    answer = await city.client.get(f"/v1/tiles/streets/{address}")
    rows: list[dict[str, Any]] = mapbox_vector_tile.decode(answer.content)["streets"]["features"]
    return [row for row in rows if row["properties"]["kind"] == "link"]


async def test_a_link_is_published_like_a_street(small_city: SmallCity, libpq_url: str) -> None:
    """Approved, it stands among the streets with words and mark; corrected, it is gone."""
    with psycopg.connect(libpq_url) as connection:
        connection.execute(_GAP)
    element_id, audit_id = uuid7(), uuid7()
    sent = await small_city.client.put(
        f"/v1/audits/{audit_id}",
        json=_make_body(element_id),
        headers={**small_city.volunteer, "If-None-Match": "*"},
    )
    assert sent.status_code == 201, sent.text
    assert await _find_streets(small_city, source="esik") == []
    assert await _find_drawn(small_city) == []
    await decide(small_city, audit_id, sent.headers["ETag"], outcome="approve")
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            [link] = await _find_streets(small_city, kind="link")
            shown = link["properties"]
            if shown["can_manual_wheelchair"] != "unknown":
                break
            await asyncio.sleep(0.02)
    assert (shown["can_manual_wheelchair"], shown["can_deaf"]) == ("no", "yes")
    assert (shown["source"], shown["osm"], shown["evidence"]) == ("esik", None, "audited")
    assert (shown["width_mm"], shown["surface"]) == (700, "asphalt")
    assert (shown["audited"], shown["element_id"]) == ("surface,width_mm", str(element_id))
    assert shown["known_manual_wheelchair"] == "audited"
    assert 48_000 < shown["length_mm"] < 51_000
    assert shown["observed_at"] is not None
    assert len(link["geometry"]["coordinates"]) == 3
    # By its own id, by box, page by page behind the streets, and by what was measured.
    alone = await small_city.client.get(f"/ogc/collections/streets/items/{link['id']}")
    assert alone.json()["properties"] == shown
    for query in (
        {"bbox": "76.9308,43.2399,76.931,43.24"}, {"element_id": str(element_id)},
        {"surface": "asphalt", "source": "esik"}, {"evidence": "audited"},
    ):  # fmt: skip
        assert [row["id"] for row in await _find_streets(small_city, **query)] == [link["id"]]
    page = await small_city.client.get("/ogc/collections/streets/items", params={"limit": "2"})
    assert page.json()["numberMatched"] == 3
    following = next(each["href"] for each in page.json()["links"] if each["rel"] == "next")
    assert [row["id"] for row in (await small_city.client.get(following)).json()["features"]] == [
        link["id"]
    ]
    [drawn] = await _find_drawn(small_city)
    assert drawn["id"] == link["id"]
    assert drawn["properties"].items() >= {
        "kind": "link", "evidence": "audited", "width_mm": 700, "element_id": str(element_id),
        "can_manual_wheelchair": "no", "can_deaf": "yes",
    }.items()  # fmt: skip
    # Its author found a mistake: what was measured was the pavement.
    correction = _make_body(uuid7(), "pavement", [[76.9292, 43.24], [76.9304, 43.24]])
    await approve(small_city, correction | {"supersedes_id": str(audit_id)})
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            if not await _find_drawn(small_city):
                break
            await asyncio.sleep(0.02)
    assert await _find_streets(small_city, kind="link") == []
    gone = await small_city.client.get(f"/ogc/collections/streets/items/{link['id']}")
    assert gone.status_code == 404
