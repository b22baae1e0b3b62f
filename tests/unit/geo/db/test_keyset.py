"""Cursors come back as they went, and only to the question they belong to."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.db.keyset import decode_cursor, encode_cursor, read_cursor_key, read_row_number
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


@pytest.mark.parametrize("body", ["5", "null", "[]", "[[], 1]", '{"a": 1, "b": 2}', "[1, 2, 3]"])
def test_well_formed_json_that_is_no_cursor_is_refused(body: str) -> None:
    """Base64 of any JSON is the typed error, too: a number cannot be taken apart."""
    cursor = base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()
    with pytest.raises(InvalidCursorError):
        decode_cursor(cursor, question="q")


@pytest.mark.parametrize("part", [-1, 2**63, 1.5, "7", None, float("nan")])
def test_a_forged_part_is_refused(part: str | float | None) -> None:
    """A cursor that belongs to the question but names no row is refused before the database."""
    cursor = encode_cursor([part], question="q")  # type: ignore[list-item] # forged
    with pytest.raises(InvalidCursorError):
        read_cursor_key(cursor, question="q", read=lambda key: read_row_number(key[0]))
