"""Steps and phrases as objects: made of rows of numbers where somebody asks for one."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import Phrase, Step
from geo.routing.directions.codes import KEYS, NOTE, PARAMS, REPORT
from geo.routing.landmarks.grid import Anchor
from geo.routing.lazy import Lazy
from geo.routing.writing.lexicon import Lexica

Names = Callable[[int], Mapping[str, str]]
"""Gives the names by language of a number; 0 has none."""


class Phrases(Lazy[Phrase]):
    """Some phrases; the rows of `NOTE` behind them stay at hand."""

    __slots__ = ("anchors", "lexica", "names", "notes", "reports")

    def __init__(
        self,
        notes: NDArray[np.void],
        names: Names,
        anchors: Sequence[Anchor],
        reports: Sequence[Phrase],
        lexica: Lexica | None = None,
    ) -> None:
        """`names` and `anchors` give what parameters mean, `reports` what is reported.

        `lexica` keep what was written of names and anchors: the same for all ways that share
        these, and only for them.
        """
        super().__init__()
        self.lexica: Lexica = {} if lexica is None else lexica
        self.notes = notes
        self.names = names
        self.anchors = anchors
        self.reports = reports

    def __len__(self) -> int:
        """Return the number of phrases."""
        return len(self.notes)

    def _make(self) -> list[Phrase]:
        return [
            read_note(note, self.names, self.anchors, self.reports) for note in self.notes.tolist()
        ]


def add_phrases(some: Sequence[Phrase], more: Sequence[Phrase]) -> Sequence[Phrase]:
    """Return some phrases and others after them; rows stay rows, and the others are reports."""
    if not isinstance(some, Phrases):
        return [*some, *more]
    first = REPORT + len(some.reports)
    rows = np.zeros(len(more), NOTE)
    rows["key"] = np.arange(first, first + len(more))
    notes = np.concatenate([some.notes, rows])
    return Phrases(notes, some.names, some.anchors, [*some.reports, *more], some.lexica)


class Steps(Lazy[Step]):
    """The steps of a way; the rows of `STEP` and `NOTE` behind them stay at hand."""

    __slots__ = ("phrases", "steps")

    def __init__(self, steps: NDArray[np.void], phrases: Phrases) -> None:
        """`phrases` are all that the rows of `steps` number."""
        super().__init__()
        self.steps = steps
        self.phrases = phrases

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.steps)

    def _make(self) -> list[Step]:
        phrases, steps = self.phrases, []
        for lon, lat, length_mm, duration_s, first, count, phrase, remarks in self.steps.tolist():
            steps.append(
                Step(
                    phrase=phrases[phrase],
                    place=(lon, lat),
                    length_mm=length_mm,
                    duration_s=duration_s,
                    first_segment=first,
                    segment_count=count,
                    remarks=tuple(phrases[phrase + 1 : phrase + 1 + remarks]),
                )
            )
        return steps


def read_note(
    note: tuple[int, int, int, int],
    names: Names,
    anchors: Sequence[Anchor],
    reports: Sequence[Phrase],
) -> Phrase:
    """Return the phrase of one row of `NOTE`."""
    number = note[0]
    if number >= REPORT:
        return reports[number - REPORT]
    params: dict[str, object] = {}
    for param, value in zip(PARAMS[number], note[1:], strict=False):
        if param == "name":
            if value:
                params[param] = names(value)
        elif param in {"place", "other"}:
            params[param] = as_param(anchors[value])
        else:
            params[param] = value
    return Phrase(KEYS[number], params)


def as_param(anchor: Anchor) -> dict[str, str]:
    """Return a landmark as a phrase names it: its names by language, and its kind."""
    return {**anchor.landmark.names, "kind": anchor.landmark.kind}
