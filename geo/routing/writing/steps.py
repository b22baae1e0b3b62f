"""The steps and warnings of a way as bytes: sentences by `sentences`, numbers around them here."""

import numpy as np
from numpy.typing import NDArray

from geo.routing.directions.codes import NOTE
from geo.routing.directions.telling import Phrases, Steps
from geo.routing.kernels import kernel, straight
from geo.routing.writing.digits import (
    Bytes,
    is_full,
    put,
    put_byte,
    put_place,
    put_tenths,
    put_whole,
)
from geo.routing.writing.sentences import Desk, are_known, as_array, put_notes, write_notes

_NOTE_BYTES, _STEP_BYTES = 400, 300


def write_told(steps: Steps, warnings: Phrases, language: str) -> tuple[bytes, bytes]:
    """Return the steps and the warnings of a way as the bytes of a list each.

    What is reported along the way must have the same numbers in both, as far as both know it.
    Raises as `sentences.write_notes`.
    """
    rows, own = steps.steps, len(steps.phrases.notes)
    # As plain numbers: rows of records are joined one field after the other.
    both = steps.phrases.notes, warnings.notes
    notes = np.concatenate([each.view(np.int64) for each in both]).view(NOTE)
    guess = _STEP_BYTES * len(rows) + _NOTE_BYTES * len(notes)
    spans = np.empty((len(notes), 4), np.int64)
    ends = np.zeros(1, np.int64)

    def put_all(desk: Desk) -> tuple[int, int]:
        return _put_told(desk, rows, notes, own, spans, _PARTS, _PART_BOUNDS, ends)

    written = write_notes(warnings, language, put_all, guess)
    return written[: ends[0]], written[ends[0] :]


def _lay_parts() -> tuple[Bytes, NDArray[np.int64]]:
    parts = [
        '","instruction":"',
        '","remarks":[',
        '],"place":',
        ',"distance_m":',
        ',"duration_s":',
        ',"first_segment":',
        ',"segment_count":',
    ]
    return as_array("".join(parts).encode()), np.cumsum([0, *map(len, parts)], dtype=np.int64)


_PARTS, _PART_BOUNDS = _lay_parts()
_INSTRUCTION, _REMARKS, _AT, _DISTANCE, _DURATION, _FIRST, _COUNT = range(7)


@straight
@kernel
def _put_told(
    desk: Desk,
    steps: NDArray[np.void],
    notes: NDArray[np.void],
    own: int,
    spans: NDArray[np.int64],
    parts: Bytes,
    bounds: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> tuple[int, int]:
    """Write both lists, the first of `own` notes; return where they end, and how many texts missed.

    Below zero for a note that does not exist. `ends` gets the place where the first list ends.
    """
    out, drafts = desk.out, desk.drafts
    if not are_known(notes, desk.reports):
        return -1, 0
    end, asked = put_notes(drafts, notes, desk, spans, 0)
    if is_full(drafts, end):
        return max(end, len(out)), asked
    at = put_byte(out, 0, ord("["))
    for number in range(len(steps)):
        step = steps[number]
        first, last = step.phrase, step.phrase + step.remark_count
        if first < 0 or last < first or last >= own:
            return -1, 0
        if number:
            at = put_byte(out, at, ord(","))
        # A step begins as its note does, and its text goes on with the remarks.
        at = put(out, at, drafts, spans[first, 0], spans[first, 2])
        for note in range(first + 1, last + 1):
            at = put_byte(out, at, ord(" "))
            at = put(out, at, drafts, spans[note, 1], spans[note, 2])
        at = put(out, at, parts, bounds[_INSTRUCTION], bounds[_INSTRUCTION + 1])
        at = put(out, at, drafts, spans[first, 1], spans[first, 2])
        at = put(out, at, parts, bounds[_REMARKS], bounds[_REMARKS + 1])
        if last > first:
            at = put(out, at, drafts, spans[first + 1, 0], spans[last, 3])
        at = put(out, at, parts, bounds[_AT], bounds[_AT + 1])
        at = put_place(out, at, step.lon, step.lat)
        at = put(out, at, parts, bounds[_DISTANCE], bounds[_DISTANCE + 1])
        at = put_tenths(out, at, step.length_mm / 1000.0)
        at = put(out, at, parts, bounds[_DURATION], bounds[_DURATION + 1])
        at = put_whole(out, at, int(np.rint(step.duration_s)))
        at = put(out, at, parts, bounds[_FIRST], bounds[_FIRST + 1])
        at = put_whole(out, at, step.first_segment)
        at = put(out, at, parts, bounds[_COUNT], bounds[_COUNT + 1])
        at = put_whole(out, at, step.segment_count)
        at = put_byte(out, at, ord("}"))
    at = ends[0] = put_byte(out, at, ord("]"))
    at = put_byte(out, at, ord("["))
    if own < len(notes):
        at = put(out, at, drafts, spans[own, 0], end)
    return put_byte(out, at, ord("]")), asked
