"""Which sides of a big road are not its outside: medians and the gores of slip roads.

The map draws a dual carriageway as two lines side by side; nobody walks between them. The
same holds between a road and its slip road. A side counts so when the other half of the same
road runs beside it in the opposite direction, or a slip road in either.
"""

import math

import numpy as np
from shapely import STRtree, linestrings, points

from geo.routing.attributes import classify_road
from geo.routing.encoding import BIG_ROAD, Side
from geo.routing.plane import Shape, scale_at
from geo.routing.rows import EdgeRow

_REACH_M = 35.0
"""Widest median looked across, kerb to kerb line (proposed; Almaty's widest are about 30 m)."""
_SLIP_M = 25.0
"""Farther than this from its road, a slip road has a verge that people walk on (proposed)."""
_PARALLEL = math.cos(math.radians(25))


def find_median_sides(edges: list[EdgeRow]) -> dict[int, set[Side]]:
    """Return the sides on which nobody walks by edge id, for big roads that have such."""
    roads = [r for r in edges if r.kind == "road" and classify_road(r.highway) >= BIG_ROAD]
    if not roads:
        return {}
    kx, ky = scale_at(float(np.mean([row.shape[0, 1] for row in roads])))
    lines = [row.shape * (kx, ky) for row in roads]
    tree = STRtree(np.array([linestrings(line) for line in lines], dtype=object))
    middles = [_find_middle(line) for line in lines]
    spots = points(np.array([middle[0] for middle in middles]))
    mine, other = tree.query(spots, predicate="dwithin", distance=_REACH_M)
    found: dict[int, set[Side]] = {}
    for road, beside in zip(mine.tolist(), other.tolist(), strict=True):
        if road == beside:
            continue
        slip = _is_link(roads[road]) != _is_link(roads[beside])
        if slip or _same_road(roads[road], roads[beside]):
            side = _find_side(middles[road], lines[beside], slip=slip)
            if side is not None:
                found.setdefault(roads[road].id, set()).add(side)
    return found


def _is_link(row: EdgeRow) -> bool:
    return row.highway.endswith("_link")


def _same_road(one: EdgeRow, other: EdgeRow) -> bool:
    if {one.from_node_id, one.to_node_id} & {other.from_node_id, other.to_node_id}:
        return False
    return one.highway == other.highway and one.name == other.name


def _find_middle(line: Shape) -> tuple[Shape, Shape]:
    """Return the middle of the line and the unit direction there."""
    steps = np.diff(line, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    along = np.cumsum(lengths)
    pick = int(np.searchsorted(along, along[-1] / 2))
    pick = min(pick, len(steps) - 1)
    before = along[pick] - lengths[pick]
    share = (along[-1] / 2 - before) / max(float(lengths[pick]), 1e-9)
    return line[pick] + steps[pick] * share, steps[pick] / max(float(lengths[pick]), 1e-9)


def _find_side(middle: tuple[Shape, Shape], beside: Shape, *, slip: bool) -> Side | None:
    """Return the side on which a line runs the other way, `None` when it does not.

    A slip road may run either way, but close by.
    """
    spot, direction = middle
    starts, steps = beside[:-1], np.diff(beside, axis=0)
    squared = np.maximum((steps**2).sum(axis=1), 1e-9)
    share = np.clip(((spot - starts) * steps).sum(axis=1) / squared, 0.0, 1.0)
    feet = starts + steps * share[:, None]
    away = feet - spot
    nearest = int(np.argmin((away**2).sum(axis=1)))
    heading = steps[nearest] / math.sqrt(float(squared[nearest]))
    alike = float(heading @ direction)
    if (abs(alike) if slip else -alike) < _PARALLEL:
        return None
    across = direction[0] * away[nearest][1] - direction[1] * away[nearest][0]
    distance = math.hypot(float(away[nearest][0]), float(away[nearest][1]))
    # Beside means across, not ahead: the foot lies about at a right angle.
    if distance < 1.0 or abs(across) < 0.8 * distance or (slip and distance > _SLIP_M):
        return None
    return Side.LEFT if across > 0 else Side.RIGHT
