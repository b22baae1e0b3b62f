"""Nameless footways are called as the road they run along."""

import pytest

from geo.routing.encoding import Flag
from geo.routing.graph import Graph
from tests.support.street_plans import StreetPlan

ABAY = {"kk": "Абай даңғылы", "ru": "проспект Абая"}


def _street() -> tuple[StreetPlan, int, int]:
    plan = StreetPlan()
    west, east = plan.node(0, 0), plan.node(2, 0)
    plan.road(west, east, "residential", name=ABAY)
    return plan, west, east


def _names(graph: Graph, source_id: int) -> list[tuple[dict[str, str], bool]]:
    found = []
    for edge in graph.find_edges(source_id):
        record = graph.arrays.edges[edge]
        flags = int(graph.arrays.arcs[int(record["arc_forward"])]["flags"])
        found.append((graph.get_name(int(record["name"])), bool(flags & Flag.NAME_INFERRED)))
    return found


def test_a_pavement_beside_a_road_takes_its_name() -> None:
    """Twelve metres away and parallel: the road's name, marked as inferred."""
    plan, _, _ = _street()
    way = plan.edge(plan.node(0.2, 0.12), plan.node(1.8, 0.13), kind="sidewalk")
    assert _names(plan.graph(), way) == [(ABAY, True)]


@pytest.mark.parametrize(
    ("first", "last", "values"),
    [
        ((0.2, 0.4), (1.8, 0.4), {}),
        ((1, 0.02), (1, 0.12), {}),
        ((0.2, 0.1), (1.8, 0.1), {"bridge": True}),
        ((0.2, 0.1), (0.25, 0.1), {}),
    ],
)
def test_other_ways_stay_nameless(
    first: tuple[float, float], last: tuple[float, float], values: dict[str, bool]
) -> None:
    """Too far, across, on a bridge above, or too short to have a direction."""
    plan, _, _ = _street()
    way = plan.edge(plan.node(*first), plan.node(*last), kind="footway", **values)
    assert _names(plan.graph(), way) == [({}, False)]


def test_a_name_of_its_own_stays() -> None:
    """What the map names is called so."""
    plan, _, _ = _street()
    own = {"ru": "аллея"}
    way = plan.edge(plan.node(0.2, 0.1), plan.node(1.8, 0.1), kind="footway", name=own)
    assert _names(plan.graph(), way) == [(own, False)]
