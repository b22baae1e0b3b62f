"""Whole cities: Monaco, Porto and Almaty import, with counts that were checked by hand."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from geo.osm.summary import ImportSummary
from tests.support.osm_import import Import
from tests.support.proofs import CountProof, get_size

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(get_size() == "short", reason="whole cities only in `make proof`"),
]
Look = psycopg.AsyncConnection[dict[str, Any]]


async def _value(look: Look, query: str) -> Any:  # noqa: ANN401 - whatever was asked
    row = await (await look.execute(query)).fetchone()
    assert row is not None
    return next(iter(row.values()))


def _count(count_proof: CountProof, summary: ImportSummary) -> None:
    what = f"imported {summary.source_name}"
    count_proof(f"{what}: edges", summary.counts["edges"])
    count_proof(f"{what}: places", summary.counts["places"])
    count_proof(f"{what}: seconds", f"{sum(summary.seconds.values()):.1f}")


async def test_monaco_has_its_buildings_and_districts(
    load: Import, look: Look, shared_data: Path, count_proof: CountProof
) -> None:
    """Twenty-three thousand buildings, lifts as nodes, communes as districts."""
    summary = await load(shared_data / "monaco" / "monaco.osm.pbf")
    _count(count_proof, summary)
    assert summary.by_kind["building"] > 23_300
    assert summary.districts_from == "admin_level 8"
    assert await _value(look, "SELECT count(*) FROM street_nodes WHERE lift") >= 5
    assert await _value(look, "SELECT count(*) FROM places WHERE district_id IS NULL") == 0
    assert await _value(look, "SELECT bool_and(ST_IsValid(footprint)) FROM places")
    again = await load(shared_data / "monaco" / "monaco.osm.pbf")
    assert again.counts["places_changed"] == 0


async def test_porto_is_one_network(
    load: Import, look: Look, shared_data: Path, count_proof: CountProof
) -> None:
    """A hundred thousand edges of which almost all hang together."""
    summary = await load(shared_data / "porto" / "porto.osm.pbf")
    _count(count_proof, summary)
    assert summary.counts["edges"] > 97_000
    assert summary.counts["nodes_in_largest_component"] > 71_000
    tagged = await _value(look, "SELECT count(*) FROM street_edges WHERE surface IS NOT NULL")
    assert tagged > 7_000


async def test_almaty_rises_to_the_south(
    load: Import, look: Look, shared_data: Path, count_proof: CountProof
) -> None:
    """Elevation is a hint on every edge on the ground, and the city climbs towards the hills."""
    folder = shared_data / "almaty"
    summary = await load(folder / "almaty-2024-10.osm.pbf", dem=folder)
    _count(count_proof, summary)
    assert summary.counts["edges"] > 56_000
    assert summary.counts["nodes_in_largest_component"] > 41_000
    known = await _value(
        look,
        "SELECT count(dem_incline_permille)::float / count(*) FROM street_edges"
        " WHERE NOT bridge AND NOT tunnel",
    )
    assert known > 0.99
    falls = await _value(
        look, "SELECT corr(ST_Y(geom), elevation_m) FROM street_nodes WHERE elevation_m < 1200"
    )
    assert falls < -0.8
    assert await _value(look, "SELECT count(*) FROM street_edges WHERE tunnel") > 0
