"""Networks in the OpenSidewalks format: out and in again, real files, and files that are bad."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from geo.errors import DomainError
from geo.ids import uuid7
from geo.mobility import Profile
from geo.opensidewalks.errors import (
    BadFeatureError,
    FilesMissingError,
    LooseEdgesError,
    NothingInsideError,
    OutsideWorldError,
    UnknownFieldsError,
    UnreadableFileError,
)
from geo.opensidewalks.exporter import export_opensidewalks
from geo.opensidewalks.importer import import_opensidewalks
from geo.osm.errors import ExtractElsewhereError
from geo.routing.answer import Route, Target
from geo.routing.build import build_base
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.needs import Needs
from geo.routing.overlay import empty_overlay
from geo.routing.plane import measure_m
from tests.support.street_plans import StreetPlan, ask, pin, random_city
from tests.support.street_tables import store_plan

Look = psycopg.AsyncConnection[dict[str, Any]]
_EDGES = """
SELECT to_jsonb(e) - 'id' - 'length_mm' - 'geom' || jsonb_build_object('at', ST_AsText(geom))
FROM street_edges e ORDER BY 1
"""
_NODES = """
SELECT to_jsonb(n) - 'geom' || jsonb_build_object('at', ST_AsText(geom)) FROM street_nodes n
WHERE EXISTS (SELECT FROM street_edges WHERE n.id IN (from_node_id, to_node_id)) ORDER BY n.id
"""


def _quiet(_text: str) -> None:
    """Say nothing."""


async def _list(look: Look, query: str) -> list[Any]:
    rows = await (await look.execute(query.encode())).fetchall()
    return [next(iter(row.values())) for row in rows]


def _rich_city() -> StreetPlan:
    plan = random_city(random.Random(3))
    for edge, (key, value) in zip(
        plan.edges,
        [
            *(("name", {"kk": "Абай даңғылы", "ru": "проспект Абая", "": "Abay"}), ("layer", -1)),
            *(("access", "customers"), ("lit", True), ("handrail", False), ("lanes", 4)),
            *(("tactile_paving", "yes"), ("bridge", True), ("level", "0;1"), ("climb", -1)),
            *(("walk_backward", False), ("signal_sound", False), ("crossing_island", True)),
        ],
        strict=False,
    ):
        setattr(edge, key, value)
    for edge in plan.edges:
        # As every import leaves it: that there is a crossing is always known of a crossing.
        edge.crossing = edge.crossing or ("yes" if edge.kind == "crossing" else None)
    first = next(iter(plan.nodes.values()))
    first.tactile_paving, first.signal_sound, first.locked = "contrasted", True, True
    return plan


async def test_a_network_given_out_comes_back_the_same(
    clean_database: str, look: Look, tmp_path: Path
) -> None:
    """Every attribute of every edge and node survives the way out and in."""
    await store_plan(look, _rich_city())
    before = await _list(look, _EDGES), await _list(look, _NODES)
    given = await export_opensidewalks(
        database_url=clean_database, folder=tmp_path, progress=_quiet
    )
    assert given.edge_count == len(before[0])
    summary = await import_opensidewalks(
        database_url=clean_database, folder=tmp_path, progress=_quiet
    )
    assert summary.counts["edges"] == given.edge_count
    after = await _list(look, _EDGES), await _list(look, _NODES)
    assert after[0] == before[0]
    assert after[1] == before[1]
    announced = await _list(look, "SELECT kind FROM changes ORDER BY id DESC LIMIT 1")
    assert announced == ["network"]


@pytest.mark.parametrize("was_demo", [True, False])
async def test_an_invented_city_stays_one(
    clean_database: str, look: Look, tmp_path: Path, *, was_demo: bool
) -> None:
    """Other streets do not make its places real; pages and files go on calling it a demo."""
    await store_plan(look, random_city(random.Random(3)))
    await look.execute("UPDATE network_imports SET is_demo = %s", [was_demo])
    await export_opensidewalks(database_url=clean_database, folder=tmp_path, progress=_quiet)
    await import_opensidewalks(database_url=clean_database, folder=tmp_path, progress=_quiet)
    newest = "SELECT is_demo FROM network_imports ORDER BY imported_at DESC, id DESC LIMIT 1"
    assert await _list(look, newest) == [was_demo]


async def test_measures_of_audits_go_out_with_their_source(
    clean_database: str, look: Look, tmp_path: Path
) -> None:
    """An audited width and kerb replace the map's, and say so; slopes turn with the edge."""
    plan = StreetPlan()
    west, east = plan.node(0, 0), plan.node(1, 0, kerb="raised")
    edge = plan.edge(west, east, width_mm=2000, surface="asphalt")
    await store_plan(look, plan)
    line = "SRID=4326;LINESTRING(76.90125 43.2, 76.9 43.2)"
    for target, values, node in (
        ("edge", {"width_mm": 850, "incline_permille": 40}, None),
        ("node", {"kerb_height_mm": 25}, east),
    ):
        await look.execute(
            "INSERT INTO edge_overrides (id, target, state, geom, edge_ids, node_id, attributes)"
            " VALUES (%s, %s, 'active', %s, %s, %s, %s)",
            (uuid7(), target, line, [edge] if node is None else [], node, Jsonb(values)),
        )
    given = await export_opensidewalks(
        database_url=clean_database, folder=tmp_path, progress=_quiet
    )
    (street,) = json.loads(given.edges.read_text(encoding="utf-8"))["features"]
    fields = street["properties"]
    assert (fields["width"], fields["incline"]) == (0.85, -0.04)
    assert fields["ext:evidence_width"] == fields["ext:evidence_incline"] == "audited"
    assert fields["ext:evidence_surface"] == "mapped"
    nodes = json.loads(given.nodes.read_text(encoding="utf-8"))["features"]
    kerb = next(n["properties"] for n in nodes if n["properties"]["_id"] == str(east))
    assert kerb["kerb"] == "raised"
    assert kerb["ext:kerb_height_mm"] == 25
    assert kerb["ext:evidence_kerb_height_mm"] == "audited"


async def _store_link(look: Look, line: str, edges: list[int], **values: object) -> str:
    link_id = uuid7()
    await look.execute(
        "INSERT INTO edge_overrides (id, target, state, geom, edge_ids, attributes)"
        " VALUES (%s, 'link', 'active', %s, %s, %s)",
        (link_id, f"SRID=4326;LINESTRING({line})", edges, Jsonb(values)),
    )
    return str(link_id)


def _measure_m(points: list[list[float]]) -> float:
    return measure_m(np.array(points))


async def test_links_of_audits_join_the_network(
    clean_database: str, look: Look, tmp_path: Path
) -> None:
    """A link ends at nodes: at the street's own where it is near, else at one that splits it."""
    plan = StreetPlan()
    west, east, north = plan.node(0, 0), plan.node(1, 0), plan.node(1, 1)
    alley = plan.edge(west, east, surface="asphalt")
    flight = plan.edge(east, north, kind="steps", highway="steps", step_count=21)
    await store_plan(look, plan)
    places = {
        each["properties"]["_id"]: each["geometry"]["coordinates"]
        for each in (await _give(clean_database, tmp_path / "before"))[0]
    }
    (x0, y0), (x1, _), (_, y2) = places[str(west)], places[str(east)], places[str(north)]
    middle, third = (x0 + x1) / 2, y0 + (y2 - y0) / 3
    # From the middle of the alley, drawn 2 m too short, to a third of the flight.
    link = await _store_link(
        look, f"{middle} {y0 + 2e-5}, {middle} {third}, {x1} {third}", [alley, flight],
        width_mm=1100, surface="gravel", incline_permille=-30,
    )  # fmt: skip
    # From the first corner to a spot 2 m beside where the other meets the alley; with steps.
    stairs = await _store_link(
        look, f"{x0} {y0}, {x0} {y0 - 1e-4}, {middle + 2e-5} {y0}", [alley], step_count=3
    )
    gone = await _store_link(look, f"{x0} {y0}, {x1} {third}", [alley, flight], width_mm=900)
    await look.execute("UPDATE edge_overrides SET state = 'retired' WHERE id = %s", (gone,))
    nodes, edges = await _give(clean_database, tmp_path)
    spots = {each["properties"]["_id"]: each["geometry"]["coordinates"] for each in nodes}
    assert len(spots) == len(nodes) == 5
    rows = {each["properties"]["_id"]: each for each in edges}
    assert len(rows) == len(edges) == 6
    for each in edges:  # every edge begins and ends at its nodes, exactly
        line, fields = each["geometry"]["coordinates"], each["properties"]
        assert [line[0], line[-1]] == [spots[fields["_u_id"]], spots[fields["_v_id"]]], fields
        assert fields["length"] == pytest.approx(_measure_m(line), abs=0.06)
    fields = rows[f"link-{link}"]["properties"]
    assert (fields["highway"], fields["width"], fields["ext:link"]) == ("footway", 1.1, link)
    assert (fields["surface"], fields["incline"]) == ("gravel", -0.03)
    assert {k: v for k, v in fields.items() if k.startswith("ext:evidence")} == {
        f"ext:evidence_{name}": "audited" for name in ("width", "surface", "incline")
    }
    other = rows[f"link-{stairs}"]["properties"]
    assert (other["highway"], other["step_count"], other["_u_id"]) == ("steps", 3, str(west))
    assert other["_v_id"] == fields["_u_id"], "two links 2 m apart share one node"
    assert spots[fields["_u_id"]] == pytest.approx([middle, y0])
    assert [rows[f"{flight}-{n}"]["properties"]["step_count"] for n in (1, 2)] == [7, 14]
    assert rows[f"{alley}-2"]["properties"]["_v_id"] == str(east)
    # In the same database they lie over the network; anywhere else they are ways of the map.
    await import_opensidewalks(database_url=clean_database, folder=tmp_path, progress=_quiet)
    assert await _list(look, "SELECT count(*) FROM street_edges") == [4]
    live = "SELECT id::text FROM edge_overrides WHERE state = 'active' ORDER BY id"
    assert await _list(look, live) == sorted([link, stairs])
    again = await _give(clean_database, tmp_path / "again")
    assert sorted(_told(each) for each in again[1]) == sorted(_told(each) for each in edges)
    await look.execute("DELETE FROM edge_overrides")
    await import_opensidewalks(database_url=clean_database, folder=tmp_path, progress=_quiet)
    widths = "SELECT width_mm FROM street_edges WHERE width_mm IS NOT NULL"
    assert await _list(look, widths) == [1100]
    assert await _list(look, "SELECT count(*) FROM street_edges") == [6]


def _told(edge: dict[str, Any]) -> str:
    """Give what an edge says apart from ids, which an import gives anew, and roundings."""
    left_out = {"length", "ext:osm_node_ids"}
    fields = edge["properties"]
    known = {k: v for k, v in fields.items() if k[0] != "_" and k not in left_out}
    ends = [edge["geometry"]["coordinates"][place] for place in (0, -1)]
    return json.dumps([known, [[round(x, 6) for x in end] for end in ends]], sort_keys=True)


async def _give(database_url: str, folder: Path) -> tuple[list[Any], list[Any]]:
    given = await export_opensidewalks(database_url=database_url, folder=folder, progress=_quiet)
    nodes, edges = (
        json.loads(path.read_text(encoding="utf-8"))["features"]
        for path in (given.nodes, given.edges)
    )
    assert (len(nodes), len(edges)) == (given.node_count, given.edge_count)
    return nodes, edges


def _street(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    properties = {"_id": "1", "_u_id": "a", "_v_id": "b", "highway": "footway", "incline": 0.02}
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [[76.9, 43.2], [76.901, 43.2]]},
        "properties": properties | changes,
    }


def _corner(key: str, lon: float, lat: float, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"_id": key, **fields},
    }


def _write(folder: Path, nodes: list[Any], edges: list[Any]) -> None:
    for name, features in (("nodes", nodes), ("edges", edges)):
        text = json.dumps({"type": "FeatureCollection", "features": features})
        (folder / f"town.{name}.OSW.geojson").write_text(text, encoding="utf-8")


def _good(folder: Path) -> None:
    _write(folder, [_corner("a", 76.9, 43.2), _corner("b", 76.901, 43.2)], [_street()])


def _cut(folder: Path) -> None:
    path = folder / "town.edges.OSW.geojson"
    path.write_bytes(path.read_bytes()[:-40])


def _swap(folder: Path) -> None:
    edge = _street()
    edge["geometry"]["coordinates"] = [[43.2, 76.9], [43.2, 76.901]]
    _write(folder, [_corner("a", 43.2, 76.9), _corner("b", 43.2, 76.901)], [edge])


def _swap_edges(folder: Path) -> None:
    edge = _street()
    edge["geometry"]["coordinates"] = [[43.2, 76.9], [43.2, 76.901]]
    _write(folder, [_corner("a", 76.9, 43.2), _corner("b", 76.901, 43.2)], [edge])


def _forget_nodes(folder: Path) -> None:
    (folder / "town.nodes.OSW.geojson").unlink()


def _fill(name: str, content: bytes) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / f"town.{name}.OSW.geojson").write_bytes(content)

    return spoil


def _have(nodes: list[Any], edges: list[Any]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        _write(folder, nodes, edges)

    return spoil


BAD: list[tuple[Callable[[Path], None], type[DomainError]]] = [
    (_cut, UnreadableFileError),
    (_forget_nodes, FilesMissingError),
    (_fill("edges", b""), UnreadableFileError),
    (_fill("nodes", b"\x1f\x8b\x00\xff"), UnreadableFileError),
    (_fill("edges", b'{"features": [{"type": "Feature"}, 3]}'), BadFeatureError),
    (_fill("edges", b'{"features": [NaN]}'), UnreadableFileError),
    (_have([_corner("a", 76.9, 43.2)], []), NothingInsideError),
    (_have([_corner("a", 76.9, 43.2)], [_street()]), LooseEdgesError),
    (_swap, ExtractElsewhereError),
    (_swap_edges, LooseEdgesError),
    (_have([_corner("a", 43.2, -122.0)], [_street()]), OutsideWorldError),
    (_have([_corner("a", 76.9, 43.2, shoe="blue")], [_street()]), UnknownFieldsError),
    (_have([_corner("a", 76.9, 43.2)], [_street(width="wide")]), BadFeatureError),
    (_have([_corner("a", 76.9, 43.2, kerb="tall")], [_street()]), BadFeatureError),
    (_have([_corner("a", 76.9, 43.2)] * 2, [_street()]), BadFeatureError),
]


@pytest.mark.parametrize(("spoil", "error"), BAD)
async def test_bad_files_leave_the_old_network(
    clean_database: str,
    look: Look,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    error: type[DomainError],
) -> None:
    """Whatever is wrong is named by its own error, and nothing of the file is in the tables."""
    await store_plan(look, _rich_city())
    before = await _list(look, _EDGES)
    _good(tmp_path)
    spoil(tmp_path)
    with pytest.raises(error):
        await import_opensidewalks(database_url=clean_database, folder=tmp_path, progress=_quiet)
    assert await _list(look, _EDGES) == before
    assert await _list(look, "SELECT count(*) FROM network_imports") == [1]


@pytest.mark.realdata
async def test_redmond_knows_its_slopes(
    clean_database: str, look: Look, libpq_url: str, shared_data: Path
) -> None:
    """All nodes and kerbs arrive; a way along edges with a slope shows it as mapped."""
    summary = await import_opensidewalks(
        database_url=clean_database, folder=shared_data / "redmond", progress=_quiet
    )
    assert summary.counts["edges"] >= 4300
    kerbs = await _list(
        look, "SELECT count(*) FROM street_nodes WHERE kerb IN ('lowered', 'raised', 'flush')"
    )
    assert kerbs[0] >= 750
    steep = await _list(
        look, "SELECT count(*) FROM street_edges WHERE incline_permille IS NOT NULL"
    )
    assert steep[0] >= 3950
    assert (await _list(look, "SELECT count(*) FROM street_edges WHERE step_count > 0"))[0] == 80
    with psycopg.connect(libpq_url) as connection:
        graph = build_base(connection, "redmond")
    pinned = pin(empty_overlay(graph))
    start, end = Target(lon=-122.1412, lat=47.6446), Target(lon=-122.1372, lat=47.6402)
    route = pinned.plan_route(ask(Needs(profile=Profile.DEAF), start, end))
    assert isinstance(route, Route)
    for parts in route.evidence_mm:
        assert sum(parts) == route.length_mm
    slopes = route.evidence_mm[LimitKind.INCLINE]
    assert slopes[Evidence.MAPPED] > 0.6 * route.length_mm
    assert slopes[Evidence.AUDITED] == 0
    # Nobody measured what only follows from a junction.
    guessed = [s for s in route.segments if s.evidence[LimitKind.INCLINE] is Evidence.ASSUMED]
    assert all(segment.inferred for segment in guessed)
