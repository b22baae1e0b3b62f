"""What a search answers, as pages use it: which hit a typed text names exactly."""

import pytest

from api.pages.search import Hit
from geo.mobility.profiles import Profile
from geo.mobility.words import Word


def _hit(name: str, where: str = "") -> Hit:
    return Hit(
        kind="place",
        name=name,
        where=where,
        label="",
        place_kind="building",
        end="place:x",
        place_id="x",
        category=None,
        point=(76.9, 43.2),
        distance_m=None,
        entry={"deaf": Word.YES},
    )


@pytest.mark.parametrize(
    ("typed", "name", "where", "meant"),
    [
        ("Абай даңғылы 10", "Абай даңғылы, 10", "", True),
        ("дәріхана «Айгүл»", "«Айгүл» дәріхана", "Абай, 7", True),
        ("Абай 7", "«Айгүл» дәріханасы", "Абай даңғылы, 7", True),
        ("Абай 7", "Абай даңғылы, 17", "", False),
        ("Абай", "Абай даңғылы, 7", "", False),
        ("", "Абай", "", False),
    ],
)
def test_only_an_exact_name_is_taken_without_asking(
    typed: str, name: str, where: str, *, meant: bool
) -> None:
    """Order, case and words for streets do not matter; a missing house number does."""
    assert _hit(name, where).means(typed) is meant


def test_a_street_has_no_word() -> None:
    """Only what has a door has a word for getting in."""
    assert _hit("x").word(Profile.DEAF) is Word.YES
    assert _hit("x").word(Profile.PUSHCHAIR) is None
