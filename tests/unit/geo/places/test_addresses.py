"""What people type is compared without case, marks and words for the sort of street."""

import pytest

from geo.places.addresses import fold


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ул. Абая, 7", ("абая", "7")),
        ("Абай көшесі 7", ("абай", "7")),
        ("ПРОСПЕКТ Сейфуллина 18/1", ("сейфуллина", "18/1")),
        ("«Алтын дән» азық-түлік дүкені", ("алтын", "дән", "азық-түлік", "дүкені")),
        ("Берёзовая", ("березовая",)),
        ("Seifullin Avenue 8", ("seifullin", "8")),
        ("улица", ("улица",)),
        ("  ,;!", ()),
    ],
)
def test_a_text_is_folded_to_its_words(typed: str, words: tuple[str, ...]) -> None:
    """A text of street words alone keeps them; punctuation alone is nothing."""
    assert fold(typed) == words
