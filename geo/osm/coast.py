"""The sea, from coastlines: OpenStreetMap maps its shore, not its surface (pure).

A coastline has the water on its right hand. An extract cuts it somewhere, so the sea is closed
against the box of the extract. What cannot be decided is left as land: a shore without water
looks unfinished, water on a street looks like a lie.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import shapely
from shapely.geometry import LineString, Point, Polygon, box
from shapely.ops import polygonize, unary_union

from geo.osm.geometry import LonLat

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

_NEAR_DEGREES = 1e-5
"""How far beside a shore its two hands are looked at: a metre."""


@dataclass(slots=True)
class Coast:
    """Coastlines as they are read; parts without coordinates end a line."""

    lines: list[list[LonLat]] = field(default_factory=list)

    def add(self, points: Iterable[LonLat | None]) -> None:
        """Take in one way in its own direction."""
        line: list[LonLat] = []
        for point in points:
            if point is None:
                self._keep(line)
                line = []
            elif not line or line[-1] != point:
                line.append(point)
        self._keep(line)

    def draw_sea(self, bounds: Box) -> list[Polygon]:
        """Return the surfaces of water inside a box; none without a coastline in it."""
        frame = box(*bounds)
        shore = [LineString(line) for line in _join(self.lines)]
        shore = [line for line in shore if line.intersects(frame)]
        if not shore:
            return []
        pieces = [part for line in shore for part in _cut(line, frame)]
        closed = unary_union([frame.exterior, *pieces, *_reach_frame(pieces, frame)])
        faces = [face for face in polygonize(closed) if face.within(frame.buffer(1e-9))]
        tree = shapely.STRtree(pieces)
        return [face for face in faces if _is_water(face, pieces, tree)]

    def _keep(self, line: list[LonLat]) -> None:
        if len(line) > 1:
            self.lines.append(line)


def _join(lines: list[list[LonLat]]) -> list[list[LonLat]]:
    """Join lines end to start, keeping their direction."""
    starts: dict[LonLat, list[int]] = {}
    for number, line in enumerate(lines):
        starts.setdefault(line[0], []).append(number)
    ends = {line[-1] for line in lines}
    used = [False] * len(lines)
    joined = []
    # Lines that nothing leads to come first; what is left are rings.
    order = sorted(range(len(lines)), key=lambda number: lines[number][0] in ends)
    for first in order:
        if used[first]:
            continue
        used[first] = True
        whole = list(lines[first])
        while following := [n for n in starts.get(whole[-1], []) if not used[n]]:
            used[following[0]] = True
            whole += lines[following[0]][1:]
        joined.append(whole)
    return joined


def _cut(line: LineString, frame: Polygon) -> list[LineString]:
    """Return the parts of a line inside the frame, in its direction."""
    inside = line.intersection(frame)
    parts = getattr(inside, "geoms", [inside])
    found = [part for part in parts if isinstance(part, LineString) and part.length > 0]
    return [_along(part, line) for part in found]


def _along(part: LineString, line: LineString) -> LineString:
    """Turn a part the way its line runs."""
    first, second = part.coords[0], part.coords[1]
    if line.project(Point(first)) > line.project(Point(second)) and not line.is_closed:
        return LineString(part.coords[::-1])
    return part


def _reach_frame(pieces: list[LineString], frame: Polygon) -> list[LineString]:
    """Lead loose ends, where the extract lost the rest, straight to the nearest side."""
    ends: dict[LonLat, int] = {}
    for piece in pieces:
        if not piece.is_closed:
            for end in ((x, y) for x, y in (piece.coords[0], piece.coords[-1])):
                ends[end] = ends.get(end, 0) + 1
    loose = [Point(end) for end, count in ends.items() if count == 1]
    side = frame.exterior
    return [
        LineString([end, side.interpolate(side.project(end))])
        for end in loose
        if side.distance(end) > 0
    ]


def _is_water(face: Polygon, pieces: list[LineString], tree: shapely.STRtree) -> bool:
    """Let every stretch of shore around a face vote by its length: water lies on its right."""
    right, left = 0.0, 0.0
    shapely.prepare(face)
    for number in tree.query(face, predicate="intersects").tolist():
        for (x1, y1), (x2, y2) in pairwise(pieces[number].coords):
            length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
            if not length:
                continue
            x, y = (x1 + x2) / 2, (y1 + y2) / 2
            away = min(_NEAR_DEGREES, length / 4) / length
            dx, dy = (y2 - y1) * away, (x1 - x2) * away
            if face.contains(Point(x + dx, y + dy)):
                right += length
            elif face.contains(Point(x - dx, y - dy)):
                left += length
    return right > left
