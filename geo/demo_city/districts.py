"""Administrative boundaries: one city with three districts, labelled as demo data.

Invariant: districts share their boundary ways, cover the city and do not overlap.
"""

import itertools
from dataclasses import dataclass
from typing import Final

from geo.demo_city.drawing import Drawing, Tags
from geo.demo_city.grid import Grid
from geo.demo_city.names import CITY, DISTRICTS, name_tags
from geo.demo_city.records import DemoDistrict, LonLat, Name
from geo.demo_city.terrain import HALF_SIZE_M

_MARGIN_M: Final = 70.0
_CITY_LEVEL: Final = 4  # a city of republican significance, as Almaty
_DISTRICT_LEVEL: Final = 6
_STEP_M: Final = 250.0
_POPULATION: Final = "61000"


@dataclass
class Fence:
    """The ladder of boundary ways: cross ways from west to east, side ways between them."""

    across: list[int]
    west: list[int]
    east: list[int]


def _line(drawing: Drawing, start: int, end: int, tags: Tags) -> int:
    """Draw a boundary way with nodes often enough to follow the bend of the streets."""
    (x0, y0), (x1, y1) = drawing.spot(start), drawing.spot(end)
    pieces = max(1, round(max(abs(x1 - x0), abs(y1 - y0)) / _STEP_M))
    inner = [
        drawing.node(x0 + (x1 - x0) * k / pieces, y0 + (y1 - y0) * k / pieces)
        for k in range(1, pieces)
    ]
    return drawing.way([start, *inner, end], tags)


def _fence(drawing: Drawing, grid: Grid) -> Fence:
    edge = HALF_SIZE_M + _MARGIN_M
    heights = [edge, grid.rows[8].across_m, grid.rows[4].across_m, -edge]
    corners = [(drawing.node(-edge, y), drawing.node(edge, y)) for y in heights]
    inner: Tags = {"boundary": "administrative", "admin_level": str(_DISTRICT_LEVEL)}
    outer: Tags = {"boundary": "administrative", "admin_level": str(_CITY_LEVEL)}
    across = [
        _line(drawing, west, east, inner if 0 < number < len(heights) - 1 else outer)
        for number, (west, east) in enumerate(corners)
    ]
    pairs = list(itertools.pairwise(corners))
    west = [_line(drawing, above[0], below[0], outer) for above, below in pairs]
    east = [_line(drawing, above[1], below[1], outer) for above, below in pairs]
    return Fence(across, west, east)


def _outline(
    drawing: Drawing, top: int, east: list[int], bottom: int, west: list[int]
) -> tuple[LonLat, ...]:
    """Join the ways to a closed outline, clockwise from the north-west corner."""
    refs = list(drawing.ways[top].refs)
    for way in east:
        refs += drawing.ways[way].refs[1:]
    refs += drawing.ways[bottom].refs[::-1][1:]
    for way in reversed(west):
        refs += drawing.ways[way].refs[::-1][1:]
    return tuple(drawing.nodes[ref].lonlat for ref in refs)


def _tags(name: Name, level: int) -> Tags:
    return {
        "type": "boundary",
        "boundary": "administrative",
        "admin_level": str(level),
        **name_tags(name),
    }


def draw_districts(drawing: Drawing, grid: Grid) -> tuple[DemoDistrict, list[DemoDistrict]]:
    """Draw the relations; returns the city and its districts from north to south."""
    fence = _fence(drawing, grid)
    label = drawing.node(
        0, 0, {"place": "city", "population": _POPULATION, "note": "demo", **_city_names()}
    )
    outer = [fence.across[0], *fence.east, fence.across[-1], *reversed(fence.west)]
    tags = _tags(CITY, _CITY_LEVEL) | _city_names()
    tags |= {"place": "city", "note": "demo", "description": "Demo data, an invented city"}
    members = [("w", way, "outer") for way in outer]
    city_id = drawing.relation([*members, ("n", label, "label")], tags)
    outline = _outline(drawing, fence.across[0], fence.east, fence.across[-1], fence.west)
    city = DemoDistrict(city_id, CITY, _CITY_LEVEL, outline)
    districts: list[DemoDistrict] = []
    for number, name in enumerate(DISTRICTS):
        top, bottom = fence.across[number], fence.across[number + 1]
        east, west = fence.east[number], fence.west[number]
        members = [("w", way, "outer") for way in (top, east, bottom, west)]
        relation_id = drawing.relation(members, _tags(name, _DISTRICT_LEVEL) | {"note": "demo"})
        ring = _outline(drawing, top, [east], bottom, [west])
        districts.append(DemoDistrict(relation_id, name, _DISTRICT_LEVEL, ring))
    return city, districts


def _city_names() -> Tags:
    return name_tags(CITY) | {"name": f"{CITY.kk} / {CITY.ru} / {CITY.en}"}
