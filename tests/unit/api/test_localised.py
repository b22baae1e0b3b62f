"""Sentences about what is wrong, in the language of the reader."""

import pytest

from api.localised import describe


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("kk", "Мүмкін сөздердің ішінде мұндайы жоқ: 'still_there', 'gone'."),
        ("ru", "Такого слова нет среди возможных: 'still_there', 'gone'."),
        ("en", "This is not one of the possible words: 'still_there', 'gone'."),
    ],
)
def test_a_list_of_words_holds_no_other_language(language: str, text: str) -> None:
    """What the parser wrote between two words is not glued into a Kazakh sentence."""
    assert describe("enum", {"expected": "'still_there' or 'gone'"}, language) == text
