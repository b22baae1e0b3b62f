"""A way described: the kernel's rows, and what they are called.

Here rows of numbers meet the names they stand for: those of streets, of landmarks, of what is
reported.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import Phrase, Step, Target
from geo.routing.directions.codes import ARRIVALS, ARRIVE, DOORS, NOTE
from geo.routing.directions.guide import Anchors
from geo.routing.directions.measures import NO_MEASURES, Measures
from geo.routing.directions.readers import make_reader
from geo.routing.directions.records import NOWHERE, STEP, Whole
from geo.routing.directions.steps import End, describe_way
from geo.routing.directions.telling import Names, Phrases, Steps
from geo.routing.landmarks import Landmarks, make_landmarks
from geo.routing.landmarks.grid import Anchor
from geo.routing.needs import Needs
from geo.routing.stretches import Way
from geo.routing.writing.lexicon import Lexica


@dataclass(frozen=True)
class Guidebook:
    """Landmarks, numbered for the names of one network."""

    anchors: Sequence[Anchor]
    numbers: Anchors
    lexica: Lexica = field(default_factory=dict, compare=False)
    """What was written of these names and landmarks."""

    @classmethod
    def of(cls, landmarks: Landmarks | None, names: Iterable[Mapping[str, str]]) -> "Guidebook":
        """Return the landmarks for ways whose names these are, by number."""
        known = landmarks or make_landmarks([])
        titles = known.number_titles(names)
        counts = known.owner_count, known.title_count
        return cls(known.anchors, Anchors(known.beside, titles, *counts))


class Description(NamedTuple):
    """What is said of a way."""

    steps: Sequence[Step]
    warnings: Sequence[Phrase]
    whole: Whole
    measures: Measures


def describe(
    way: Way,
    names: Names,
    reports: Sequence[Phrase],
    target: Target,
    needs: Needs,
    guidebook: Guidebook,
) -> Description:
    """Return the steps of a way, the arrival last, its warnings, and what adds up.

    `names` and `reports` are what the numbers in its rows stand for.
    """
    end = _end_of(target)
    if len(way.stretches):
        told = describe_way(way, make_reader(needs), guidebook.numbers, end)
        steps, notes = told.steps, told.notes
        warnings, whole, measures = told.warnings, told.whole, told.measures
    else:
        steps, notes = _arrive_at_once(target, end)
        warnings, whole, measures = notes[:0], NOWHERE, NO_MEASURES
    anchors, lexica = guidebook.anchors, guidebook.lexica
    return Description(
        Steps(steps, Phrases(notes, names, anchors, reports, lexica)),
        Phrases(warnings, names, anchors, reports, lexica),
        whole,
        measures,
    )


def _end_of(target: Target) -> End:
    # A bare point is no door, so nothing is said about getting in.
    is_point = target.ref is None and target.note is None and not target.extra_seconds
    arrival = ARRIVALS.index("point" if is_point else target.word)
    doubts = DOORS.index(target.word) + 1 if target.word in DOORS else 0
    return End(arrival, doubts, float(target.extra_seconds))


def _arrive_at_once(target: Target, end: End) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the rows for somebody who is there already."""
    steps, notes = np.zeros(1, STEP), np.zeros(1, NOTE)
    steps[0]["lon"], steps[0]["lat"] = target.lon, target.lat
    steps[0]["duration_s"] = end.seconds
    notes[0]["key"] = ARRIVE + end.arrival
    return steps, notes
