"""From many places to many: time, distance and cost of the best way for every pair.

One search per origin finds all targets at once. What it does not find is asked again as a plan
of its own, which looks farther around both ends; so a cell is empty only where a plan says that
there is no way, and every filled cell holds what that plan would answer.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from geo.routing.answer import Rings, Target
from geo.routing.avoid import avoid_area
from geo.routing.bounds import check_cells
from geo.routing.costs import make_rules
from geo.routing.needs import Needs
from geo.routing.overlay import Overlay
from geo.routing.pairs import ask_plan, find_pairs, look_at
from geo.routing.planner import Planner


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRequest:
    """Ways wanted between all pairs; each end is some equal places, any of which will do."""

    origins: Sequence[Sequence[Target]]
    targets: Sequence[Sequence[Target]]
    needs: Needs
    avoid: Sequence[Rings] = ()
    deadline_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A row per origin, a column per target; `None` where there is no way."""

    duration_s: list[list[float | None]] = field(default_factory=list)
    distance_m: list[list[float | None]] = field(default_factory=list)
    cost_s: list[list[float | None]] = field(default_factory=list)
    origin_choice: list[list[int | None]] = field(default_factory=list)
    target_choice: list[list[int | None]] = field(default_factory=list)
    graph_key: str
    overlay_version: int


def make_matrix(planner: Planner, overlay: Overlay, request: MatrixRequest) -> Matrix:
    """Return the best way for every pair.

    Raises `BadTargetsError`, `TooManyCellsError`, `BadAreaError`, `OutsideNetworkError`,
    `TooFarError` and `SearchTooLongError`.
    """
    until = time.perf_counter() + request.deadline_s
    check_cells(request.origins, request.targets)
    planner, overlay = avoid_area(planner, overlay, request.avoid)
    rules = make_rules(request.needs)
    ends = look_at(planner, overlay, rules, request.targets, ahead=False)
    matrix = Matrix(graph_key=planner.graph.key, overlay_version=overlay.version)
    for origin in request.origins:
        row = find_pairs(planner, overlay, rules, origin, ends, until=until)
        filled = [
            pair or ask_plan(planner, overlay, request.needs, origin, target, until)
            for pair, target in zip(row, request.targets, strict=True)
        ]
        matrix.duration_s.append([round(p.duration_s, 3) if p else None for p in filled])
        matrix.distance_m.append([round(p.metres, 3) if p else None for p in filled])
        matrix.cost_s.append([p.cost_s if p else None for p in filled])
        matrix.origin_choice.append([p.origin_index if p else None for p in filled])
        matrix.target_choice.append([p.target_index if p else None for p in filled])
    return matrix
