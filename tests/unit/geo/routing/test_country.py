"""The made-up country is a network like any other, and always the same one."""

import math

import numpy as np
import pytest

from geo.mobility import Profile
from geo.routing.answer import Route, Target
from geo.routing.needs import Needs
from geo.routing.overlay import empty_overlay
from tests.support.country import SOUTH, WEST, make_country, measure_extent
from tests.support.street_plans import ask, pin


def test_the_same_numbers_make_the_same_country() -> None:
    """Two countries of one size and seed agree in every array; another seed differs."""
    one, two, other = make_country(3000, 7), make_country(3000, 7), make_country(3000, 8)
    for left, right in zip(map(np.asarray, one.arrays), map(np.asarray, two.arrays), strict=True):
        assert left.tobytes() == right.tobytes()
    assert one.arrays.shapes.tobytes() != other.arrays.shapes.tobytes()
    assert abs(one.edge_count - 3000) < 300


def test_a_country_can_be_searched() -> None:
    """It holds together, and a way across it follows edges that meet."""
    graph = make_country(3000, 7)
    parts = np.bincount(graph.arrays.edges["component"])
    assert parts.max() > 0.95 * graph.edge_count
    metre = 1 / 111_195
    east = metre / math.cos(math.radians(SOUTH))
    far = measure_extent(3000) * 0.7
    start = Target(lon=WEST + 500 * east, lat=SOUTH + 500 * metre)
    end = Target(lon=WEST + far * east, lat=SOUTH + far * metre)
    needs = Needs(profile=Profile.LIMITED_WALKING)
    route = pin(empty_overlay(graph)).plan_route(ask(needs, start, end))
    assert isinstance(route, Route)
    for before, after in zip(route.segments, route.segments[1:], strict=False):
        assert before.shape[-1] == pytest.approx(after.shape[0], abs=1e-6)
