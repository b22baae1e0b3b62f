"""Areas that somebody wants to stay out of, for one request.

An edge is avoided when any part of it touches the area: lies inside, crosses its outline or
touches it. Polygons may cross themselves; what a ring goes around at all is inside it (non-zero
winding), so there is nothing to repair and a wild polygon costs no more than a tame one. The
result is an overlay of its own; base and overlay in force are not touched.
"""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import DomainError, ErrorKind
from geo.routing.answer import Place, Rings
from geo.routing.costs import Rules
from geo.routing.encoding import ARC, Flag
from geo.routing.graph import DEGREES_E7
from geo.routing.kernels import inline, kernel, maker
from geo.routing.overlay import Overlay
from geo.routing.plane import METRES_PER_DEGREE
from geo.routing.planner import Planner
from geo.routing.snapping import Hit, Snapper
from geo.routing.view import View, index_patches

MOST_POLYGONS = 50
MOST_VERTICES = 2_000
"""Of all polygons together: each stretch of street is compared with each of their lines."""
MOST_SPAN_KM = 60.0
_LEAST_RING = 3


class BadAreaError(DomainError):
    """An area to avoid is no polygon on earth, or too detailed, or too wide."""

    code = "bad-avoid-area"
    title = "The area to avoid is not a polygon that can be used"
    kind = ErrorKind.INVALID


class Area(NamedTuple):
    """Polygons as the lines of their rings, for kernels; in stored units (1e-7 degrees)."""

    lines: NDArray[np.float64]
    """(n, 4): x and y of both ends."""
    ring_start: NDArray[np.int64]
    polygon_start: NDArray[np.int64]
    """Rings of polygon p are polygon_start[p] … polygon_start[p + 1]; the first is outside."""
    west: float
    south: float
    east: float
    north: float


def make_area(polygons: Sequence[Rings]) -> Area:
    """Return polygons (longitude, latitude; outline first, then holes) as an area.

    Raises `BadAreaError` for rings of fewer than three different places, numbers that are no
    degrees on earth, more than 50 polygons or 2,000 vertices, or more than 60 km across.
    """
    if len(polygons) > MOST_POLYGONS:
        raise BadAreaError(polygons=len(polygons), limit=MOST_POLYGONS)
    total = sum(len(ring) for rings in polygons for ring in rings)
    if total > MOST_VERTICES:
        raise BadAreaError(vertices=total, limit=MOST_VERTICES)
    lines, ring_start, polygon_start = [], [0], [0]
    for rings in polygons:
        if not rings:
            raise BadAreaError(reason="a polygon without a ring")
        for ring in rings:
            closed = _close(ring)
            lines.append(np.hstack([closed[:-1], closed[1:]]))
            ring_start.append(ring_start[-1] + len(lines[-1]))
        polygon_start.append(polygon_start[-1] + len(rings))
    every = np.vstack(lines) if lines else np.zeros((0, 4))
    west, south = (every[:, :2].min(axis=0) if len(every) else np.zeros(2)).tolist()
    east, north = (every[:, :2].max(axis=0) if len(every) else np.zeros(2)).tolist()
    _check_span(west, south, east, north)
    starts = np.array(ring_start, np.int64), np.array(polygon_start, np.int64)
    return Area(np.ascontiguousarray(every), *starts, west, south, east, north)


def avoid_area(
    planner: Planner, overlay: Overlay, polygons: Sequence[Rings]
) -> tuple[Planner, Overlay]:
    """Return a planner and an overlay that stay out of some areas; the same without any.

    Nobody steps onto a street across the area either: candidates behind it are left out, and
    from inside there is no way at all. Raises `BadAreaError`.
    """
    if not polygons:
        return planner, overlay
    area = make_area(polygons)
    avoiding = copy.copy(planner)
    avoiding.snapper = _AvoidingSnapper(
        graph=planner.snapper.graph,
        grid=planner.snapper.grid,
        ground=planner.snapper.ground,
        area=area,
    )
    return avoiding, _lay_area(overlay, area)


def find_touched(overlay: Overlay, area: Area) -> NDArray[np.int64]:
    """Return the edges of the base that touch an area."""
    edges, shapes = overlay.graph.arrays.edges, overlay.graph.arrays.shapes
    touched = _find_touched(
        area,
        np.ascontiguousarray(edges["shape_start"]),
        np.ascontiguousarray(edges["shape_count"]),
        np.asarray(shapes),
    )
    return np.flatnonzero(touched)


@dataclass(frozen=True)
class _AvoidingSnapper(Snapper):
    """Finds edges near a point, but none across an area."""

    area: Area

    def find_hits(
        self, view: View, rules: Rules, lon: float, lat: float, *, wide: bool = False
    ) -> list[Hit]:
        hits = super().find_hits(view, rules, lon, lat, wide=wide)
        return [hit for hit in hits if not self._cuts((lon, lat), (hit.lon, hit.lat))]

    def _cuts(self, one: Place, other: Place) -> bool:
        line = np.array([one, other]) / DEGREES_E7
        return bool(_touches_line(self.area, line))


def _close(ring: Sequence[Place]) -> NDArray[np.float64]:
    try:
        places = np.array([(float(lon), float(lat)) for lon, lat in ring], np.float64)
    except (TypeError, ValueError) as error:
        raise BadAreaError(reason="a place is a longitude and a latitude") from error
    if not len(places) or not np.isfinite(places).all():
        raise BadAreaError(reason="a ring without places, or not finite")
    if (np.abs(places) > (180.0, 90.0)).any():
        raise BadAreaError(reason="not on earth")
    if len(np.unique(places, axis=0)) < _LEAST_RING:
        raise BadAreaError(reason="a ring needs three different places")
    scaled = places / DEGREES_E7
    return scaled if (scaled[0] == scaled[-1]).all() else np.vstack([scaled, scaled[:1]])


def _check_span(west: float, south: float, east: float, north: float) -> None:
    metre = METRES_PER_DEGREE * DEGREES_E7
    kx = metre * math.cos(math.radians((south + north) / 2 * DEGREES_E7))
    km = math.hypot((east - west) * kx, (north - south) * metre) / 1000
    if km > MOST_SPAN_KM:
        raise BadAreaError(span_km=round(km, 1), limit_km=MOST_SPAN_KM)


def _lay_area(overlay: Overlay, area: Area) -> Overlay:
    """Return the overlay with every edge and link that touches the area marked."""
    view, edges = overlay.view, overlay.graph.arrays.edges
    touched = find_touched(overlay, area)
    wanted = np.concatenate([edges["arc_forward"][touched], edges["arc_backward"][touched]])
    arcs = np.union1d(wanted, view.patch_arc).astype(np.int32)
    records = np.array(view.arcs[arcs], ARC)
    records[np.searchsorted(arcs, view.patch_arc)] = view.patches
    avoided = np.isin(arcs, wanted)
    records["flags"][avoided] |= np.uint32(Flag.AVOIDED)
    links = view.links.copy()
    for number, link in enumerate(overlay.links.edges):
        if _touches_line(area, np.ascontiguousarray(link.shape / DEGREES_E7)):
            links["flags"][links["edge"] == -1 - number] |= np.uint32(Flag.AVOIDED)
    marked = view._replace(
        patch_arc=arcs,
        patches=records,
        patch_start=index_patches(overlay.graph, arcs),
        links=links,
    )
    return replace(overlay, view=marked)


# -- kernels ---------------------------------------------------------------------------------


@inline
def _side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@inline
def _is_inside(area: Area, x: float, y: float) -> bool:
    """Whether some polygon's outline goes around a place and none of its holes does."""
    for polygon in range(len(area.polygon_start) - 1):
        within = False
        for ring in range(area.polygon_start[polygon], area.polygon_start[polygon + 1]):
            turns = 0
            for line in range(area.ring_start[ring], area.ring_start[ring + 1]):
                ax, ay = area.lines[line, 0], area.lines[line, 1]
                bx, by = area.lines[line, 2], area.lines[line, 3]
                if ay <= y < by and _side(ax, ay, bx, by, x, y) > 0:
                    turns += 1
                elif by <= y < ay and _side(ax, ay, bx, by, x, y) < 0:
                    turns -= 1
            if ring == area.polygon_start[polygon]:
                within = turns != 0
            elif turns != 0:
                within = False
        if within:
            return True
    return False


@inline
def _cross(area: Area, line: int, px: float, py: float, qx: float, qy: float) -> bool:
    """Whether a stretch and a line of the area have a place in common."""
    ax, ay, bx, by = area.lines[line]
    if max(ax, bx) < min(px, qx) or min(ax, bx) > max(px, qx):
        return False
    if max(ay, by) < min(py, qy) or min(ay, by) > max(py, qy):
        return False
    from_p, from_q = _side(ax, ay, bx, by, px, py), _side(ax, ay, bx, by, qx, qy)
    from_a, from_b = _side(px, py, qx, qy, ax, ay), _side(px, py, qx, qy, bx, by)
    # Within their boxes, lines that do not lie apart on either side meet.
    return (from_p * from_q <= 0) and (from_a * from_b <= 0)


@inline
def _touches(area: Area, first: int, count: int, shape: NDArray[Any]) -> bool:
    west, east = np.float64(shape[first, 0]), np.float64(shape[first, 0])
    south, north = np.float64(shape[first, 1]), np.float64(shape[first, 1])
    for point in range(first + 1, first + count):
        west, east = min(west, shape[point, 0]), max(east, shape[point, 0])
        south, north = min(south, shape[point, 1]), max(north, shape[point, 1])
    if west > area.east or east < area.west or south > area.north or north < area.south:
        return False
    for line in range(len(area.lines)):
        ax, ay, bx, by = area.lines[line]
        apart = max(ax, bx) < west or min(ax, bx) > east
        if apart or max(ay, by) < south or min(ay, by) > north:
            continue
        for point in range(first, first + count - 1):
            px, py = np.float64(shape[point, 0]), np.float64(shape[point, 1])
            qx, qy = np.float64(shape[point + 1, 0]), np.float64(shape[point + 1, 1])
            if _cross(area, line, px, py, qx, qy):
                return True
    # It crosses no line of the area, so it lies inside as a whole or not at all.
    return bool(_is_inside(area, np.float64(shape[first, 0]), np.float64(shape[first, 1])))


@maker
def _find_touched(
    area: Area,
    shape_start: NDArray[np.int64],
    shape_count: NDArray[np.int32],
    shapes: NDArray[np.int32],
) -> NDArray[np.bool_]:
    touched = np.zeros(len(shape_start), np.bool_)
    for edge in range(len(shape_start)):
        touched[edge] = _touches(area, shape_start[edge], shape_count[edge], shapes)
    return touched


@kernel
def _touches_line(area: Area, line: NDArray[np.float64]) -> bool:
    return bool(_touches(area, 0, len(line), line))
