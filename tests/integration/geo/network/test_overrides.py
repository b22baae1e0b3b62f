"""Street facts and barriers in the caller's transaction, and how their reads are planned."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import LineString, Point
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from geo.ids import uuid7
from geo.network.candidates import candidates_sql
from geo.network.locks import NETWORK_LOCK
from geo.network.models import BarrierKind, BarrierState, OverrideState, OverrideTarget
from geo.network.overrides import (
    BarrierChange,
    StreetOverride,
    UnknownStreetAttributeError,
    apply_changes,
)
from geo.network.queries import (
    NoNetworkError,
    find_network,
    get_edges,
    get_network,
    list_active_overrides,
    list_open_barriers,
    list_unmatched_overrides,
)
from geo.osm.importer import import_osm
from tests.support.osm_file import OsmFile, at, make_town


@pytest.fixture
async def town_db(
    clean_database: str, engine: AsyncEngine, tmp_path: Path
) -> AsyncIterator[AsyncSession]:
    """Give a session on a database with the small town."""
    path = make_town().write(tmp_path / "town.osm.pbf")
    await import_osm(database_url=clean_database, path=path, progress=lambda _text: None)
    async with AsyncSession(engine, expire_on_commit=False) as db:
        yield db


def _pavement(**given: Any) -> StreetOverride:  # noqa: ANN401 - a shorthand
    known: dict[str, Any] = {
        "id": uuid7(),
        "target": OverrideTarget.EDGE,
        "geom": LineString([at(100, 0), at(200, 0)]),
        "attributes": {"width_mm": 1200},
    }
    return StreetOverride(**(known | given))


async def _kinds(db: AsyncSession) -> list[str]:
    rows = await db.execute(text("SELECT kind, subject_id FROM changes ORDER BY id"))
    return [row.kind for row in rows]


async def test_override_is_replaced_under_its_id_and_retired(town_db: AsyncSession) -> None:
    """A second measurement replaces the first; a retired one is out of force but kept."""
    first = _pavement()
    await apply_changes(town_db, overrides=[first])
    await apply_changes(town_db, overrides=[_pavement(id=first.id, attributes={"width_mm": 900})])
    active = await list_active_overrides(town_db)
    assert [(each.id, each.attributes) for each in active] == [(first.id, {"width_mm": 900})]
    edges = await get_edges(town_db, active[0].edge_ids)
    assert [edge.osm_node_ids for edge in edges] == [[2, 3]]
    await apply_changes(town_db, retired=[first.id, uuid7()])
    assert await list_active_overrides(town_db, [first.id]) == []
    state = await town_db.scalar(text("SELECT state FROM edge_overrides"))
    assert state == OverrideState.RETIRED
    assert (await _kinds(town_db))[2:] == ["edge_override"] * 3


async def test_nothing_is_kept_when_the_caller_rolls_back(town_db: AsyncSession) -> None:
    """The change and its announcement live and die with the caller's transaction."""
    await town_db.commit()
    before = await _kinds(town_db)
    await apply_changes(town_db, overrides=[_pavement()])
    await town_db.rollback()
    assert await list_active_overrides(town_db) == []
    assert await _kinds(town_db) == before


async def test_unknown_attribute_is_refused(town_db: AsyncSession) -> None:
    """Only columns of streets can be measured, and never their geometry or ids."""
    for attributes in ({"colour": "red"}, {"geom": "x"}, {"length_mm": 1}):
        with pytest.raises(UnknownStreetAttributeError):
            await apply_changes(town_db, overrides=[_pavement(attributes=attributes)])


async def test_override_without_a_street_is_unmatched_and_listed(town_db: AsyncSession) -> None:
    """A measurement in a field is kept and waits for a street."""
    lost = _pavement(geom=LineString([at(900, 900), at(950, 900)]))
    await apply_changes(town_db, overrides=[lost])
    assert [each.id for each in await list_unmatched_overrides(town_db)] == [lost.id]


async def test_barrier_changes_state_and_leaves_the_way(town_db: AsyncSession) -> None:
    """A cleared barrier no longer counts; each change is announced."""
    barrier = BarrierChange(
        id=uuid7(), kind=BarrierKind.SNOW, state=BarrierState.REPORTED, geom=Point(at(50, 3))
    )
    await apply_changes(town_db, barriers=[barrier])
    opened = await list_open_barriers(town_db, [barrier.id])
    assert [edge.osm_node_ids for edge in await get_edges(town_db, opened[0].edge_ids)] == [[1, 2]]
    cleared = BarrierChange(
        id=barrier.id, kind=barrier.kind, state=BarrierState.CLEARED, geom=barrier.geom
    )
    await apply_changes(town_db, barriers=[cleared])
    assert await list_open_barriers(town_db) == []
    assert (await _kinds(town_db))[2:] == ["barrier", "barrier"]


async def test_barrier_at_a_door_does_not_close_the_street(town_db: AsyncSession) -> None:
    """Ice on a school's ramp is the door's business."""
    door = await town_db.scalar(text("SELECT id FROM elements WHERE osm_node_id = 30"))
    ice = BarrierChange(
        id=uuid7(),
        kind=BarrierKind.ICE,
        state=BarrierState.CONFIRMED,
        geom=Point(at(210, 40)),
        element_id=door,
    )
    await apply_changes(town_db, barriers=[ice])
    found = await list_open_barriers(town_db)
    assert found[0].edge_ids == []


async def test_dead_lift_is_laid_on_the_edges_that_need_it(
    clean_database: str, engine: AsyncEngine, tmp_path: Path
) -> None:
    """A report near a lift node closes the ways through the lift, not the stairs."""
    town = OsmFile()
    lift = town.node(5, 100, 6, highway="elevator")
    town.way(1, [town.node(1, 0, 0), town.node(2, 100, 0), town.node(3, 200, 0)], highway="path")
    town.way(2, [2, lift], highway="footway", level="0")
    town.way(3, [lift, town.node(6, 100, 30)], highway="footway", bridge="yes", level="1")
    town.way(4, [2, 6], highway="steps")
    path = town.write(tmp_path / "lift.osm.pbf")
    await import_osm(database_url=clean_database, path=path, progress=lambda _text: None)
    report = BarrierChange(
        id=uuid7(),
        kind=BarrierKind.LIFT_OUT_OF_ORDER,
        state=BarrierState.REPORTED,
        geom=Point(at(103, 8)),
    )
    async with AsyncSession(engine) as db, db.begin():
        await apply_changes(db, barriers=[report])
        found = await list_open_barriers(db)
        edges = await get_edges(db, found[0].edge_ids)
        assert {edge.osm_way_id for edge in edges} == {2, 3}


async def test_approval_waits_for_an_import_that_swaps(
    town_db: AsyncSession, engine: AsyncEngine
) -> None:
    """Matching against streets that are just going is not possible."""
    async with engine.connect() as importer, importer.begin():
        await importer.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": NETWORK_LOCK})
        await town_db.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(Exception, match="lock timeout"):
            await apply_changes(town_db, overrides=[_pavement()])
    await town_db.rollback()
    await apply_changes(town_db, overrides=[_pavement()])
    assert len(await list_active_overrides(town_db)) == 1


async def test_no_network_before_the_first_import(db: AsyncSession) -> None:
    """An empty database says so."""
    assert await find_network(db) is None
    with pytest.raises(NoNetworkError):
        await get_network(db)


_NEAR = """
SELECT id FROM street_edges
WHERE geom && ST_Expand(ST_SetSRID(ST_MakePoint(76.94, 43.25), 4326), 0.001, 0.0005)
"""
_PLACES_IN_VIEW = """
SELECT id FROM places
WHERE point && ST_MakeEnvelope(76.940, 43.250, 76.942, 43.252, 4326) AND state = 'active'
"""
_EDGE_OF_WAY = "SELECT id FROM street_edges WHERE osm_way_id = 17"
_OVERRIDES_OF_EDGE = "SELECT id FROM edge_overrides WHERE edge_ids && ARRAY[17]::bigint[]"
_MATCHING = candidates_sql("edge_overrides", staged=False, only="true")


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (_NEAR, "ix_street_edges_geom"),
        (_PLACES_IN_VIEW, "ix_places_point"),
        (_EDGE_OF_WAY, "ix_street_edges_osm_way_id"),
        (_OVERRIDES_OF_EDGE, "ix_edge_overrides_edge_ids"),
        (_MATCHING, "ix_street_edges_geom"),
    ],
)
async def test_hot_queries_use_their_index(query: str, index: str, db: AsyncSession) -> None:
    """With a city's worth of rows no hot read walks a whole table or starts workers."""
    await db.execute(text(_MANY))
    await db.execute(text("ANALYZE street_nodes, street_edges, places, edge_overrides"))
    await db.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
    rows = await db.execute(text("EXPLAIN " + query.replace(":", r"\:")))
    plan = "\n".join(row[0] for row in rows)
    assert index in plan
    assert "Gather" not in plan


_MANY = """
INSERT INTO street_nodes (id, osm_id, geom)
SELECT i, i, ST_SetSRID(ST_MakePoint(76.8 + (i % 150) / 1000.0, 43.2 + (i / 150) / 1000.0), 4326)
FROM generate_series(1, 20000) i;
INSERT INTO street_edges (id, from_node_id, to_node_id, osm_way_id, osm_node_ids, geom,
                          length_mm, kind, highway)
SELECT a.id, a.id, b.id, a.id / 3, ARRAY[a.id, b.id], ST_MakeLine(a.geom, b.geom), 1000,
       'footway', 'footway'
FROM street_nodes a JOIN street_nodes b ON b.id = a.id + 1;
INSERT INTO places (id, kind, state, category, sector, point)
SELECT gen_random_uuid(), 'building', 'active', 'building', 'other', geom FROM street_nodes;
INSERT INTO edge_overrides (id, target, state, geom, osm_way_id, edge_ids, attributes)
SELECT gen_random_uuid(), 'edge', 'active', geom, osm_way_id, ARRAY[id], '{}'
FROM street_edges WHERE id % 10 = 0;
"""
