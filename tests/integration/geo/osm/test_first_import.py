"""A first import: what a small file becomes in the tables."""

import json
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from geo.network.queries import get_network, list_edges_near
from tests.support.osm_file import at, make_town
from tests.support.osm_import import Import

Look = psycopg.AsyncConnection[dict[str, Any]]


async def _rows(look: Look, query: str, *parameters: object) -> list[dict[str, Any]]:
    return await (await look.execute(query, parameters)).fetchall()


async def test_ways_are_split_where_they_meet(load: Import, look: Look) -> None:
    """Edges end at shared nodes, way ends and nodes that carry something for walkers."""
    await load(make_town())
    edges = await _rows(look, "SELECT * FROM street_edges ORDER BY osm_way_id, id")
    assert [(e["osm_way_id"], e["osm_node_ids"]) for e in edges] == [
        (100, [1, 2]),
        (100, [2, 3]),
        (100, [3, 4]),
        (101, [2, 10, 11]),
        (102, [3, 21]),
        (102, [21, 30]),
    ]
    assert all(e["from_node_id"] == e["osm_node_ids"][0] for e in edges)


async def test_edge_lengths_follow_the_ellipsoid(load: Import, look: Look) -> None:
    """The stored length agrees with PostGIS's own geodesic length to a millimetre."""
    await load(make_town())
    worst = await _rows(
        look,
        "SELECT max(abs(length_mm - ST_Length(geom::geography) * 1000)) AS mm FROM street_edges",
    )
    assert worst[0]["mm"] <= 1.0


async def test_tags_reach_their_columns(load: Import, look: Look) -> None:
    """Names, pavements, width, incline and the kerb on a node are stored as mapped."""
    await load(make_town())
    footway = (await _rows(look, "SELECT * FROM street_edges WHERE osm_way_id = 102"))[0]
    assert (footway["kind"], footway["surface"], footway["width_mm"]) == (
        "footway",
        "asphalt",
        1500,
    )
    assert (footway["incline_permille"], footway["climb"]) == (40, 1)
    road = (await _rows(look, "SELECT * FROM street_edges WHERE osm_way_id = 101"))[0]
    assert (road["kind"], road["sidewalk_left"], road["sidewalk_right"]) == ("road", "yes", "yes")
    named = (await _rows(look, "SELECT name FROM street_edges WHERE osm_way_id = 100"))[0]
    assert named["name"] == {"kk": "Абай көшесі", "ru": "улица Абая"}
    kerb = (await _rows(look, "SELECT * FROM street_nodes WHERE osm_id = 21"))[0]
    assert (kerb["kerb"], kerb["kerb_height_mm"], kerb["obstacle"]) == ("lowered", 30, None)


async def test_places_have_parents_doors_and_contacts(load: Import, look: Look) -> None:
    """A building with an organisation's tags is one place; a shop inside has a parent."""
    await load(make_town())
    school = (await _rows(look, "SELECT * FROM places WHERE osm_id = 200"))[0]
    assert (school["kind"], school["category"], school["sector"]) == (
        "building",
        "school",
        "education",
    )
    assert school["name"] == {"kk": "№ 15 мектеп", "ru": "Школа № 15"}
    assert school["address"] == {"street": "улица Абая", "housenumber": "7"}
    assert (school["phone"], school["opening_hours"]) == (
        "+7 727 000 00 00",
        "Mo-Fr 08:00-18:00",
    )
    assert school["osm_tags"]["wheelchair"] == "limited"
    shop = (await _rows(look, "SELECT * FROM places WHERE osm_id = 50"))[0]
    home = (await _rows(look, "SELECT * FROM places WHERE osm_id = 201"))[0]
    assert (shop["kind"], shop["parent_id"]) == ("organisation", home["id"])
    assert (home["sector"], home["ownership"]) == ("residential", "residential")
    door = (await _rows(look, "SELECT * FROM elements WHERE osm_node_id = 30"))[0]
    assert (door["place_id"], door["kind"], door["state"]) == (school["id"], "entrance", "active")
    assert door["osm_tags"] == {"entrance": "main", "width": "0.9", "step_count": "2"}
    stop = (await _rows(look, "SELECT * FROM places WHERE osm_id = 60"))[0]
    assert (stop["kind"], stop["ownership"]) == ("stop", "stop")
    assert all(place["district_id"] for place in (school, shop, home, stop))


async def test_one_change_row_per_kind_and_one_import_row(load: Import, look: Look) -> None:
    """Others learn of the import once for the streets and once for the places."""
    summary = await load(make_town(), is_demo=True)
    kinds = [row["kind"] for row in await _rows(look, "SELECT kind FROM changes ORDER BY id")]
    assert kinds == ["network", "places"]
    imported = (await _rows(look, "SELECT * FROM network_imports"))[0]
    assert imported["id"] == summary.import_id
    assert imported["is_demo"] is True
    assert imported["counts"]["edges"] == 6


async def test_square_can_be_crossed_and_lift_joins_its_doors(load: Import, look: Look) -> None:
    """A square gets straight lines between its gates, a lift area one edge per pair of doors."""
    town = make_town()
    square = town.square(300, 71, 300, 0, 40, highway="pedestrian", area="yes", name="Алаң")
    town.way(301, [4, square[0]], highway="footway")
    town.way(302, [square[2], town.node(80, 400, 80)], highway="footway")
    lift = town.square(310, 91, 500, 0, 2, highway="elevator")
    town.way(311, [town.node(95, 480, 0), lift[0]], highway="footway", level="0")
    town.way(312, [lift[2], town.node(96, 520, 10)], highway="footway", level="1")
    await load(town)
    across = await _rows(
        look,
        "SELECT * FROM street_edges WHERE osm_way_id = 300 AND osm_node_ids = %s::bigint[]",
        [square[0], square[2]],
    )
    assert [edge["kind"] for edge in across] == ["pedestrian"]
    lifts = await _rows(look, "SELECT * FROM street_edges WHERE kind = 'lift'")
    assert [edge["osm_node_ids"] for edge in lifts] == [[lift[0], lift[2]]]
    features = await _rows(look, "SELECT kind FROM map_features ORDER BY kind")
    assert [feature["kind"] for feature in features] == ["square", "square_name"]


async def test_overpass_is_a_place_with_its_stairs_and_lift(load: Import, look: Look) -> None:
    """A bridge for walkers with stairs and a lift becomes one place with parts."""
    town = make_town()
    town.node(81, 100, 300)
    town.node(82, 100, 330, highway="elevator")
    town.node(83, 90, 300)
    town.way(400, [81, 82], highway="footway", bridge="yes", layer="1", name="Көпір")
    town.way(401, [83, 81], highway="steps", step_count="20", incline="up")
    await load(town)
    bridge = (await _rows(look, "SELECT * FROM places WHERE kind = 'crossing_structure'"))[0]
    assert (bridge["osm_id"], bridge["category"]) == (400, "overpass")
    parts = await _rows(
        look, "SELECT kind FROM elements WHERE place_id = %s ORDER BY kind", bridge["id"]
    )
    assert [part["kind"] for part in parts] == ["lift", "stairs"]


async def test_clipped_extract_is_imported_and_reported(load: Import, look: Look) -> None:
    """Missing nodes cut a way, broken outlines are left out, and both are listed."""
    town = make_town()
    for number in range(5, 9):
        town.node(number, 0, 100 * number)
    town.way(110, [5, 6, 7, 8], highway="footway")
    town.missing.add(6)
    town.way(111, [31, 33, 32, 34, 31], building="yes", name="Бантик")
    town.relation(900, [("w", 777_777, "outer")], type="multipolygon", building="yes")
    summary = await load(town)
    edges = await _rows(look, "SELECT osm_node_ids FROM street_edges WHERE osm_way_id = 110")
    assert [edge["osm_node_ids"] for edge in edges] == [[7, 8]]
    assert summary.counts["missing_nodes"] == 1
    assert summary.counts["clipped_relations"] == 1
    text = " ".join(summary.warnings)
    assert "110" in text
    assert "900" in text


async def test_districts_from_boundaries_from_a_file_or_one_for_all(
    load: Import, look: Look, tmp_path: Path
) -> None:
    """Admin boundaries that cut the city win over the whole city, a file over both."""
    town = make_town()
    assert (await load(town)).districts_from == "city"
    for relation, first, west in ((800, 501, -100), (801, 511, 150)):
        town.square(relation + 10, first, west, -100, 0)
        corners = [(west, -100), (west + 250, -100), (west + 250, 400), (west, 400)]
        refs = [town.node(first + i, *xy) for i, xy in enumerate(corners)]
        town.way(relation + 10, [*refs, refs[0]])
        town.relation(
            relation,
            [("w", relation + 10, "outer")],
            type="boundary",
            boundary="administrative",
            admin_level="6",
            name=f"District {relation}",
        )
    assert (await load(town)).districts_from == "admin_level 6"
    rows = await _rows(
        look,
        "SELECT d.source_key FROM places p JOIN districts d ON d.id = p.district_id"
        " WHERE p.osm_id IN (200, 201) ORDER BY p.osm_id",
    )
    assert [row["source_key"] for row in rows] == ["osm:relation/801", "osm:relation/800"]
    keys = await _rows(look, "SELECT source_key FROM districts ORDER BY 1")
    assert [row["source_key"] for row in keys] == ["osm:relation/800", "osm:relation/801"]
    ring = [at(*xy) for xy in ((-500, -500), (900, -500), (900, 900), (-500, 900), (-500, -500))]
    feature = {
        "type": "Feature",
        "id": "north",
        "properties": {"name_kk": "Солтүстік", "name": "North"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    file = tmp_path / "districts.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert (await load(town, districts=file)).districts_from == "file"
    names = await _rows(
        look,
        "SELECT DISTINCT d.name FROM places p JOIN districts d ON d.id = p.district_id",
    )
    assert [row["name"] for row in names] == [{"kk": "Солтүстік", "": "North"}]


async def test_what_no_district_covers_is_the_rest(
    load: Import, look: Look, tmp_path: Path
) -> None:
    """A file that leaves part of the city out does not leave its places without reviewers."""
    ring = [at(*xy) for xy in ((150, -50), (400, -50), (400, 400), (150, 400), (150, -50))]
    feature = {
        "type": "Feature",
        "properties": {"name": "East", "id": "e"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    file = tmp_path / "districts.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    await load(make_town(), districts=file)
    rows = await _rows(
        look,
        "SELECT d.source_key, p.osm_id FROM places p JOIN districts d ON d.id = p.district_id"
        " WHERE p.osm_id IN (200, 201) ORDER BY p.osm_id",
    )
    assert [row["source_key"] for row in rows] == ["file:e", "rest"]


async def test_district_in_use_is_kept(load: Import, look: Look) -> None:
    """A district that a report still names is not deleted, only told."""
    await load(make_town())
    await look.execute(
        "INSERT INTO districts (id, source_key, name, geom) SELECT gen_random_uuid(), 'old', '{}',"
        " geom FROM districts"
    )
    await look.execute(
        "INSERT INTO barriers (id, kind, state, geom, district_id) SELECT gen_random_uuid(), 'ice',"
        " 'cleared', ST_SetSRID(ST_MakePoint(76, 43), 4326), id FROM districts"
        " WHERE source_key = 'old'"
    )
    summary = await load(make_town())
    assert any("old" in warning for warning in summary.warnings)


async def test_network_can_be_asked_for_edges_near_a_point(
    load: Import, engine: AsyncEngine
) -> None:
    """The nearest edge comes first and the search stays inside its radius."""
    await load(make_town())
    async with async_sessionmaker(engine)() as db:
        assert (await get_network(db)).source_name == "town.osm.pbf"
        lon, lat = at(150, 5)
        near = await list_edges_near(db, lon=lon, lat=lat, radius_m=60)
        assert near[0].osm_node_ids == [2, 3]
        assert {edge.osm_way_id for edge in near} == {100, 101, 102}


async def test_two_sides_of_a_stop_are_not_two_stops(load: Import, look: Look) -> None:
    """A platform drawn beside its bus stop is the same stop."""
    town = make_town()
    refs = [town.node(61, 145, 3), town.node(62, 155, 3)]
    town.way(160, refs, highway="platform", public_transport="platform", name="Абай")
    await load(town)
    stops = await _rows(look, "SELECT osm_id FROM places WHERE kind = 'stop'")
    assert [stop["osm_id"] for stop in stops] == [60]


async def test_empty_elsewhere_stays_out(load: Import) -> None:
    """Ways that nobody walks become neither edges nor places."""
    town = make_town()
    town.way(120, [1, 11], highway="motorway")
    town.way(121, [1, 11], highway="proposed")
    town.way(122, [1, 11], power="line")
    summary = await load(town)
    assert summary.counts["edges"] == 6
