"""Weights: the kernel against a second opinion that shares no code with it."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from geo.mobility import CustomLimits, Help, Profile, Word
from geo.routing.costs import make_rules
from geo.routing.encoding import BLOCK_SHIFT, LimitKind
from geo.routing.needs import Needs, Unknown
from geo.routing.overlay import empty_overlay
from geo.routing.search import Scratch
from geo.routing.weights import price_all
from tests.support.country import make_country
from tests.support.oracle import (
    kernel_cost,
    random_needs,
    reference_costs,
    reference_network,
)
from tests.support.street_plans import random_city
from tests.support.walker import Walker


@pytest.mark.parametrize("seed", range(12))
def test_every_weight_equals_the_second_opinion(seed: int) -> None:
    """Each arc, both ways, costs what the domain rules say, for random people."""
    dice = random.Random(seed)
    overlay = empty_overlay(random_city(dice).graph())
    needs = random_needs(dice)
    walker, rules = Walker(needs), make_rules(needs)
    weights = np.empty((2, len(overlay.view.head)), np.float32)
    for side in (0, 1):
        price_all(overlay.view, rules, side, weights)
        for arc, weight in enumerate(weights[side].tolist()):
            expected = walker.judge(overlay.view.arcs[arc], against=side == 1).cost
            assert weight == pytest.approx(expected, rel=1e-5), overlay.view.arcs[arc]


@pytest.mark.parametrize("seed", range(8))
def test_search_equals_plain_dijkstra(seed: int) -> None:
    """The bidirectional search finds the cost that Dijkstra finds on independent weights."""
    dice = random.Random(1000 + seed)
    overlay = empty_overlay(random_city(dice).graph())
    needs = random_needs(dice)
    scratch = Scratch(overlay.graph.vertex_count, len(overlay.view.head))
    network = reference_network(overlay, needs)
    for start in dice.sample(range(overlay.graph.vertex_count), 6):
        expected = reference_costs(network, start)
        for end in range(overlay.graph.vertex_count):
            found = kernel_cost(overlay, needs, scratch, start, end)
            assert found == pytest.approx(expected.get(end, math.inf), rel=1e-5)


def test_scratch_counts_on_after_its_last_version() -> None:
    """Searches around the version at which counting begins anew find what the first one found."""
    overlay = empty_overlay(random_city(random.Random(7)).graph())
    needs = Needs(profile=Profile.LOW_VISION)
    scratch = Scratch(overlay.graph.vertex_count, len(overlay.view.head))
    ends = [(start, 40 - start) for start in range(6)]
    first = [kernel_cost(overlay, needs, scratch, *pair) for pair in ends]
    scratch.version = np.iinfo(np.int32).max - 3
    assert [kernel_cost(overlay, needs, scratch, *pair) for pair in ends] == first
    assert scratch.version < len(ends)


def test_searches_share_the_same_few_labels() -> None:
    """However large the network, a search near one place writes only the first labels."""
    overlay = empty_overlay(make_country(20_000))
    scratch = Scratch(overlay.graph.vertex_count, len(overlay.view.head))
    most, needs = 0, Needs(profile=Profile.LOW_VISION)
    for start in range(0, overlay.graph.vertex_count - 8, 1000):
        kernel_cost(overlay, needs, scratch, start, start + 7)
        most = max(most, int(scratch.memory.taken[0]))
    assert 0 < most < len(scratch.memory.rooms) / 10
    assert not scratch.memory.labels["seen"][:, most << BLOCK_SHIFT :].any()


@pytest.mark.parametrize("seed", range(10))
def test_tightening_a_limit_never_makes_anything_cheaper(seed: int) -> None:
    """Whatever one figure is made stricter, no weight falls."""
    dice = random.Random(2000 + seed)
    view = empty_overlay(random_city(dice).graph()).view
    loose = CustomLimits(
        max_incline_up_permille=100,
        max_incline_down_permille=100,
        max_cross_slope_permille=50,
        min_width_mm=800,
        max_kerb_mm=100,
        max_steps=10,
    )
    needs = Needs(profile=dice.choice(tuple(Profile)), custom=loose, help=dice.choice(tuple(Help)))
    name, figure = dice.choice(
        [
            ("max_incline_up_permille", 40),
            ("max_incline_down_permille", 40),
            ("max_cross_slope_permille", 20),
            ("min_width_mm", 1200),
            ("max_kerb_mm", 20),
            ("max_steps", 0),
        ]
    )
    tight = replace(needs, custom=replace(loose, **{name: figure}))
    before, after = (np.empty(len(view.head), np.float32) for _ in range(2))
    price_all(view, make_rules(needs), 0, before[None])
    price_all(view, make_rules(tight), 0, after[None])
    assert np.all(after >= before)


def test_alone_closes_what_needs_help() -> None:
    """With `help=alone` no arc that needs help stays open; with a companion some do."""
    view = empty_overlay(random_city(random.Random(3)).graph()).view
    helped = 0
    for help_at_hand in (Help.ALONE, Help.COMPANION):
        needs = Needs(profile=Profile.MANUAL_WHEELCHAIR, help=help_at_hand)
        weights = np.empty(len(view.head), np.float32)
        price_all(view, make_rules(needs), 0, weights[None])
        anyone = Walker(replace(needs, help=None))
        words = [anyone.judge(record).word for record in view.arcs]
        with_help = [word is Word.WITH_HELP for word in words]
        helped = int(np.isfinite(weights[with_help]).sum())
        if help_at_hand is Help.ALONE:
            assert helped == 0
    assert helped > 0


def test_forbidding_the_unknown_leaves_only_known_arcs() -> None:
    """Policy `forbid` for widths closes every arc whose width nobody mapped."""
    view = empty_overlay(random_city(random.Random(4)).graph()).view
    needs = Needs(profile=Profile.PUSHCHAIR, unknown={LimitKind.WIDTH: Unknown.FORBID})
    weights = np.empty(len(view.head), np.float32)
    price_all(view, make_rules(needs), 0, weights[None])
    open_arcs = view.arcs[np.isfinite(weights)]
    assert len(open_arcs) > 0
    assert np.all(open_arcs["width_mm"] >= 0)
