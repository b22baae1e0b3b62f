"""A made-up country of any size, straight as arrays: what the growth of searches is measured on.

A jittered net of streets about 90 m apart on rolling hills, with every third crossing of lines
thinned out as in Almaty (1.34 edges per vertex). Every tenth line is a bigger road. The same
place looks the same in a small and in a large country, so that only size differs.
"""

import json
import math

import numpy as np
from numpy.typing import NDArray

from geo.mobility.surfaces import find_surface_rank
from geo.routing.attributes import new_arc
from geo.routing.encoding import (
    ARC,
    EDGE,
    Crossing,
    Evidence,
    Flag,
    Kind,
    LimitKind,
    RoadClass,
    Side,
    pack_evidence,
)
from geo.routing.graph import DEGREES_E7, Graph, assemble, order_in_space
from geo.routing.plane import METRES_PER_DEGREE

WEST, SOUTH = 66.0, 43.0
"""The south-west corner, degrees."""
STEP_M = 90.0
_EDGES_PER_VERTEX = 1.34
_JITTER_M = 18.0
_BIG_EVERY = 10
_HILLS = ((2100.0, 900.0, 22.0), (640.0, 1500.0, 7.0), (310.0, 270.0, 2.0))
"""Wave length east and north and height, metres."""


def make_country(edges: int, seed: int = 1) -> Graph:
    """Return a network of about that many edges; the same numbers give the same country.

    The south-west corner lies at (`WEST`, `SOUTH`); `measure_extent` says how far it reaches.
    """
    dice = np.random.default_rng(seed)
    side = _side_of(edges)
    column, row = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    x = column * STEP_M + dice.uniform(-_JITTER_M, _JITTER_M, len(column))
    y = row * STEP_M + dice.uniform(-_JITTER_M, _JITTER_M, len(row))
    kx = METRES_PER_DEGREE * math.cos(math.radians(SOUTH + side * STEP_M / 2 / METRES_PER_DEGREE))
    points = np.column_stack([WEST + x / kx, SOUTH + y / METRES_PER_DEGREE])
    order = order_in_space(points)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))

    tail, head, line, east = _join(side, dice)
    keep = np.argsort(np.minimum(rank[tail], rank[head]), kind="stable")
    tail, head, line, east = tail[keep], head[keep], line[keep], east[keep]
    shapes = _draw(x, y, kx, tail, head, dice)
    forward = _describe(x, y, tail, head, line, dice)
    table = np.zeros(len(tail), EDGE)
    table["source_id"] = np.arange(1, len(tail) + 1)
    table["osm_way_id"] = 1_000_000 + line
    table["first"], table["last"] = rank[tail], rank[head]
    table["shape_start"], table["shape_count"] = np.arange(len(tail)) * 3, 3
    names = ["", *(_name(number, east=e) for number in range(side) for e in (True, False))]
    table["name"] = np.where(forward["kind"] == Kind.FOOTWAY, 0, 1 + 2 * line + ~east)
    table["kerb_first"] = table["kerb_last"] = np.where(forward["kind"] == Kind.CROSSING, -1, -2)
    table["side"] = np.where(forward["kind"] == Kind.PAVEMENT, Side.LEFT, Side.NONE)
    return assemble(
        f"country-{edges}-{seed}",
        points=points[order],
        node_ids=order.astype(np.int64) + 1,
        edges=table,
        forward=forward,
        shapes=shapes,
        names=names,
    )


def measure_extent(edges: int) -> float:
    """Return the length of one side of a country of that many edges, metres."""
    return (_side_of(edges) - 1) * STEP_M


def _side_of(edges: int) -> int:
    return max(round(math.sqrt(edges / _EDGES_PER_VERTEX)), 2)


def _join(
    side: int, dice: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return both ends of each edge, the line it lies on and whether that runs east."""
    number = np.arange(side * side).reshape(side, side)
    lines = np.arange(side)
    ways = (
        (number[:, :-1].ravel(), number[:, 1:].ravel(), np.repeat(lines, side - 1), True),
        (number[:-1].ravel(), number[1:].ravel(), np.tile(lines, side - 1), False),
    )
    tail, head = (np.concatenate([way[part] for way in ways]) for part in (0, 1))
    line = np.concatenate([way[2] for way in ways])
    east = np.repeat([way[3] for way in ways], [len(way[0]) for way in ways])
    share = _EDGES_PER_VERTEX / 2
    # Bigger roads run through; of the others so many are left out that the share is met.
    big = line % _BIG_EVERY == 0
    rest = (share * len(line) - big.sum()) / max((~big).sum(), 1)
    stays = big | (dice.random(len(line)) < rest)
    return tail[stays], head[stays], line[stays], east[stays]


def _draw(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    kx: float,
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    dice: np.random.Generator,
) -> NDArray[np.int32]:
    """Return three packed points per edge: its ends and a bend."""
    bend = dice.uniform(-4.0, 4.0, (len(tail), 2))
    east = np.column_stack([x[tail], (x[tail] + x[head]) / 2 + bend[:, 0], x[head]])
    north = np.column_stack([y[tail], (y[tail] + y[head]) / 2 + bend[:, 1], y[head]])
    degrees = np.stack([WEST + east / kx, SOUTH + north / METRES_PER_DEGREE], axis=2)
    return np.rint(degrees.reshape(-1, 2) / DEGREES_E7).astype(np.int32)


def _describe(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    line: NDArray[np.int64],
    dice: np.random.Generator,
) -> NDArray[np.void]:
    """Return the forward arcs: what is known about each edge, in shares as in real cities."""
    count = len(tail)
    arcs = np.full(count, new_arc(), ARC)
    direct = np.hypot(x[head] - x[tail], y[head] - y[tail])
    arcs["length_m"] = direct * 1.01
    arcs["edge"] = np.arange(count)
    height = _height(x, y)
    slope = np.rint((height[head] - height[tail]) / direct * 1000)
    arcs["slope_permille"] = np.clip(slope, -300, 300)
    big = line % _BIG_EVERY == 0
    roll = dice.random(count)
    arcs["kind"] = np.select(
        [big & (roll < 0.92), big, roll < 0.68, roll < 0.93, roll < 0.96, roll < 0.98],
        [Kind.PAVEMENT, Kind.CROSSING, Kind.STREET, Kind.FOOTWAY, Kind.PATH, Kind.SIDEWALK],
        Kind.STEPS,
    )
    kind = arcs["kind"]
    arcs["road_class"] = np.select(
        [big, kind == Kind.STREET], [RoadClass.SECONDARY, RoadClass.RESIDENTIAL]
    )
    arcs["crossing"] = np.where(kind == Kind.CROSSING, Crossing.INFERRED, Crossing.NONE)
    arcs["steps"] = np.where(kind == Kind.STEPS, dice.integers(1, 40, count), 0)
    inferred = (kind == Kind.PAVEMENT) | (kind == Kind.CROSSING)
    arcs["flags"] = np.where(inferred, np.uint32(Flag.INFERRED), np.uint32(0))
    measured = dice.random((3, count)) < 0.04
    arcs["width_mm"] = np.where(measured[0], dice.integers(600, 3000, count), -1)
    arcs["kerb_mm"] = np.where(measured[1], dice.choice([0, 20, 30, 60, 150], count), -1)
    paved = [find_surface_rank(name) or 0 for name in ("asphalt", "paving_stones", "gravel")]
    arcs["surface"] = np.where(measured[2], dice.choice(paved, count), 255)
    evidence = pack_evidence(
        {LimitKind.INCLINE: Evidence.ASSUMED, LimitKind.STEPS: Evidence.MAPPED}
    )
    arcs["evidence"] = evidence
    for known, limit in zip(
        measured, (LimitKind.WIDTH, LimitKind.KERB, LimitKind.SURFACE), strict=True
    ):
        arcs["evidence"] |= np.where(known, pack_evidence({limit: Evidence.MAPPED}), 0).astype(
            np.uint16
        )
    return arcs


def _height(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    height = np.zeros(len(x))
    for east, north, metres in _HILLS:
        height += metres * np.sin(2 * np.pi * x / east) * np.cos(2 * np.pi * y / north)
    return height


def _name(number: int, *, east: bool) -> str:
    where = ("көшесі", "улица") if east else ("даңғылы", "проспект")
    name = {"kk": f"{number}-{where[0]}", "ru": f"{number}-я {where[1]}"}
    return json.dumps(name, ensure_ascii=False, sort_keys=True)
