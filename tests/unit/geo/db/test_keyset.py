"""Cursors come back as they went, and only to the question they belong to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.db.keyset import decode_cursor, encode_cursor
from geo.errors import InvalidCursorError

_PARTS = st.one_of(st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))


@given(st.lists(_PARTS, min_size=1, max_size=4), st.text())
def test_a_cursor_round_trips(key: list[str | int | float], question: str) -> None:
    """Any sort key is read back unchanged."""
    cursor = encode_cursor(key, question=question)
    assert decode_cursor(cursor, question=question) == key


def test_a_cursor_of_another_question_is_refused() -> None:
    """A cursor must not page through another list than its own."""
    cursor = encode_cursor(["a"], question={"box": 1})
    with pytest.raises(InvalidCursorError):
        decode_cursor(cursor, question={"box": 2})


@given(st.text(max_size=60))
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    """Whatever is sent as a cursor, the answer is the typed error and never a crash."""
    with pytest.raises(InvalidCursorError):
        decode_cursor(cursor, question="q")
