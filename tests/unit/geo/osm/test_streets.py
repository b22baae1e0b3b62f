"""Cutting ways into edges, without a database."""

from typing import Any

import pytest

from geo.network.models import EdgeKind
from geo.osm.geometry import LonLat
from geo.osm.staging import COLUMNS, encode
from geo.osm.streets import Streets, Way
from geo.osm.tags.vertices import VertexFacts
from geo.osm.tags.walking import find_walk
from tests.support.osm_file import at


class Lines:
    """Collects rows as the database would get them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, str]]] = {}

    def add(self, table: str, line: str) -> None:
        """Take a row apart again."""
        row = dict(zip(COLUMNS[table], line.split("\t"), strict=True))
        self.rows.setdefault(table, []).append(row)


def _cut(
    refs: list[int],
    *,
    shared: set[int] | None = None,
    facts: dict[int, VertexFacts] | None = None,
    points: list[LonLat | None] | None = None,
    **tags: str,
) -> tuple[list[dict[str, str]], Streets]:
    lines: Any = Lines()
    streets = Streets(
        lines,
        vertices=shared or set(),
        facts=facts or {},
        elevation=None,
        first_edge_id=7,
    )
    walk = find_walk({"highway": "footway"} | tags)
    assert walk is not None
    placed: list[LonLat | None] = [at(ref * 10, 0) for ref in refs]
    streets.add(Way(1, refs, points or placed, walk))
    return lines.rows.get("staging_street_edges", []), streets


def _nodes(edges: list[dict[str, str]]) -> list[str]:
    return [edge["osm_node_ids"] for edge in edges]


def test_way_without_junctions_is_one_edge() -> None:
    """Only its ends are vertices."""
    edges, streets = _cut([1, 2, 3])
    assert _nodes(edges) == ["{1,2,3}"]
    assert edges[0]["length_mm"] == str(streets.counts.length_mm)
    assert 19_900 < streets.counts.length_mm < 20_100


def test_way_is_cut_at_shared_and_at_telling_nodes() -> None:
    """A junction and a kerb both end an edge; ids count up from where the last import ended."""
    edges, _streets = _cut([1, 2, 3, 4], shared={2}, facts={3: VertexFacts(kerb="raised")})
    assert _nodes(edges) == ["{1,2}", "{2,3}", "{3,4}"]
    assert [edge["id"] for edge in edges] == ["7", "8", "9"]


def test_ring_is_cut_so_that_no_edge_returns_to_its_start() -> None:
    """A turning loop has two edges at least."""
    points: list[LonLat | None] = [at(*xy) for xy in ((0, 0), (9, 0), (9, 9), (0, 9), (0, 0))]
    edges, _streets = _cut([1, 2, 3, 4, 1], points=points)
    assert _nodes(edges) == ["{1,2,3}", "{3,4,1}"]


def test_missing_nodes_leave_a_gap() -> None:
    """No edge bridges a node that the extract lacks."""
    points: list[LonLat | None] = [at(0, 0), at(10, 0), None, at(30, 0), at(40, 0), None]
    edges, streets = _cut([1, 2, 3, 4, 5, 6], points=points)
    assert _nodes(edges) == ["{1,2}", "{4,5}"]
    assert streets.counts.missing_nodes == 2
    assert streets.counts.clipped_ways == [1]


def test_repeated_node_is_no_edge() -> None:
    """A node named twice in a row is a slip."""
    edges, _streets = _cut([1, 1, 2], shared={1})
    assert _nodes(edges) == ["{1,2}"]


def test_two_nodes_on_one_spot_still_connect() -> None:
    """An edge of no length keeps the network together and is a millimetre long."""
    edges, _streets = _cut([1, 2], points=[at(0, 0), at(0, 0)])
    assert edges[0]["length_mm"] == "1"


def test_square_is_crossed_only_inside() -> None:
    """Straight lines between gates stay in the area; through a notch there is none."""
    corners = ((0, 0), (90, 0), (90, 90), (50, 90), (50, 20), (40, 20), (40, 90), (0, 90), (0, 0))
    points: list[LonLat | None] = [at(*xy) for xy in corners]
    refs = [1, 2, 3, 4, 5, 6, 7, 8, 1]
    edges, _streets = _cut(refs, points=points, shared={1, 3, 8}, highway="pedestrian", area="yes")
    straight = {node_ids for node_ids in _nodes(edges) if node_ids.count(",") == 1}
    assert "{1,3}" not in straight
    assert "{3,8}" not in straight
    edges, _streets = _cut(refs, points=points, shared={1, 3, 5}, highway="pedestrian", area="yes")
    assert {"{1,5}", "{3,5}"} <= set(_nodes(edges))


def test_lift_joins_every_pair_of_doors_and_has_no_outline() -> None:
    """Three doors give three rides."""
    corners = ((0, 0), (2, 0), (2, 2), (0, 2), (0, 0))
    edges, streets = _cut(
        [1, 2, 3, 4, 1], points=[at(*xy) for xy in corners], shared={1, 2, 3}, highway="elevator"
    )
    assert _nodes(edges) == ["{1,2}", "{1,3}", "{2,3}"]
    assert streets.counts.by_kind == {EdgeKind.LIFT: 3}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\\N"),
        (True, "t"),
        (False, "f"),
        (7, "7"),
        ("a\tb\nc\\d\x00", "a\\tb\\nc\\\\d"),
        ([1, 2], "{1,2}"),
        ({"kk": 'Абай "1"\x00'}, '{"kk":"Абай \\\\"1\\\\""}'),
    ],
)
def test_values_are_written_as_copy_reads_them(value: object, text: str) -> None:
    """Tabs, line ends and backslashes of a name cannot break a row."""
    assert encode(value) == text
