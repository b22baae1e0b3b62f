"""Finding a street again by ids and by geometry."""

import pytest
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.ids import uuid7
from geo.network.matching import Edge, Item, Sort, match, preferred_kinds
from geo.network.models import EdgeKind
from tests.support.osm_file import at

XY = tuple[float, float]


def _edge(
    key: int, *points: XY, way: int = 1, nodes: tuple[int, ...] = (), **other: object
) -> Edge:
    nodes = nodes or tuple(key * 100 + i for i in range(len(points)))
    kind = other.get("kind", EdgeKind.FOOTWAY)
    assert isinstance(kind, EdgeKind)
    return Edge(
        id=key,
        from_node_id=nodes[0],
        to_node_id=nodes[-1],
        osm_way_id=way,
        osm_node_ids=nodes,
        kind=kind,
        geom=_line(*points),
        lift=bool(other.get("lift")),
    )


def _line(*points: XY) -> LineString:
    return LineString([at(*xy) for xy in points])


def _item(geom: BaseGeometry, sort: Sort = Sort.STRETCH, **known: object) -> Item:
    return Item(id=uuid7(), sort=sort, geom=geom, **known)  # type: ignore[arg-type]  # a shorthand


def test_split_edge_is_found_in_both_parts_by_ids() -> None:
    """Consecutive nodes name the same ground, whatever the way is called."""
    item = _item(_line((0, 0), (100, 0)), osm_way_id=1, osm_node_ids=(1, 2, 3))
    parts = [
        _edge(10, (0, 0), (50, 0), way=7, nodes=(1, 2)),
        _edge(11, (50, 0), (100, 0), way=8, nodes=(2, 3)),
        _edge(12, (100, 0), (200, 0), way=8, nodes=(3, 4)),
    ]
    found = match(item, parts)
    assert (found.edge_ids, found.how, found.osm_way_id) == ((10, 11), "ids", 7)
    assert found.osm_node_ids == (1, 2, 3)


def test_ids_of_a_far_street_are_not_trusted() -> None:
    """After a renumbering the same ids may name another street at the other end of town."""
    item = _item(_line((0, 0), (100, 0)), osm_way_id=1, osm_node_ids=(1, 2))
    far = _edge(10, (0, 500), (100, 500), way=1, nodes=(1, 2))
    near = _edge(11, (0, 2), (100, 2), way=9, nodes=(70, 71))
    found = match(item, [far, near])
    assert (found.edge_ids, found.how, found.osm_node_ids) == ((11,), "geometry", (70, 71))


def test_parallel_streets_do_not_share_a_measurement() -> None:
    """Of pavement and carriageway only the nearer is meant."""
    item = _item(_line((0, 0), (100, 0)))
    pavement, road = _edge(1, (0, 1), (100, 1)), _edge(2, (0, 6), (100, 6), kind=EdgeKind.ROAD)
    assert match(item, [road, pavement]).edge_ids == (1,)


def test_kind_decides_between_streets_at_like_distance() -> None:
    """What was measured on a pavement is not laid on the road beside it."""
    item = _item(_line((0, 0), (100, 0)), kinds=preferred_kinds("pavement"))
    pavement, road = _edge(1, (0, 5), (100, 5)), _edge(2, (0, -3), (100, -3), kind=EdgeKind.ROAD)
    assert match(item, [road, pavement]).edge_ids == (1,)
    assert preferred_kinds("crossing") == {EdgeKind.CROSSING}
    assert preferred_kinds(None) == frozenset()


def test_crossing_direction_is_not_the_same_street() -> None:
    """A street at right angles touches the item and is not meant."""
    item = _item(_line((0, 0), (30, 0)))
    assert not match(item, [_edge(1, (15, -6), (15, 6))]).found


def test_chain_of_edges_along_the_item_is_joined_in_order() -> None:
    """Edges drawn in any direction give one chain of nodes for the next import."""
    item = _item(_line((0, 0), (90, 0)))
    edges = [
        _edge(3, (90, 1), (60, 1), nodes=(4, 3)),
        _edge(1, (0, 1), (30, 1), nodes=(1, 2)),
        _edge(2, (30, 1), (60, 1), nodes=(2, 3)),
    ]
    found = match(item, edges)
    assert found.edge_ids == (1, 2, 3)
    assert found.osm_node_ids == (1, 2, 3, 4)


def test_short_stretch_of_a_long_street_is_found() -> None:
    """Ten measured metres lie on the hundred-metre edge around them."""
    assert match(_item(_line((40, 1), (50, 1))), [_edge(1, (0, 0), (100, 0))]).edge_ids == (1,)


def test_stretch_that_no_street_follows_is_not_guessed() -> None:
    """Twenty metres off is another street."""
    assert not match(_item(_line((0, 20), (100, 20))), [_edge(1, (0, 0), (100, 0))]).found
    assert not match(_item(_line((0, 20), (100, 20))), []).found


def test_point_takes_the_nearest_street_in_reach() -> None:
    """A point belongs to the nearest edge within 15 m, preferring the way it names."""
    edges = [_edge(1, (0, 4), (100, 4), way=5), _edge(2, (0, -6), (100, -6), way=6)]
    assert match(_item(Point(at(50, 0))), edges).edge_ids == (1,)
    assert match(_item(Point(at(50, 0)), osm_way_id=6), edges).edge_ids == (2,)
    assert not match(_item(Point(at(50, 40))), edges).found


def test_node_is_found_by_id_then_by_nearness() -> None:
    """A kerb that moved with its node is followed; a renumbered one is the nearest vertex."""
    edge = _edge(1, (0, 0), (50, 0), nodes=(11, 12))
    moved = match(_item(Point(at(60, 0)), Sort.NODE, osm_node_ids=(12,)), [edge])
    assert (moved.node_id, moved.how) == (12, "ids")
    near = match(_item(Point(at(52, 1)), Sort.NODE, osm_node_ids=(99,)), [edge])
    assert (near.node_id, near.osm_node_ids, near.how) == (12, (12,), "geometry")
    between = match(_item(Point(at(25, 2)), Sort.NODE), [edge])
    assert (between.node_id, between.edge_ids) == (None, (1,))
    assert not match(_item(Point(at(25, 12)), Sort.NODE), [edge]).found


def test_link_needs_a_street_at_both_ends() -> None:
    """A ramp that ends nowhere is not a connection."""
    edges = [_edge(1, (0, 0), (100, 0)), _edge(2, (0, 30), (100, 30))]
    ramp = _item(_line((50, 2), (50, 28)), Sort.LINK)
    assert match(ramp, edges).edge_ids == (1, 2)
    assert not match(ramp, edges[:1]).found
    assert not match(_item(Point(at(0, 0)), Sort.LINK), edges).found


@pytest.mark.parametrize(
    "geom",
    [
        _line((50, -10), (50, 40)),
        Polygon([at(*xy) for xy in ((40, -5), (60, -5), (60, 35), (40, 35))]),
    ],
)
def test_obstacle_closes_every_street_it_lies_on(geom: BaseGeometry) -> None:
    """A trench across two streets and a fenced area stop both."""
    edges = [
        _edge(1, (0, 0), (100, 0)),
        _edge(2, (0, 30), (100, 30)),
        _edge(3, (0, 60), (100, 60)),
    ]
    assert match(_item(geom, Sort.OBSTACLE), edges).edge_ids == (1, 2)


def test_obstacle_beside_the_street_takes_the_nearest() -> None:
    """A report drawn 5 m off is about the street there; one 30 m off is about nothing."""
    edges = [_edge(1, (0, 0), (100, 0))]
    assert match(_item(_line((10, 5), (20, 5)), Sort.OBSTACLE), edges).edge_ids == (1,)
    assert match(_item(Point(at(10, 5)), Sort.OBSTACLE), edges).edge_ids == (1,)
    assert not match(_item(Point(at(10, 30)), Sort.OBSTACLE), edges).found


def test_obstacle_by_ids_is_only_where_it_lies() -> None:
    """A report on a long way that was split stops the part it lies on."""
    item = _item(Point(at(80, 0)), Sort.OBSTACLE, osm_way_id=1, osm_node_ids=(1, 2, 3))
    parts = [
        _edge(1, (0, 0), (50, 0), nodes=(1, 2)),
        _edge(2, (50, 0), (100, 0), nodes=(2, 3)),
    ]
    assert match(item, parts).edge_ids == (2,)


def test_dead_lift_stops_what_needs_it() -> None:
    """A lift way, or the edges that end at a lift's node; never the stairs beside it."""
    stairs = _edge(1, (0, 0), (10, 0), kind=EdgeKind.STEPS)
    lift = _edge(2, (2, 1), (2, 3), kind=EdgeKind.LIFT, lift=True, way=44)
    spur = _edge(3, (0, 5), (5, 5), lift=True, nodes=(71, 72))
    broken = _item(Point(at(3, 2)), Sort.LIFT)
    assert match(broken, [stairs, lift, spur]).edge_ids == (2,)
    assert match(broken, [stairs, spur]).edge_ids == (3,)
    assert not match(broken, [stairs]).found
    named = _item(Point(at(30, 2)), Sort.LIFT, osm_node_ids=(72,))
    assert match(named, [lift, spur]).edge_ids == (3,)
