"""Directions measured for a whole way at once agree with those measured segment by segment."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.routing.answer import Place, Segment, SegmentKind
from geo.routing.bearings import add_bends
from geo.routing.directions.headings import draw, heading_at_end, heading_at_start, note_faces
from geo.routing.walks import read_evidence

_STEPS = st.tuples(st.integers(-300, 300), st.integers(-300, 300))


def _segment(shape: list[Place]) -> Segment:
    return Segment(
        kind=SegmentKind.FOOTWAY,
        shape=shape,
        length_mm=1000,
        duration_s=1.0,
        evidence=read_evidence(0),
    )


def _lay(shapes: list[list[tuple[int, int]]]) -> list[Segment]:
    lon, lat, segments = 76.9, 43.24, []
    for steps in shapes:
        shape = [(lon, lat)]
        for east, north in steps:
            lon, lat = lon + east * 1e-6, lat + north * 1e-6
            shape.append((lon, lat))
        segments.append(_segment(shape))
    return segments


@settings(deadline=None)
@given(st.lists(st.lists(_STEPS, min_size=1, max_size=4), min_size=1, max_size=6))
def test_noted_directions_are_those_of_the_segments(shapes: list[list[tuple[int, int]]]) -> None:
    """Every run of segments has the same direction at both ends, noted before or not."""
    plain, noted = _lay(shapes), _lay(shapes)
    note_faces(noted, draw(noted))
    for first in range(len(plain)):
        for last in range(first + 1, len(plain) + 1):
            for measure in (heading_at_start, heading_at_end):
                found, wanted = measure(noted[first:last]), measure(plain[first:last])
                assert found == pytest.approx(wanted, abs=1e-12)


def test_bends_count_corners_that_one_perceives() -> None:
    """Two right angles add up; a corner of a metre is not perceived."""
    winding = _lay([[(400, 0), (0, 400)], [(400, 0)]])
    nearly_straight = _lay([[(400, 0), (3, 9)], [(400, 0)]])
    spans = np.array([[0, 2]], np.int64)
    turned = add_bends(*draw(winding), spans)[0]
    assert turned == pytest.approx(180.0, abs=1.0)
    assert add_bends(*draw(nearly_straight), spans)[0] < math.degrees(0.5)
