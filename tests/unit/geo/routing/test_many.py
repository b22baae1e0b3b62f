"""Stops, areas, alternatives, matrices, rankings and reach on random cities; the short form."""

import pytest

from tests.support import route_checks


@pytest.mark.parametrize("seed", range(3))
def test_trees_cost_what_plain_dijkstra_says(seed: int) -> None:
    """Every vertex of a tree, forwards and backwards, has the cost of a second opinion."""
    assert route_checks.check_tree(seed) > 0


@pytest.mark.parametrize("seed", range(4))
def test_a_matrix_says_what_plans_of_its_pairs_say(seed: int) -> None:
    """Cost, time, distance and "no way" of each cell are those of a plan."""
    assert route_checks.check_matrix(seed) > 0


@pytest.mark.parametrize("seed", range(4))
def test_a_ranking_is_all_plans_sorted(seed: int) -> None:
    """The cheapest groups are those that sorting all plans gives, also on the way back."""
    assert route_checks.check_rank(seed) > 0


def test_reach_agrees_with_plans_and_its_outline_covers_them() -> None:
    """Times are those of plans that fit the budget, and their lines lie inside the outline."""
    assert sum(route_checks.check_reach(seed) for seed in range(6)) > 0


def test_avoided_areas_are_never_touched() -> None:
    """Whatever the shape of the area, no part of the way has a place in common with it."""
    assert sum(route_checks.check_avoid(seed) for seed in range(6)) > 5


def test_alternatives_are_open_little_dearer_and_different() -> None:
    """Alternatives keep the rule that they state."""
    assert sum(route_checks.check_alternatives(seed) for seed in range(8)) > 2


def test_stops_are_joined_to_the_cheapest_whole() -> None:
    """Of equal targets of stops, those are taken that make the whole way cheapest."""
    assert sum(route_checks.check_legs(seed) for seed in range(8)) == 8


def test_places_that_dijkstra_joins_have_a_way() -> None:
    """No plan says "no way" where plain Dijkstra joins the streets next to both ends."""
    assert sum(route_checks.check_no_false_no(seed) for seed in range(4)) > 0
