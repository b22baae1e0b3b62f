"""Lines of pavements beside bigger roads: beside their own road, across no other.

A pavement runs at its distance from the centreline. Where another road, the other half of the
same road or a slip road is nearer, it keeps to its own half of the gap. What still cuts a road
is drawn closer and closer; the caller names what remains as a crossing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.routing.plane import Shape, offset, scale_at
from geo.routing.walls import Walls

OWN_HALF = 0.45
"""Share of the gap to the next road that a pavement may use: less than half, so that the
pavements of both stay apart."""
_DENSE_M = 4.0
_TRIM_M = 0.5
_SHOULDER = 0.3
"""Longest share of a stretch on which a pavement parts from the end of its road."""
_Drawer = Callable[["Plan"], Shape]


@dataclass(slots=True)
class Plan:
    """A pavement to draw: along which line, how far to its left, between which corners."""

    line: Shape
    away_m: float
    """To the left; negative to the right."""
    first: tuple[float, float]
    last: tuple[float, float]
    level: int
    shape: Shape = field(default_factory=lambda: np.zeros((0, 2)))


def keep_off(walls: Walls, starts: Shape, ends: Shape, levels: NDArray[np.int64]) -> Shape:
    """Return ends drawn back so that each keeps to its own half before the next wall."""
    free = walls.measure_free(starts, starts + (ends - starts) / OWN_HALF, levels)
    return np.asarray(starts + (ends - starts) * free[:, None])


def draw(plans: list[Plan], walls: Walls) -> None:
    """Fill in the shape of every plan."""
    for plan in plans:
        plan.line = _add_shoulders(plan)
    aside = [offset(plan.line, plan.away_m) for plan in plans]
    counts = [len(plan.line) - 2 for plan in plans]
    levels = np.repeat(np.array([plan.level for plan in plans], np.int64), counts)
    inner = [plan.line[1:-1] for plan in plans]
    none = [np.zeros((0, 2))]
    beside = np.vstack([a[1:-1] for a in aside] or none)
    moved = keep_off(walls, np.vstack(inner or none), beside, levels)
    place = 0
    for plan, count in zip(plans, counts, strict=True):
        plan.shape = _trim(plan, plan.line[1:-1], moved[place : place + count])
        place += count
    left = _cutting(plans, walls)
    for drawer in (_untrimmed, _dense, _close, _closest):
        for plan in left:
            before = plan.shape
            plan.shape = drawer(plan, walls)
            if len(walls.find_cuts([plan.shape], [plan.level]).get(0, ())) >= len(
                walls.find_cuts([before], [plan.level]).get(0, ())
            ):
                plan.shape = before
        left = _cutting(left, walls)


def _add_shoulders(plan: Plan) -> Shape:
    """Return the line with a point near each end where the pavement begins on the line itself.

    There a bigger road becomes a quiet one; its pavements part from it within a few metres.
    """
    line, scale = plan.line, scale_at(float(plan.line[0, 1]))
    for corner, at_end in ((plan.first, False), (plan.last, True)):
        end, beside = (line[-1], line[-2]) if at_end else (line[0], line[1])
        step = (beside - end) * scale
        length = float(np.hypot(*step))
        if float(np.hypot(*((end - corner) * scale))) > _TRIM_M or length < 2 * _TRIM_M:
            continue
        share = min(abs(plan.away_m) / length, _SHOULDER)
        line = np.insert(line, len(line) - 1 if at_end else 1, end + (beside - end) * share, axis=0)
    return line


def _cutting(plans: Iterable[Plan], walls: Walls) -> list[Plan]:
    listed = list(plans)
    cuts = walls.find_cuts([plan.shape for plan in listed], [plan.level for plan in listed])
    return [listed[number] for number in cuts]


def _trim(plan: Plan, inner: Shape, moved: Shape) -> Shape:
    """Return corner, points beside the line, corner; without points that lie behind a corner."""
    ends = np.array([plan.first, plan.last])
    if len(inner):
        scale = scale_at(float(plan.line[0, 1]))
        flat = plan.line * scale
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(flat, axis=0).T))])
        first, last = (_measure_along(flat, along, end * scale) for end in ends)
        kept = (along[1:-1] > first + _TRIM_M) & (along[1:-1] < last - _TRIM_M)
        moved = moved[kept]
    return np.vstack([ends[:1], moved, ends[1:]])


def _measure_along(flat: Shape, along: Shape, spot: Shape) -> float:
    """Return how far along a line lies its place nearest to a spot, metres."""
    steps = np.diff(flat, axis=0)
    squared = np.maximum((steps**2).sum(axis=1), 1e-9)
    share = np.clip(((spot - flat[:-1]) * steps).sum(axis=1) / squared, 0.0, 1.0)
    away = ((flat[:-1] + steps * share[:, None] - spot) ** 2).sum(axis=1)
    pick = int(np.argmin(away))
    return float(along[pick] + share[pick] * np.sqrt(squared[pick]))


def _untrimmed(plan: Plan, walls: Walls) -> Shape:
    levels = np.full(len(plan.line) - 2, plan.level)
    aside = offset(plan.line, plan.away_m)
    moved = keep_off(walls, plan.line[1:-1], aside[1:-1], levels)
    return np.vstack([plan.first, moved, plan.last])


def _dense(plan: Plan, walls: Walls, share: float = 1.0) -> Shape:
    """Return the line with a point every few metres, each drawn back on its own."""
    line = _add_points(plan.line)
    levels = np.full(len(line) - 2, plan.level)
    aside = offset(line, plan.away_m * share)
    moved = keep_off(walls, line[1:-1], aside[1:-1], levels)
    dense = Plan(line, plan.away_m, plan.first, plan.last, plan.level)
    return _trim(dense, line[1:-1], moved)


def _close(plan: Plan, walls: Walls) -> Shape:
    return _dense(plan, walls, 0.3)


def _closest(plan: Plan, walls: Walls) -> Shape:
    """Return a line that keeps to the centreline but for its ends, never behind a corner."""
    line = _add_points(plan.line)
    levels = np.full(len(line) - 2, plan.level)
    aside = offset(line, plan.away_m * 0.05)
    moved = keep_off(walls, line[1:-1], aside[1:-1], levels)
    return np.vstack([plan.first, moved, plan.last])


def _add_points(line: Shape) -> Shape:
    scale = scale_at(float(line[0, 1]))
    lengths = np.hypot(*(np.diff(line, axis=0) * scale).T)
    dense = [line[:1]]
    for start, end, length in zip(line[:-1], line[1:], lengths.tolist(), strict=True):
        count = int(length / _DENSE_M) + 1
        shares = np.arange(1, count + 1)[:, None] / count
        dense.append(start + (end - start) * shares)
    return np.vstack(dense)
