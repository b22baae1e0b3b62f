"""A second import: places keep their ids, people keep their say, nothing is lost."""

import copy
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from shapely.geometry import LineString, Point
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from geo.ids import uuid7
from geo.network.models import BarrierKind, BarrierState, OverrideTarget
from geo.network.overrides import BarrierChange, StreetOverride, apply_changes
from geo.osm import importer
from geo.osm.merge import PlaceMerge
from geo.osm.staging import Connection
from geo.osm.swap import Plan
from tests.support.osm_file import OsmFile, at, make_town
from tests.support.osm_import import Import

Look = psycopg.AsyncConnection[dict[str, Any]]


async def _rows(look: Look, query: str, *parameters: object) -> list[dict[str, Any]]:
    return await (await look.execute(query, parameters)).fetchall()


async def _one(look: Look, query: str, *parameters: object) -> dict[str, Any]:
    rows = await _rows(look, query, *parameters)
    assert len(rows) == 1
    return rows[0]


def renumbered(town: OsmFile, by: int) -> OsmFile:
    """Give every node and way a new number, as a mapper who draws all anew would."""
    new = OsmFile()
    new.nodes = {key + by: copy.deepcopy(value) for key, value in town.nodes.items()}
    new.ways = {key + by: ([r + by for r in refs], tags) for key, (refs, tags) in town.ways.items()}
    return new


def with_split_ways(town: OsmFile) -> OsmFile:
    """Cut each street with more than two nodes; the second half gets a new way id."""
    new = copy.deepcopy(town)
    for key, (refs, tags) in town.ways.items():
        if "highway" in tags and len(refs) > 2:
            middle = len(refs) // 2
            new.ways[key] = refs[: middle + 1], tags
            new.ways[key + 5000] = refs[middle:], tags
    return new


async def _say(engine: AsyncEngine) -> dict[str, UUID]:
    """Measure a pavement and a kerb, propose a link, report ice and a dead end of a street."""
    ids = {name: uuid7() for name in ("pavement", "kerb", "link", "ice", "dug_up")}
    async with AsyncSession(engine) as db, db.begin():
        await apply_changes(
            db,
            overrides=[
                StreetOverride(
                    id=ids["pavement"],
                    target=OverrideTarget.EDGE,
                    geom=LineString([at(100, 0), at(200, 0)]),
                    attributes={"width_mm": 1800},
                    osm_way_id=100,
                    osm_node_ids=[2, 3],
                ),
                StreetOverride(
                    id=ids["kerb"],
                    target=OverrideTarget.NODE,
                    geom=Point(at(200, 10)),
                    attributes={"kerb_height_mm": 20},
                    osm_node_ids=[21],
                ),
                StreetOverride(
                    id=ids["link"],
                    target=OverrideTarget.LINK,
                    geom=LineString([at(100, 60), at(205, 30)]),
                    attributes={"kind": "footway"},
                ),
            ],
            barriers=[
                BarrierChange(
                    id=ids["ice"],
                    kind=BarrierKind.ICE,
                    state=BarrierState.REPORTED,
                    geom=Point(at(250, 2)),
                ),
                BarrierChange(
                    id=ids["dug_up"],
                    kind=BarrierKind.DUG_UP,
                    state=BarrierState.CONFIRMED,
                    geom=LineString([at(90, 150), at(110, 150)]),
                ),
            ],
        )
    return ids


async def _nodes_of(look: Look, table: str, key: UUID) -> list[list[int]]:
    rows = await _rows(
        look,
        f"SELECT e.osm_node_ids FROM {table} t JOIN street_edges e ON e.id = ANY (t.edge_ids)"  # noqa: S608 - a constant
        " WHERE t.id = %s ORDER BY e.id",
        key,
    )
    return [row["osm_node_ids"] for row in rows]


async def test_what_people_said_lies_on_its_street(
    load: Import, look: Look, engine: AsyncEngine
) -> None:
    """Each override and barrier is matched when it is stored, and announced with its area."""
    await load(make_town())
    ids = await _say(engine)
    assert await _nodes_of(look, "edge_overrides", ids["pavement"]) == [[2, 3]]
    kerb = await _one(look, "SELECT * FROM edge_overrides WHERE id = %s", ids["kerb"])
    assert (kerb["state"], kerb["node_id"]) == ("active", 21)
    assert await _nodes_of(look, "edge_overrides", ids["link"]) == [[2, 10, 11], [21, 30]]
    assert await _nodes_of(look, "barriers", ids["ice"]) == [[3, 4]]
    assert await _nodes_of(look, "barriers", ids["dug_up"]) == [[2, 10, 11]]
    changes = await _rows(
        look, "SELECT kind, subject_id FROM changes WHERE area IS NOT NULL ORDER BY id"
    )
    said = {(row["kind"], row["subject_id"]) for row in changes[2:]}
    assert ("edge_override", str(ids["kerb"])) in said
    assert ("barrier", str(ids["ice"])) in said
    assert len(said) == 5


@pytest.mark.parametrize("how", ["same", "split", "renumbered", "split_and_renumbered"])
async def test_nothing_said_is_lost_by_a_second_import(
    how: str, load: Import, look: Look, engine: AsyncEngine
) -> None:
    """Ways split, ways and nodes renumbered: every override and barrier finds its street."""
    town = make_town()
    await load(town)
    ids = await _say(engine)
    new = with_split_ways(town) if how.startswith("split") else town
    by = 70_000 if how.endswith("renumbered") else 0
    summary = await load(renumbered(new, by))
    assert summary.unmatched == []
    nodes = {
        name: await _nodes_of(look, table, ids[name])
        for name, table in (
            ("pavement", "edge_overrides"),
            ("ice", "barriers"),
            ("dug_up", "barriers"),
        )
    }
    north = [[10, 11]] if how.startswith("split") else [[2, 10, 11]]
    assert nodes["pavement"] == [[2 + by, 3 + by]]
    assert nodes["ice"] == [[3 + by, 4 + by]]
    assert nodes["dug_up"] == [[n + by for n in each] for each in north]
    kerb = await _one(look, "SELECT * FROM edge_overrides WHERE id = %s", ids["kerb"])
    assert (kerb["state"], kerb["node_id"]) == ("active", 21 + by)
    assert kerb["osm_node_ids"] == [21 + by]


async def test_joined_ways_do_not_spread_a_measurement(
    load: Import, look: Look, engine: AsyncEngine
) -> None:
    """When the node where a measured stretch ended stops being shared, the cut stays there."""
    town = make_town()
    await load(town)
    ids = await _say(engine)
    del town.ways[102]
    del town.ways[101]
    town.way(103, [10, 11], highway="footway")
    summary = await load(town)
    assert await _nodes_of(look, "edge_overrides", ids["pavement"]) == [[2, 3]]
    assert {(each.table, each.id) for each in summary.unmatched} == {
        ("edge_overrides", ids["kerb"]),
        ("edge_overrides", ids["link"]),
    }


async def test_unmatched_is_listed_kept_and_matched_when_the_street_returns(
    load: Import, look: Look, engine: AsyncEngine
) -> None:
    """A street that vanishes leaves its override unmatched; when it returns, so does the rule."""
    town = make_town()
    town.way(140, [town.node(141, 300, 300), town.node(142, 400, 300)], highway="footway")
    await load(town)
    key = uuid7()
    async with AsyncSession(engine) as db, db.begin():
        override = StreetOverride(
            id=key,
            target=OverrideTarget.EDGE,
            geom=LineString([at(300, 300), at(400, 300)]),
            attributes={"surface": "gravel"},
            osm_way_id=140,
            osm_node_ids=[141, 142],
        )
        await apply_changes(db, overrides=[override])
    without = copy.deepcopy(town)
    del without.ways[140]
    summary = await load(without)
    assert [each.id for each in summary.unmatched] == [key]
    row = await _one(look, "SELECT * FROM edge_overrides WHERE id = %s", key)
    assert (row["state"], row["edge_ids"], row["attributes"]) == (
        "unmatched",
        [],
        {"surface": "gravel"},
    )
    assert (await load(town)).unmatched == []
    assert await _nodes_of(look, "edge_overrides", key) == [[141, 142]]


async def test_same_file_again_touches_no_place(load: Import, look: Look) -> None:
    """An unchanged map changes no row of places and elements, and edge ids are new."""
    await load(make_town())
    query = "SELECT id, version, updated_at FROM {} ORDER BY id"
    before = [await _rows(look, query.format(table)) for table in ("places", "elements")]
    edges = {row["id"] for row in await _rows(look, "SELECT id FROM street_edges")}
    summary = await load(make_town())
    after = [await _rows(look, query.format(table)) for table in ("places", "elements")]
    assert after == before
    assert summary.counts["places_changed"] == 0
    assert not edges & {row["id"] for row in await _rows(look, "SELECT id FROM street_edges")}


async def test_reviewer_and_volunteer_overrule_the_map_per_field(load: Import, look: Look) -> None:
    """Fields that a person said stay; the others follow the map."""
    town = make_town()
    await load(town)
    await look.execute(
        "UPDATE places SET name = %s, phone = '112', field_sources = %s WHERE osm_id = 200",
        (
            Jsonb({"ru": "Гимназия № 15"}),
            Jsonb({"name": "reviewer", "phone": "volunteer"}),
        ),
    )
    tags = town.ways[200][1]
    tags |= {"name": "Лицей № 15", "phone": "+7 1", "opening_hours": "24/7"}
    await load(town)
    school = await _one(look, "SELECT * FROM places WHERE osm_id = 200")
    assert school["name"] == {"ru": "Гимназия № 15"}
    assert school["phone"] == "112"
    assert school["opening_hours"] == "24/7"


async def test_vanished_place_is_gone_and_comes_back(load: Import, look: Look) -> None:
    """A place the map lost keeps its row as `gone`, and returns under the same id."""
    town = make_town()
    await load(town)
    shop = await _one(look, "SELECT id FROM places WHERE osm_id = 50")
    without = copy.deepcopy(town)
    del without.nodes[50]
    assert (await load(without)).counts["places_gone"] == 1
    gone = await _one(look, "SELECT state FROM places WHERE id = %s", shop["id"])
    assert gone["state"] == "gone"
    assert (await load(town)).counts["places_returned"] == 1
    back = await _one(look, "SELECT state FROM places WHERE id = %s", shop["id"])
    assert back["state"] == "active"


async def test_reviewer_decides_about_gone(load: Import, look: Look) -> None:
    """What a reviewer closed stays closed although the map still shows it."""
    await load(make_town())
    await look.execute(
        "UPDATE places SET state = 'gone', field_sources = %s WHERE osm_id = 50",
        (Jsonb({"state": "reviewer"}),),
    )
    await load(make_town())
    shop = await _one(look, "SELECT state FROM places WHERE osm_id = 50")
    assert shop["state"] == "gone"


async def test_renumbered_places_and_doors_keep_their_ids(load: Import, look: Look) -> None:
    """With every OSM id new, places are known by name, category and place, doors by distance."""
    town = make_town()
    await load(town)
    query = "SELECT id, kind, category FROM places ORDER BY id"
    places = await _rows(look, query)
    doors = await _rows(look, "SELECT id FROM elements ORDER BY id")
    summary = await load(renumbered(town, 80_000))
    assert await _rows(look, query) == places
    assert await _rows(look, "SELECT id FROM elements ORDER BY id") == doors
    assert summary.counts["places_moved"] == len(places)
    assert summary.counts["places_new"] == 0
    door = await _one(look, "SELECT osm_node_id, state FROM elements")
    assert door == {"osm_node_id": 80_030, "state": "active"}


async def test_surveyed_door_is_not_moved_or_closed_by_the_map(load: Import, look: Look) -> None:
    """A position surveyed on site stays, also when the mapper moves or deletes the node."""
    town = make_town()
    await load(town)
    await look.execute(
        "UPDATE elements SET position_source = 'audit',"
        " geom = ST_SetSRID(ST_MakePoint(%s, %s), 4326)",
        at(211, 40),
    )
    before = await _one(look, "SELECT id, geom::text, state FROM elements")
    moved = copy.deepcopy(town)
    moved.nodes[30] = at(214, 40), moved.nodes[30][1]
    await load(moved)
    assert await _one(look, "SELECT id, geom::text, state FROM elements") == before
    deleted = copy.deepcopy(town)
    deleted.nodes[30][1].clear()
    await load(deleted)
    assert await _one(look, "SELECT id, geom::text, state FROM elements") == before


async def test_door_of_a_redrawn_building_comes_along(load: Import, look: Look) -> None:
    """A building drawn as a new way with the same door node keeps the door's id."""
    town = make_town()
    await load(town)
    door = await _one(look, "SELECT id FROM elements WHERE osm_node_id = 30")
    refs, tags = town.ways.pop(200)
    town.way(999, refs, **{key.replace(":", "__"): value for key, value in tags.items()})
    town.ways[999][1]["name"] = "Другая"
    town.ways[999][1].pop("name:kk")
    town.ways[999][1]["amenity"] = "library"
    await load(town)
    after = await _one(
        look,
        "SELECT e.id, p.osm_id FROM elements e JOIN places p ON p.id = e.place_id"
        " WHERE e.osm_node_id = 30",
    )
    assert after == {"id": door["id"], "osm_id": 999}


async def test_place_proposed_by_a_volunteer_meets_the_map(load: Import, look: Look) -> None:
    """A volunteer's place that the map learns later stays one place and keeps the words."""
    town = make_town()
    await load(town)
    key = uuid7()
    lon, lat = at(36, 32)
    await look.execute(
        "INSERT INTO places (id, kind, state, name, category, sector, phone, field_sources, point)"
        " VALUES (%s, 'organisation', 'proposed', %s, 'pharmacy', 'health', '103', %s,"
        " ST_SetSRID(ST_MakePoint(%s, %s), 4326))",
        (key, Jsonb({"kk": "Дәріхана"}), Jsonb({"name": "volunteer"}), lon, lat),
    )
    town.node(55, 38, 34, amenity="pharmacy", name="Дәріхана", phone="+7 2", opening_hours="24/7")
    await load(town)
    place = await _one(look, "SELECT * FROM places WHERE category = 'pharmacy'")
    assert (place["id"], place["osm_id"], place["state"]) == (key, 55, "active")
    assert (place["phone"], place["opening_hours"]) == ("103", "24/7")


async def test_merged_place_stays_merged(load: Import, look: Look) -> None:
    """A double that a reviewer merged does not come back to life with the next import."""
    await load(make_town())
    await look.execute(
        "UPDATE places SET state = 'merged', merged_into_id = (SELECT id FROM places"
        " WHERE osm_id = 201) WHERE osm_id = 50"
    )
    summary = await load(make_town())
    shop = await _one(look, "SELECT state FROM places WHERE osm_id = 50")
    assert shop["state"] == "merged"
    assert summary.counts["places_new"] == 0


async def test_street_elements_learn_the_new_ids(load: Import, look: Look) -> None:
    """A measured pavement keeps its id and geometry, and follows the renumbered way."""
    town = make_town()
    await load(town)
    key = uuid7()
    (west, south), (east, north) = at(102, 0), at(198, 0)
    await look.execute(
        "INSERT INTO elements (id, kind, state, geom, position_source, osm_way_id, osm_node_ids)"
        " VALUES (%s, 'pavement', 'active', ST_SetSRID(ST_MakeLine(ST_MakePoint(%s, %s),"
        " ST_MakePoint(%s, %s)), 4326), 'audit', 100, '{2,3}')",
        (key, west, south, east, north),
    )
    await load(renumbered(town, 60_000))
    row = await _one(look, "SELECT * FROM elements WHERE id = %s", key)
    assert (row["state"], row["osm_way_id"]) == ("active", 60_100)
    assert row["osm_node_ids"] == [60_002, 60_003]


async def test_readers_see_the_old_city_until_the_new_one_is_whole(
    load: Import, look: Look, libpq_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the replacement runs, another connection still reads every old street."""
    await load(make_town())
    before = await _one(look, "SELECT count(*), min(id) FROM street_edges")
    seen: list[tuple[Any, ...] | None] = []
    merge = importer.merge_places

    def spy(connection: Connection) -> PlaceMerge:
        with psycopg.connect(libpq_url) as other:
            seen.append(other.execute("SELECT count(*), min(id) FROM street_edges").fetchone())
        return merge(connection)

    monkeypatch.setattr(importer, "merge_places", spy)
    await load(make_town())
    assert seen == [(before["count"], before["min"])]
    after = await _one(look, "SELECT count(*), min(id) FROM street_edges")
    assert after["min"] > before["min"]


async def test_what_is_said_while_an_import_runs_is_attached_too(
    load: Import, look: Look, libpq_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An approval between the plan and the replacement lands on the new streets."""
    await load(make_town())
    key = uuid7()
    plan = importer.plan_matches

    def approve_meanwhile(connection: Connection) -> Plan:
        made = plan(connection)
        with psycopg.connect(libpq_url, autocommit=True) as other:
            other.execute(
                "INSERT INTO edge_overrides (id, target, state, geom, edge_ids, attributes)"
                " SELECT %s, 'edge', 'active', geom, ARRAY[id], '{}' FROM street_edges"
                " WHERE osm_node_ids = '{2,3}'",
                (key,),
            )
        return made

    monkeypatch.setattr(importer, "plan_matches", approve_meanwhile)
    summary = await load(make_town())
    assert summary.unmatched == []
    assert await _nodes_of(look, "edge_overrides", key) == [[2, 3]]


async def test_lost_deadlock_is_tried_again(
    load: Import, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An approval that takes the same locks the other way round does not end the import."""
    await load(make_town())
    swap, lost = importer.swap_streets, []

    def lose_once(connection: Connection) -> None:
        swap(connection)
        if not lost:
            lost.append(True)
            raise psycopg.errors.DeadlockDetected

    monkeypatch.setattr(importer, "swap_streets", lose_once)
    summary = await load(make_town())
    assert lost
    assert summary.counts["places_new"] == 0
    rows = await _rows(look, "SELECT count(*) AS n FROM network_imports")
    assert rows[0]["n"] == 2
