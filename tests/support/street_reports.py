"""What people measured, reported and found in planted cities, laid over their streets."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from geo.routing.graph import Graph
from geo.routing.overlay import Obstacle, Overlay, Override, apply, empty_overlay
from geo.routing.rows import NodeRow
from tests.support.street_plans import StreetPlan

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KINDS = (
    "lift_out_of_order", "ice", "snow", "dug_up", "construction", "flooded", "blocked",
    "parked_vehicles", "broken_surface", "other",
)  # fmt: skip
_STATES = ("reported", "confirmed", "expired")
_MEASURES: dict[str, tuple[Any, ...]] = {
    "width_mm": (600, 900, 1000, 1800),
    "incline_permille": (-120, -45, 0, 35, 85, 140),
    "cross_slope_permille": (5, 25, 70),
    "kerb_height_mm": (0, 20, 50, 160),
    "surface": ("asphalt", "sett", "gravel", "sand"),
    "smoothness": ("excellent", "intermediate", "very_bad"),
    "obstacle_width_mm": (650, 850, 1400),
    "access": ("private", "key", "permit", "yes"),
    "wheelchair": ("yes", "no", "limited"),
    "locked": (True, False),
    "signal_sound": (True, False),
    "step_count": (0, 2, 9),
}


def reported(plan: StreetPlan, edge: int, kind: str, state: str = "reported") -> Obstacle:
    """Return a report on the middle of one edge."""
    spot = plan.edges[edge - 1].shape.mean(axis=0, keepdims=True)
    return Obstacle(f"report {edge} {kind}", kind, state, (edge,), spot)


def measured(plan: StreetPlan, edge: int, **values: Any) -> Override:  # noqa: ANN401 - columns
    """Return an audit along one edge."""
    return Override(f"audit {edge}", "edge", values, (edge,), None, plan.edges[edge - 1].shape)


def lay_over(graph: Graph, *rows: Override | Obstacle) -> Overlay:
    """Return an overlay of some rows in force."""
    return apply(
        empty_overlay(graph),
        overrides={row.id: row for row in rows if isinstance(row, Override)},
        obstacles={row.id: row for row in rows if isinstance(row, Obstacle)},
    )


def random_overlay(
    dice: random.Random, plan: StreetPlan, graph: Graph, *, share: float = 1.0, links: int = 4
) -> Overlay:
    """Return a city after some seasons: measures, kerbs, reports of every kind, new links.

    `share` thins out measures and reports; there are up to `links` new ways.
    """
    rows: list[Override | Obstacle] = []
    for edge in plan.edges:
        if dice.random() < 0.15 * share:
            rows.append(_measure(dice, edge.id, edge.shape))
        if dice.random() < 0.08 * share:
            spot = edge.shape.mean(axis=0, keepdims=True)
            kind, state = dice.choice(KINDS), dice.choice(_STATES)
            rows.append(Obstacle(f"report {edge.id}", kind, state, (edge.id,), spot))
    rows += [_mark(dice, node) for node in plan.nodes.values() if dice.random() < 0.1 * share]
    rows += [_join(dice, plan, number) for number in range(dice.randint(0, links))]
    return lay_over(graph, *rows)


def _mark(dice: random.Random, node: NodeRow) -> Override:
    """Return what stands on a node: a kerb, often with more."""
    values: dict[str, Any] = {"kerb": dice.choice(("raised", "lowered", "flush"))}
    if dice.random() < 0.3:
        values["kerb_height_mm"] = dice.choice((5, 60, 140))
    if dice.random() < 0.3:
        values |= {"obstacle": "bollard", "obstacle_width_mm": dice.choice((700, 1100))}
    if dice.random() < 0.2:
        values["locked"] = True
    spot = np.array([[node.lon, node.lat]])
    return Override(f"corner {node.id}", "node", values, (), node.id, spot)


def _measure(dice: random.Random, edge: int, shape: np.ndarray[Any, Any]) -> Override:
    chosen = dice.sample(sorted(_MEASURES), dice.randint(1, 4))
    values = {name: dice.choice(_MEASURES[name]) for name in chosen}
    # Measured along the edge, against it, or at a point, which says nothing of the direction.
    line = dice.choice((shape, shape[::-1], shape.mean(axis=0, keepdims=True)))
    when = NOON + timedelta(hours=dice.randint(0, 99))
    return Override(f"audit {edge}", "edge", values, (edge,), None, line, when)


def _join(dice: random.Random, plan: StreetPlan, number: int) -> Override:
    """Return a new way between two edges, often between their ends."""
    one, other = dice.sample(plan.edges, 2)
    ends = [each.shape[0] + (each.shape[-1] - each.shape[0]) * dice.choice((0.0, 0.3, 0.7, 1.0))
            for each in (one, other)]  # fmt: skip
    values: dict[str, Any] = {"surface": "asphalt"}
    if dice.random() < 0.5:
        values |= {"width_mm": dice.choice((700, 1500)), "incline_permille": dice.choice((20, 90))}
    return Override(f"link {number}", "link", values, (one.id, other.id), None, np.array(ends))
