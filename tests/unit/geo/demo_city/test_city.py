"""The demo city: repeatable, valid as OpenStreetMap data, and sensible as a city."""

import itertools
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmium
import pytest
from shapely import STRtree
from shapely.geometry import LineString, Point, Polygon

from geo.demo_city import DemoCity, Name, elevation_m, plan_demo_city, write_demo_dem, write_plan
from geo.demo_city.grid import WIDTH_M
from geo.demo_city.kinds import KINDS
from geo.demo_city.terrain import CENTRE_LAT, CENTRE_LON, project

SEED = 1
WALKABLE = {
    "footway", "path", "steps", "platform", "primary", "secondary", "tertiary", "residential",
    "living_street", "service",
}  # fmt: skip
SECTORS = {
    "state_body", "education", "health", "culture", "sport", "social", "trade_services",
    "transport", "residential", "other",
}  # fmt: skip

Objects = dict[str, dict[int, Any]]


@pytest.fixture(scope="module")
def city() -> DemoCity:
    """Give the plan of the default seed."""
    return plan_demo_city(SEED)


@pytest.fixture(scope="module")
def pbf(city: DemoCity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the default city as a file."""
    path = tmp_path_factory.mktemp("demo") / "demo.osm.pbf"
    write_plan(path, city)
    return path


def read(path: Path) -> Objects:
    """Read a file back as plain values, in the order of the file."""
    found: Objects = {"n": {}, "w": {}, "r": {}}
    for entity in osmium.FileProcessor(str(path)):
        tags = dict(entity.tags)
        if entity.is_node():
            found["n"][entity.id] = (entity.lon, entity.lat, tags)
        elif entity.is_way():
            found["w"][entity.id] = ([node.ref for node in entity.nodes], tags)
        else:
            members = [(member.type, member.ref, member.role) for member in entity.members]
            found["r"][entity.id] = (members, tags)
    return found


@pytest.fixture(scope="module")
def objects(pbf: Path) -> Objects:
    """Give the objects of the default city's file."""
    return read(pbf)


def metres(city: DemoCity, refs: list[int]) -> list[tuple[float, float]]:
    """Turn nodes into plan metres."""
    return [city.drawing.spot(ref) for ref in refs]


def globe_metres(lon: float, lat: float) -> tuple[float, float]:
    """Turn degrees into metres from the centre."""
    return (lon - CENTRE_LON) * 81_220.0, (lat - CENTRE_LAT) * 111_100.0


def test_same_seed_gives_the_same_bytes_in_another_process(pbf: Path, tmp_path: Path) -> None:
    """A second process with another hash seed writes the very same file."""
    other = tmp_path / "other.osm.pbf"
    code = (
        "import sys; from pathlib import Path; from geo.demo_city import write_demo_city; "
        f"write_demo_city(Path(sys.argv[1]), seed={SEED})"
    )
    root = Path(__file__).parents[4]
    environment = {"PYTHONHASHSEED": "4711", "PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", code, str(other)], check=True, env=environment, cwd=root)
    assert other.read_bytes() == pbf.read_bytes()


def test_another_seed_gives_another_city(city: DemoCity) -> None:
    """Streets and buildings move with the seed."""
    other = plan_demo_city(SEED + 1)
    assert other.buildings[0].outline != city.buildings[0].outline
    assert len(other.drawing.nodes) != len(city.drawing.nodes)


def test_file_holds_the_plan(city: DemoCity, objects: Objects) -> None:
    """Reading back gives every object with its tags and its place."""
    drawing = city.drawing
    assert objects["w"] == {way.id: (way.refs, way.tags) for way in drawing.ways.values()}
    assert objects["r"] == {
        relation.id: (relation.members, relation.tags) for relation in drawing.relations.values()
    }
    assert set(objects["n"]) == set(drawing.nodes)
    for node_id, (lon, lat, tags) in objects["n"].items():
        node = drawing.nodes[node_id]
        assert (lon, lat) == pytest.approx(node.lonlat, abs=1e-9)
        assert tags == node.tags


def test_objects_are_sorted_and_ids_positive(pbf: Path) -> None:
    """Nodes come before ways before relations, each by rising id."""
    order = [("nwr".index(entity.type_str()), entity.id) for entity in osmium.FileProcessor(pbf)]
    assert order == sorted(order)
    assert all(object_id > 0 for _, object_id in order)


def test_every_reference_exists(objects: Objects) -> None:
    """Ways refer to nodes of the file, relations to members of the file."""
    for refs, _ in objects["w"].values():
        assert len(refs) > 1
        assert all(ref in objects["n"] for ref in refs)
        assert all(first != second for first, second in itertools.pairwise(refs))
    for members, _ in objects["r"].values():
        assert all(ref in objects[kind] for kind, ref, _ in members)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counts_are_in_the_promised_ranges(seed: int) -> None:
    """About 2,000 buildings, two in five without a mapped door; every counted kind is built."""
    made = plan_demo_city(seed)
    assert 1800 <= len(made.buildings) <= 2400
    unmapped = sum(not building.entrances_mapped for building in made.buildings)
    assert 0.33 <= unmapped / len(made.buildings) <= 0.47
    built = Counter(building.kind for building in made.buildings)
    assert {kind.code: kind.count for kind in KINDS.values() if kind.count is not None} == {
        kind.code: built[kind.code] for kind in KINDS.values() if kind.count is not None
    }
    assert 60 <= len(made.stops) <= 140
    assert len(made.crossing_node_ids) >= 200
    assert len(made.districts) == 3


def test_every_sector_and_ownership_occurs(city: DemoCity) -> None:
    """The register's cuts all have members."""
    assert {building.sector for building in city.buildings} == SECTORS
    assert {building.ownership for building in city.buildings} == {
        "state",
        "private",
        "residential",
    }


def _buildings(city: DemoCity) -> list[Polygon]:
    return [
        Polygon(metres(city, city.drawing.ways[building.way_id].refs))
        for building in city.buildings
    ]


def test_buildings_are_closed_valid_rings(city: DemoCity, objects: Objects) -> None:
    """Every building way is closed and a simple polygon on the globe, too."""
    for building in city.buildings:
        refs, tags = objects["w"][building.way_id]
        assert refs[0] == refs[-1]
        assert "building" in tags
        ring = Polygon([globe_metres(*objects["n"][ref][:2]) for ref in refs])
        assert ring.is_valid
        assert ring.area > 20
        assert building.outline[0] == building.outline[-1]


def test_all_building_ways_are_in_the_record(city: DemoCity, objects: Objects) -> None:
    """The record misses no building of the file."""
    tagged = {way_id for way_id, (_, tags) in objects["w"].items() if "building" in tags}
    assert tagged == {building.way_id for building in city.buildings}


def test_buildings_overlap_neither_each_other_nor_streets(city: DemoCity) -> None:
    """Outlines stay apart; carriageways (as wide as their class) and paths pass beside them."""
    polygons = _buildings(city)
    tree = STRtree(polygons)
    left, right = tree.query(polygons, predicate="overlaps")
    assert left.size == 0
    assert right.size == 0
    for way in city.drawing.ways.values():
        highway = way.tags.get("highway")
        if highway not in WALKABLE:
            continue
        line = LineString(metres(city, way.refs))
        width = {**WIDTH_M, "service": 4.0, "living_street": 5.0}.get(highway, 0.0)
        shape = line.buffer(width / 2) if width else line
        for index in tree.query(shape, predicate="intersects"):
            inside = shape.intersection(polygons[index])
            assert inside.area + inside.length < 1e-6, (way.id, way.tags)


def test_mapped_entrances_are_vertices_of_their_building(city: DemoCity, objects: Objects) -> None:
    """A mapped door is a node of the outline; an unmapped one lies on it all the same."""
    for building, polygon in zip(city.buildings, _buildings(city), strict=True):
        refs, _ = objects["w"][building.way_id]
        outline = LineString([globe_metres(*point) for point in building.outline])
        assert building.entrances
        assert not polygon.is_empty
        for entrance in building.entrances:
            if entrance.node_id is not None:
                assert entrance.node_id in refs
                assert objects["n"][entrance.node_id][2]["entrance"] == entrance.role
                assert entrance.point == pytest.approx(objects["n"][entrance.node_id][:2], abs=1e-9)
            assert outline.distance(Point(globe_metres(*entrance.point))) < 0.3


def test_organisations_stand_inside_their_building(city: DemoCity) -> None:
    """An organisation's node lies within the outline and carries its category."""
    found = 0
    for building, polygon in zip(city.buildings, _buildings(city), strict=True):
        for organisation in building.organisations:
            if organisation.node_id is None:
                tags = city.drawing.ways[building.way_id].tags
            else:
                found += 1
                tags = city.drawing.nodes[organisation.node_id].tags
                assert polygon.contains(Point(city.drawing.spot(organisation.node_id)))
            key, _, value = organisation.category.partition("=")
            assert tags[key] == value
    assert found > 500


def test_truths_agree_with_themselves(city: DemoCity) -> None:
    """Rise is steps times riser; a ramp is as long as its slope wants."""
    ramps: Counter[str] = Counter()
    for building in city.buildings:
        for entrance in building.entrances:
            truth = entrance.truth
            ramps[truth.ramp] += 1
            assert truth.level_change_mm == truth.step_count * truth.step_rise_mm
            if truth.ramp == "none":
                assert truth.ramp_slope_permille is None
                continue
            assert truth.ramp_slope_permille
            assert truth.ramp_length_mm is not None
            rise = truth.ramp_length_mm * truth.ramp_slope_permille / 1000
            assert rise == pytest.approx(truth.level_change_mm, abs=1)
    assert set(ramps) == {"none", "fixed", "removable", "rail_track"}


def _is_complete(name: Name) -> bool:
    return bool(name.kk and name.ru and name.en) and "{" not in name.kk + name.ru + name.en


def test_all_names_have_three_languages(city: DemoCity, objects: Objects) -> None:
    """Whatever has a name has it in Kazakh, Russian and English, in the right letters."""
    for group in objects.values():
        for value in group.values():
            tags = value[-1]
            if "name" not in tags:
                continue
            assert tags["name:kk"]
            assert tags["name:ru"]
            assert re.fullmatch(r"[A-Za-z0-9 .,'&/-]+", tags["name:en"]), tags["name:en"]
    for building in city.buildings:
        assert _is_complete(building.street)
        assert building.name is None or _is_complete(building.name)
        assert all(_is_complete(organisation.name) for organisation in building.organisations)


def test_addresses_are_unique_and_name_a_street_of_the_map(
    city: DemoCity, objects: Objects
) -> None:
    """Street and number find one building, and the street is on the map under that name."""
    streets = {
        tags["name"] for _, tags in objects["w"].values() if "highway" in tags and "name" in tags
    }
    addresses = Counter((building.street.ru, building.house_number) for building in city.buildings)
    assert max(addresses.values()) == 1
    assert {street for street, _ in addresses} <= streets


def _network(objects: Objects) -> "nx.Graph[int]":
    graph: nx.Graph[int] = nx.Graph()
    for refs, tags in objects["w"].values():
        if tags.get("highway") in WALKABLE:
            nx.add_path(graph, refs)
    return graph


def test_walking_network_hangs_together(city: DemoCity, objects: Objects) -> None:
    """Nearly all of the network is one piece; the planted courtyard is not part of it."""
    graph = _network(objects)
    pieces = sorted(nx.connected_components(graph), key=len, reverse=True)
    assert len(pieces[0]) / graph.number_of_nodes() > 0.99
    isolated = next(trap for trap in city.traps if trap.kind == "isolated_courtyard")
    assert not set(objects["w"][isolated.way_ids[0]][0]) & pieces[0]
    for stop in city.structures:
        assert all(set(objects["w"][way_id][0]) <= pieces[0] for way_id in stop.way_ids)


def test_streets_and_paths_meet_at_shared_nodes(city: DemoCity) -> None:
    """Where two ways cross on the ground they share a node."""
    ways = [
        way
        for way in city.drawing.ways.values()
        if way.tags.get("highway") in WALKABLE and "layer" not in way.tags
    ]
    lines = [LineString(metres(city, way.refs)) for way in ways]
    tree = STRtree(lines)
    first, second = tree.query(lines, predicate="crosses")
    loose = [
        (ways[a].id, ways[b].id)
        for a, b in zip(first, second, strict=True)
        if a < b and not set(ways[a].refs) & set(ways[b].refs)
    ]
    assert loose == []


def test_ground_falls_to_the_north_between_three_and_six_percent() -> None:
    """The slope grows southwards as in Almaty."""
    for y, low, high in ((1400.0, 2.4, 3.7), (0.0, 3.9, 5.1), (-1400.0, 5.3, 6.6)):
        drop = elevation_m(*project(0.0, y - 50)) - elevation_m(*project(0.0, y + 50))
        assert low < drop < high


def test_dem_tile_repeats_the_ground(tmp_path: Path) -> None:
    """The tile is SRTM3-shaped and agrees with the function to a metre."""
    path = write_demo_dem(tmp_path)
    tile = np.frombuffer(path.read_bytes(), dtype=">i2").reshape(1201, 1201)
    assert path.name == "N43E076.hgt"
    row, column = round((44 - CENTRE_LAT) * 1200), round((CENTRE_LON - 76) * 1200)
    lon, lat = 76 + column / 1200, 44 - row / 1200
    assert abs(int(tile[row, column]) - elevation_m(lon, lat)) <= 0.51


def test_traps_are_planted(city: DemoCity, objects: Objects) -> None:
    """Every promised difficulty is there once, with objects that exist."""
    kinds = Counter(trap.kind for trap in city.traps)
    assert set(kinds.values()) == {1}
    assert set(kinds) >= {
        "raised_kerb_block", "narrow_pavement", "steep_stretch", "broken_surface",
        "stairs_only_shortcut", "isolated_courtyard", "one_way_street", "locked_gate",
    }  # fmt: skip
    for trap in city.traps:
        assert trap.way_ids or trap.node_ids
        assert all(way_id in objects["w"] for way_id in trap.way_ids)
        assert all(node_id in objects["n"] for node_id in trap.node_ids)


def test_structures_have_lifts_in_every_state(city: DemoCity, objects: Objects) -> None:
    """Three underpasses and one overpass; their lifts work, need a key, are dead or have hours."""
    assert Counter(structure.kind for structure in city.structures) == {
        "underpass": 3,
        "overpass": 1,
    }
    lifts = [lift for structure in city.structures for lift in structure.lifts]
    assert {lift.state for lift in lifts} == {"working", "key", "out_of_order", "hours"}
    for lift in lifts:
        assert objects["n"][lift.node_id][2]["highway"] == "elevator"


def test_city_is_labelled_as_demo(city: DemoCity, objects: Objects) -> None:
    """The boundary says in three languages that this is a demo."""
    _, tags = objects["r"][city.city.relation_id]
    assert tags["note"] == "demo"
    assert tags["name"] == "Демо-қала / Демо-город / Demo City"
    whole = Polygon(city.city.outline)
    parts = [Polygon(district.outline) for district in city.districts]
    assert whole.area == pytest.approx(sum(part.area for part in parts), rel=1e-6)
    for building in city.buildings:
        spot = Point(building.outline[0])
        assert sum(part.contains(spot) for part in parts) == 1


def test_map_knows_only_a_share(objects: Objects) -> None:
    """Pavements, kerbs and doors are tagged here and silent there."""
    pavements = [tags for _, tags in objects["w"].values() if tags.get("footway") == "sidewalk"]
    for key in ("width", "surface", "smoothness", "incline"):
        share = sum(key in tags for tags in pavements) / len(pavements)
        assert 0.05 < share < 0.9, key
    kerbs = Counter(tags.get("kerb") for _, _, tags in objects["n"].values())
    assert min(kerbs["raised"], kerbs["lowered"], kerbs["flush"]) > 10
    doors = [tags for _, _, tags in objects["n"].values() if "entrance" in tags]
    for key in ("width", "entrance:step_count", "wheelchair", "door"):
        share = sum(key in tags for tags in doors) / len(doors)
        assert 0.05 < share < 0.9, key
