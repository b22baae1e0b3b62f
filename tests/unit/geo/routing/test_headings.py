"""Directions at the ends of a run of stretches, and how much it turns in all."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.routing.answer import Place, Segment, SegmentKind
from geo.routing.directions.headings import (
    REACH_M,
    add_bends,
    find_compass,
    find_side,
    find_turn,
    heading_at_end,
    heading_at_start,
    read_clock,
)
from geo.routing.encoding import read_evidence
from geo.routing.plane import METRES_PER_DEGREE
from geo.routing.segments import pack
from geo.routing.stretches import Way

_STEPS = st.tuples(st.integers(-300, 300), st.integers(-300, 300))
_LAID = st.lists(
    st.tuples(st.booleans(), st.lists(_STEPS, min_size=1, max_size=4)), min_size=1, max_size=6
)


def _lay(shapes: list[list[tuple[int, int]]]) -> Way:
    lon, lat, segments = 76.9, 43.24, []
    for steps in shapes:
        shape = [(lon, lat)]
        for east, north in steps:
            lon, lat = lon + east * 1e-6, lat + north * 1e-6
            shape.append((lon, lat))
        segments.append(
            Segment(
                kind=SegmentKind.FOOTWAY,
                shape=shape,
                length_mm=1000,
                duration_s=1.0,
                evidence=read_evidence(0),
            )
        )
    return pack(segments).way


def _face(places: list[Place]) -> float:
    """Return the direction from the first place to the first that is out of reach."""
    (lon, lat), wide = places[0], math.cos(math.radians(places[0][1]))
    offsets = [((x - lon) * wide, y - lat) for x, y in places]
    far = [each for each in offsets if math.hypot(*each) > REACH_M / METRES_PER_DEGREE]
    dx, dy = (far or offsets[-1:])[0]
    return math.atan2(dy, dx)


@settings(deadline=None)
@given(_LAID)
def test_directions_lead_to_where_one_is_after_some_metres(laid: list[Any]) -> None:
    """Only stretches that the leg is about count, from whichever end one looks."""
    way = _lay([steps for _, steps in laid])
    own: NDArray[np.bool_] = np.array([mine for mine, _ in laid])
    if not own.any():
        own[:] = True
    spans = [slice(way.bounds[n], way.bounds[n + 1]) for n in np.flatnonzero(own)]
    places = [(x, y) for span in spans for x, y in way.points[span].tolist()]
    start = heading_at_start(way, own, 0, len(own))
    end = heading_at_end(way, own, 0, len(own))
    assert start == pytest.approx(_face(places), abs=1e-9)
    assert end == pytest.approx(_face(places[::-1]) + math.pi, abs=1e-9)


def test_bends_count_corners_that_one_perceives() -> None:
    """Two right angles add up; a corner of a metre is not perceived."""
    winding = _lay([[(400, 0), (0, 400)], [(400, 0)]])
    nearly_straight = _lay([[(400, 0), (3, 9)], [(400, 0)]])
    assert add_bends(winding, 0, 2) == pytest.approx(180.0, abs=1.0)
    assert add_bends(nearly_straight, 0, 2) < math.degrees(0.5)


@pytest.mark.parametrize(
    ("degrees", "compass", "turn", "hour"),
    [
        (0, 0, 0, 12),
        (24, 1, 0, 11),
        (50, 1, 1, 10),
        (90, 2, 2, 9),
        (135, 3, 3, 8),
        (175, 4, 7, 6),
        (-30, 7, 4, 1),
        (-90, 6, 5, 3),
        (-130, 5, 6, 4),
    ],
)
def test_directions_have_words(degrees: float, compass: int, turn: int, hour: int) -> None:
    """Compass points, turns and hours of a clock, the left being positive."""
    assert find_compass(math.radians(degrees)) == compass
    assert find_turn(degrees) == turn
    assert read_clock(degrees) == hour


def test_what_is_nearly_ahead_has_no_side() -> None:
    """Somebody who faces north has the east on the right."""
    north = math.pi / 2
    there = [find_side(north, 76.9, 43.24, lon, lat) for lon, lat in
             ((76.901, 43.24), (76.899, 43.24), (76.9, 43.25), (76.9, 43.23))]  # fmt: skip
    assert there == [2, 1, 0, 0]
