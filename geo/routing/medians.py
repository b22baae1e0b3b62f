"""Which side of a big road is the median of a dual carriageway.

The map draws such a road as two lines side by side; nobody walks between them. A side counts
as median when the other half of the same road runs beside it in the opposite direction.
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
_PARALLEL = math.cos(math.radians(25))


def find_median_sides(edges: list[EdgeRow]) -> dict[int, Side]:
    """Return the median side by edge id, for big roads that have one."""
    roads = [r for r in edges if r.kind == "road" and classify_road(r.highway) >= BIG_ROAD]
    if not roads:
        return {}
    kx, ky = scale_at(float(np.mean([row.shape[0, 1] for row in roads])))
    lines = [row.shape * (kx, ky) for row in roads]
    tree = STRtree(np.array([linestrings(line) for line in lines], dtype=object))
    middles = [_find_middle(line) for line in lines]
    spots = points(np.array([middle[0] for middle in middles]))
    mine, other = tree.query(spots, predicate="dwithin", distance=_REACH_M)
    found: dict[int, Side] = {}
    for road, beside in zip(mine.tolist(), other.tolist(), strict=True):
        if road != beside and _same_road(roads[road], roads[beside]):
            side = _find_side(middles[road], lines[beside])
            if side is not None:
                found[roads[road].id] = side
    return found


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


def _find_side(middle: tuple[Shape, Shape], beside: Shape) -> Side | None:
    """Return the side on which a line runs the other way, `None` when it does not."""
    spot, direction = middle
    starts, steps = beside[:-1], np.diff(beside, axis=0)
    squared = np.maximum((steps**2).sum(axis=1), 1e-9)
    share = np.clip(((spot - starts) * steps).sum(axis=1) / squared, 0.0, 1.0)
    feet = starts + steps * share[:, None]
    away = feet - spot
    nearest = int(np.argmin((away**2).sum(axis=1)))
    heading = steps[nearest] / math.sqrt(float(squared[nearest]))
    if float(heading @ direction) > -_PARALLEL:
        return None
    across = direction[0] * away[nearest][1] - direction[1] * away[nearest][0]
    distance = math.hypot(float(away[nearest][0]), float(away[nearest][1]))
    # Beside means across, not ahead: the foot lies about at a right angle.
    if distance < 1.0 or abs(across) < 0.8 * distance:
        return None
    return Side.LEFT if across > 0 else Side.RIGHT
