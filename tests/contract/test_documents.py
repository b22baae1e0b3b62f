"""Documents say what the code does, or the build fails."""

from collections import Counter

import pytest

from api.documents import DOCS, PAGES, iter_problems


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_made_from_the_code_is_fresh(name: str) -> None:
    """The committed page is what the code would write now; `python -m api.documents` writes it."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name]()


def test_every_problem_has_a_code_of_its_own_and_an_explanation() -> None:
    """Codes are stable names: unique, kebab-case, and explained in a sentence."""
    problems = list(iter_problems())
    twice = [code for code, count in Counter(p.code for p in problems).items() if count > 1]
    assert not twice
    for problem in problems:
        assert problem.code != "domain-error", problem
        assert problem.code.replace("-", "").isalnum(), problem
        assert problem.code == problem.code.lower(), problem
        assert len((problem.__doc__ or "").split()) > 4, problem
