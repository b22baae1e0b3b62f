"""Stops, areas, alternatives, matrices, rankings and reach against plainer ways, in numbers."""

from collections.abc import Callable

import pytest

from geo.routing.kernels import keep_code_in
from tests.support import route_checks
from tests.support.machine import LOCAL
from tests.support.proofs import CountProof, ProofSize


@pytest.fixture(scope="module", autouse=True)
def _kept_kernels() -> None:
    keep_code_in(LOCAL / "kernels")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("what", "check", "cities"),
    [
        ("costs of trees equal to plain Dijkstra", route_checks.check_tree, 400),
        ("cells of matrices equal to plans", route_checks.check_matrix, 300),
        ("groups ranked as sorted plans are", route_checks.check_rank, 200),
        ("times of reach equal to plans, inside the outline", route_checks.check_reach, 300),
        ("ways that touch nothing of an avoided area", route_checks.check_avoid, 500),
        ("alternatives that keep their rule", route_checks.check_alternatives, 500),
        ("ways over stops equal to the best combination", route_checks.check_legs, 400),
        ("pairs without a false no", route_checks.check_no_false_no, 300),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_answers_agree_with_plainer_ways_to_them(
    what: str,
    check: Callable[[int], int],
    cities: int,
    proof_size: ProofSize,
    count_proof: CountProof,
) -> None:
    """On many random cities with random people no answer differs."""
    seeds = range(1000, 1000 + (cities if proof_size == "long" else 2))
    count_proof(what, sum(check(seed) for seed in seeds))
