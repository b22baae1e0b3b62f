"""Planted cities for routing tests: grids and random networks as rows, and their graphs."""

import random
from collections.abc import Iterable
from typing import Any

import numpy as np

from geo.routing.answer import RouteRequest, Target
from geo.routing.graph import Graph, number
from geo.routing.needs import Needs
from geo.routing.overlay import Overlay, empty_overlay
from geo.routing.planner import Planner
from geo.routing.rows import EdgeRow, NodeRow
from geo.routing.service import Pinned
from geo.routing.snapping import make_snapper
from geo.routing.streets import StreetBuilder
from tests.support.machine import PATIENCE_S

WEST, SOUTH = 76.90, 43.20
STEP_LON, STEP_LAT = 0.00125, 0.0009
"""About 100 m each in Almaty."""


class StreetPlan:
    """Rows of a network, put in one by one."""

    def __init__(self) -> None:
        self.nodes: dict[int, NodeRow] = {}
        self.edges: list[EdgeRow] = []

    def node(self, x: float, y: float, **values: Any) -> int:  # noqa: ANN401 - columns of the row
        """Add a node `x` steps east and `y` steps north of the corner; return its id."""
        key = len(self.nodes) + 1
        self.nodes[key] = NodeRow(key, WEST + x * STEP_LON, SOUTH + y * STEP_LAT, **values)
        return key

    def edge(self, first: int, last: int, **values: Any) -> int:  # noqa: ANN401 - columns of the row
        """Add a straight edge between two nodes; return its id."""
        key = len(self.edges) + 1
        ends = [(self.nodes[n].lon, self.nodes[n].lat) for n in (first, last)]
        values.setdefault("osm_way_id", 1000 + key)
        shape = np.array(values.pop("shape", ends), np.float64)
        self.edges.append(EdgeRow(key, first, last, shape, **values))
        return key

    def road(self, first: int, last: int, highway: str, **values: Any) -> int:  # noqa: ANN401 - columns of the row
        """Add a road of a class."""
        return self.edge(first, last, kind="road", highway=highway, **values)

    def graph(self, key: str = "plan") -> Graph:
        """Return the graph of these rows."""
        return number(StreetBuilder(self.nodes, self.edges).build(), key)

    def pin(self) -> Pinned:
        """Return a planner on these rows with nothing laid over them."""
        return pin(empty_overlay(self.graph()))

    def target(self, node: int, **values: Any) -> Target:  # noqa: ANN401 - fields of the target
        """Return a target at a node."""
        return Target(lon=self.nodes[node].lon, lat=self.nodes[node].lat, **values)


def pin(overlay: Overlay) -> Pinned:
    """Return a planner for an overlay."""
    return Pinned(Planner(overlay.graph, make_snapper(overlay.graph)), overlay)


def ask(needs: Needs, origin: Target, *targets: Target, **values: Any) -> RouteRequest:  # noqa: ANN401 - fields of the request
    """Return a request from one place to some others, which waits for kernels to be compiled."""
    values.setdefault("deadline_s", PATIENCE_S)
    return RouteRequest(origins=[origin], targets=list(targets), needs=needs, **values)


def footway_chain(*stretches: dict[str, Any]) -> tuple[StreetPlan, list[int]]:
    """Return a straight footway of 100 m stretches, and its nodes from west to east."""
    plan = StreetPlan()
    nodes = [plan.node(x, 0) for x in range(len(stretches) + 1)]
    for number_, stretch in enumerate(stretches):
        plan.edge(nodes[number_], nodes[number_ + 1], **stretch)
    return plan, nodes


def detour(
    middle: dict[str, Any], around: dict[str, Any] | None = None
) -> tuple[StreetPlan, list[int]]:
    """Return three ways between two places: straight through `middle`, or three times as far."""
    plan = StreetPlan()
    a, b, c, d = plan.node(0, 0), plan.node(1, 0), plan.node(2, 0), plan.node(3, 0)
    e, f = plan.node(1, 2), plan.node(2, 2)
    plan.edge(a, b)
    plan.edge(b, c, **middle)
    plan.edge(c, d)
    for first, last in ((b, e), (e, f), (f, c)):
        plan.edge(first, last, **(around or {}))
    return plan, [a, b, c, d, e, f]


_SURFACES = (None, "asphalt", "sett", "compacted", "gravel", "sand")
_SMOOTH = (None, None, "excellent", "good", "intermediate", "bad", "very_bad")


def random_city(dice: random.Random, size: int = 7) -> StreetPlan:
    """Return a grid with every sort of way and trap in it, some of it unknown."""
    plan = StreetPlan()
    kerbs = (None, None, "lowered", "flush", "raised")
    nodes = {
        (x, y): plan.node(
            x + dice.uniform(-0.2, 0.2),
            y + dice.uniform(-0.2, 0.2),
            kerb=dice.choice(kerbs) if dice.random() < 0.2 else None,
            crossing=dice.choice((None, None, None, "traffic_signals", "marked", "no")),
            lift=dice.random() < 0.03,
            obstacle_width_mm=dice.choice((600, 850, 1200)) if dice.random() < 0.05 else None,
            obstacle="bollard",
        )
        for x in range(size)
        for y in range(size)
    }
    for (x, y), here in nodes.items():
        for dx, dy in ((1, 0), (0, 1)):
            there = nodes.get((x + dx, y + dy))
            if there is not None and dice.random() < 0.92:
                _random_edge(dice, plan, here, there, line=y if dx else x)
        diagonal = nodes.get((x + 1, y + 1))
        if diagonal is not None and dice.random() < 0.15:
            _random_edge(dice, plan, here, diagonal, line=1)
    return plan


def _random_edge(
    dice: random.Random, plan: StreetPlan, here: int, there: int, *, line: int
) -> None:
    values: dict[str, Any] = {
        "surface": dice.choice(_SURFACES),
        "smoothness": dice.choice(_SMOOTH),
        "width_mm": dice.choice((None, None, 700, 950, 1300, 2500)),
        "incline_permille": dice.choice((None, None, 0, 30, -55, 70, -90, 130)),
        "dem_incline_permille": dice.choice((None, 20, -80, 150)),
        "cross_slope_permille": dice.choice((None, None, None, 10, 30, 60)),
        "kerb_height_mm": dice.choice((None, None, None, None, 10, 40, 120)),
        "wheelchair": dice.choice((None, None, None, None, "no", "limited", "yes")),
    }
    kind = dice.choices(
        ("road", "footway", "steps", "path", "lift", "escalator", "crossing"),
        (6, 6, 1, 2, 0.3, 0.2, 1),
    )[0]
    if kind == "road":
        highway = ("residential", "service", "tertiary", "primary")[line % 4]
        sides = (None, None, "yes", "no", "separate")
        plan.road(
            here,
            there,
            highway,
            name={"ru": f"улица {line}"},
            sidewalk_left=dice.choice(sides),
            sidewalk_right=dice.choice(sides),
            **values,
        )
        return
    if kind == "steps":
        values |= {
            "step_count": dice.choice((None, 1, 3, 12, 40)),
            "ramp": dice.choice((None, None, "wheelchair", "stroller")),
        }
    if dice.random() < 0.05:
        values["walk_backward"] = False
    plan.edge(here, there, kind=kind, highway=kind, **values)


def walk_places(
    plan: StreetPlan, dice: random.Random, count: int
) -> Iterable[tuple[Target, Target]]:
    """Give pairs of places near two nodes of a plan."""
    ids = list(plan.nodes)
    for _ in range(count):
        one, other = dice.sample(ids, 2)
        yield _near(plan, dice, one), _near(plan, dice, other)


def _near(plan: StreetPlan, dice: random.Random, node: int) -> Target:
    row = plan.nodes[node]
    return Target(
        lon=row.lon + dice.uniform(-1, 1) * 0.0003, lat=row.lat + dice.uniform(-1, 1) * 0.0002
    )
