"""The case table: facts to words, for every profile and scope it names."""

from collections import Counter

import pytest

from audits.verdicts import judge
from tests.support.verdict_cases import NOW, WordCase, read_cases

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: WordCase) -> None:
    """The rules say what the table says."""
    found = {key: judge(case.place, key[0], key[1], now=NOW).word for key in case.expected}
    assert found == case.expected


def test_the_table_is_large_and_its_cases_differ() -> None:
    """At least 120 cases, each with a name of its own."""
    assert len(CASES) >= 120
    names = Counter(case.name for case in CASES)
    assert [name for name, count in names.items() if count > 1] == []
