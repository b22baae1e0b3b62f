"""Names of districts as people type them, in three languages and with slips."""

import pytest

from geo.places.districts import LEAST_LIKENESS, match_district
from geo.places.typed import read_typed

_MEDEU = {
    "": "Медеуский район",
    "ru": "Медеуский район",
    "kk": "Медеу ауданы",
    "en": "Medeu District",
}
_BOSTANDYK = {"kk": "Бостандық ауданы"}
_GOOD = 0.75


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Медеу", _MEDEU), ("медеу ауданы", _MEDEU), ("Медеу ауданында", _MEDEU),
        ("Медеуский", _MEDEU), ("Медеуский район", _MEDEU), ("в Медеуском районе", _MEDEU),
        ("Medeu district", _MEDEU), ("district Medeu", _MEDEU), ("MEDEU", _MEDEU),
        ("Медиу", _MEDEU), ("Медеуский ройон", _MEDEU), ("Medu district", _MEDEU),
        ("Бостандык", _BOSTANDYK), ("Бостандықский район", _BOSTANDYK), ("бостан", _BOSTANDYK),
        ("Бостандыкского района", _BOSTANDYK), ("Bostandyq", _BOSTANDYK), ("бостандк", _BOSTANDYK),
    ],
)  # fmt: skip
def test_a_district_is_known_by_its_name(text: str, name: dict[str, str]) -> None:
    """Languages, endings, the sort before or behind, slips: it is the district."""
    assert match_district(read_typed(text), name) >= _GOOD


@pytest.mark.parametrize(
    "text",
    ["район", "district", "улица Медеу", "Медеу 7", "аптека", "аптека Медеу", "Медведь", "м", ""],
)
def test_another_thing_is_no_district(text: str) -> None:
    """A street, a house, a category beside it, the sort alone and other words are not."""
    for name in (_MEDEU, _BOSTANDYK):
        assert match_district(read_typed(text), name) < LEAST_LIKENESS


def test_the_whole_name_answers_better_than_a_part() -> None:
    """Of two districts with a common word the one that was typed in full comes first."""
    old, new = {"en": "Old Garden District"}, {"en": "Garden District"}
    typed = read_typed("garden district")
    assert match_district(typed, new) > match_district(typed, old) >= LEAST_LIKENESS
