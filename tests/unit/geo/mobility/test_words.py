"""The order of the four words and the kinds of help."""

import pytest

from geo.mobility import PROFILES, Help, HelpKind, Profile, Word, accepted_kinds, best, worst


def test_order_is_no_unknown_with_help_yes() -> None:
    """A proven barrier is below unknown, and unknown is below everything usable."""
    assert sorted(Word, key=lambda word: word.rank) == [
        Word.NO,
        Word.UNKNOWN,
        Word.WITH_HELP,
        Word.YES,
    ]


def test_worst_of_a_chain_and_best_of_alternatives() -> None:
    """A chain is as good as its worst part, alternatives as good as their best."""
    assert worst([Word.YES, Word.UNKNOWN, Word.NO]) is Word.NO
    assert best([Word.NO, Word.UNKNOWN, Word.WITH_HELP]) is Word.WITH_HELP
    assert worst([]) is Word.YES
    assert best([]) is Word.NO


@pytest.mark.parametrize("word", Word)
def test_stored_code_returns_the_word(word: Word) -> None:
    """The number in the database reads back as the same word, and zero means unknown."""
    assert Word.from_code(word.code) is word
    assert Word.from_code(0) is Word.UNKNOWN


def test_unknown_is_not_usable() -> None:
    """Nobody is sent through an unknown door as if it were open."""
    assert {word for word in Word if word.usable} == {Word.YES, Word.WITH_HELP}


def test_more_company_accepts_more_help() -> None:
    """Alone accepts less than with staff, staff less than with a companion."""
    assert accepted_kinds(Help.ALONE) < accepted_kinds(Help.STAFF) < accepted_kinds(Help.COMPANION)
    assert accepted_kinds(None) == frozenset(HelpKind)


def test_profile_order_is_the_stored_order() -> None:
    """Arrays of words are stored in this order."""
    assert [profile.value for profile in PROFILES] == [
        "manual_wheelchair",
        "powered_wheelchair",
        "limited_walking",
        "pushchair",
        "low_vision",
        "deaf",
    ]
    assert Profile.DEAF.position == 5
