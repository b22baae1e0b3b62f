"""Names for ways that have none: a pavement drawn as a way of its own is called as its road.

The map names the road and leaves the path beside it nameless, although everybody calls both
the same. A nameless footway takes the name of the nearest named road that runs along it; the
record says that the name is inferred. Crossings and stairs keep their own.
"""

import math
from collections.abc import Sequence

import numpy as np
from shapely import STRtree, linestrings, points

from geo.routing.encoding import Flag, Kind
from geo.routing.plane import Shape, scale_at
from geo.routing.rows import EdgeRow
from geo.routing.sketch import Piece
from geo.routing.walls import level_of

_BESIDE_M = 15.0
"""Farther from the centreline, a path belongs to a park or a yard (proposed)."""
_SHORTEST_M = 8.0
"""A shorter piece has no direction of its own."""
_PARALLEL = math.cos(math.radians(25))
_NAMED = (int(Kind.FOOTWAY), int(Kind.SIDEWALK), int(Kind.PATH))


def name_by_roads(pieces: Sequence[Piece], edges: Sequence[EdgeRow]) -> int:
    """Give nameless footways the name of the road beside them; return how many got one."""
    roads = [row for row in edges if row.kind == "road" and row.name]
    ways = [piece for piece in pieces if _wants_name(piece)]
    if not roads or not ways:
        return 0
    scale = np.array(scale_at(float(np.mean([row.shape[0, 1] for row in roads]))))
    starts = np.vstack([row.shape[:-1] for row in roads]) * scale
    ends = np.vstack([row.shape[1:] for row in roads]) * scale
    owners = np.repeat(np.arange(len(roads)), [len(row.shape) - 1 for row in roads])
    lines = np.asarray(linestrings(np.stack([starts, ends], axis=1)), dtype=object)
    middles = np.array([_find_middle(piece.shape * scale) for piece in ways])
    spots = np.asarray(points(middles[:, :2]), dtype=object)
    way, line = STRtree(lines).query(spots, "dwithin", _BESIDE_M)
    along = ends[line] - starts[line]
    sizes = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    alike = np.abs((along * middles[way, 2:]).sum(axis=1)) / sizes
    squared = sizes**2
    share = np.clip(((middles[way, :2] - starts[line]) * along).sum(axis=1) / squared, 0.0, 1.0)
    apart = starts[line] + along * share[:, None] - middles[way, :2]
    away = np.hypot(apart[:, 0], apart[:, 1])
    named: set[int] = set()
    for number in np.argsort(away, kind="stable").tolist():
        piece, road = ways[int(way[number])], roads[int(owners[line[number]])]
        beside = alike[number] >= _PARALLEL and level_of(road) == piece.level
        if beside and int(way[number]) not in named:
            named.add(int(way[number]))
            piece.road = road
            piece.record["flags"] |= int(Flag.NAME_INFERRED)
    return len(named)


def _wants_name(piece: Piece) -> bool:
    bare = piece.source is not None and not piece.source.name and piece.road is None
    long = float(piece.record["length_m"]) >= _SHORTEST_M
    return bare and long and int(piece.record["kind"]) in _NAMED


def _find_middle(line: Shape) -> tuple[float, float, float, float]:
    """Return the place halfway along a line and the direction of the whole."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    reached = np.concatenate([[0.0], np.cumsum(steps)])
    half = reached[-1] / 2
    x, y = (float(np.interp(half, reached, line[:, axis])) for axis in (0, 1))
    dx, dy = line[-1] - line[0]
    size = max(float(np.hypot(dx, dy)), 1e-9)
    return x, y, float(dx) / size, float(dy) / size
