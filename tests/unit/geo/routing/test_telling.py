"""Rows of numbers become steps and phrases."""

import numpy as np

from geo.routing.answer import Phrase, Step
from geo.routing.directions import codes
from geo.routing.directions.codes import KEYS, NOTE, PARAMS, REPORT
from geo.routing.directions.records import STEP
from geo.routing.directions.telling import Phrases, Steps, add_phrases
from geo.routing.landmarks import Landmark
from geo.routing.landmarks.grid import Anchor

NAMES = [{}, {"ru": "Абая", "en": "Abai"}]
BAKERY = Landmark("b", "bakery", {"en": "Bun"}, ((76.9, 43.2),))
BANK = Landmark("c", "bank", {}, ((76.9, 43.2),))
ANCHORS = [Anchor(1, each, each.points[0], each.title) for each in (BAKERY, BANK)]
REPORTS = [Phrase("warning.reported.ice")]


def tell(*rows: tuple[int, ...]) -> Phrases:
    """Return phrases of rows."""
    notes = np.zeros(len(rows), NOTE)
    for number, row in enumerate(rows):
        notes[number] = (*row, 0, 0, 0)[:4]
    return Phrases(notes, NAMES.__getitem__, ANCHORS, REPORTS)


def test_numbers_become_keys_and_parameters() -> None:
    """Each number of a note is what its key says it is."""
    later = codes.SLOPE_LATER + 1
    assert tell((codes.TACTILE,), (codes.STEPS_COUNTED, 5), (later, 60, 2000, 900)) == [
        Phrase("remark.tactile"),
        Phrase("steps.up.counted", {"n": 5}),
        Phrase(
            "remark.slope_down.later",
            {"slope_permille": 60, "distance_mm": 2000, "after_mm": 900},
        ),
    ]


def test_a_name_is_said_where_there_is_one() -> None:
    """Number 0 is no name at all."""
    named = codes.DEPART + len(codes.WHERES) - 1
    assert tell((codes.DEPART, 70, 0), (named, 70, 1)) == [
        Phrase("depart.east.path", {"distance_mm": 70}),
        Phrase("depart.east.named", {"distance_mm": 70, "name": NAMES[1]}),
    ]


def test_landmarks_come_with_their_kind() -> None:
    """A landmark is said by its names and the kind of place."""
    bun, bank = {"en": "Bun", "kind": "bakery"}, {"kind": "bank"}
    assert tell((codes.LANDMARK_PASSES, 0, 1)) == [
        Phrase("landmark.passes.left", {"place": bun, "other": bank})
    ]


def test_what_is_reported_is_a_phrase_already() -> None:
    """Beyond the keys are the phrases of the way, and what was added to them."""
    more = [Phrase("warning.place_closed"), Phrase("warning.doubtful.ice", {"until": "2030-01-02"})]
    said = add_phrases(tell((codes.TACTILE,), (REPORT,)), more)
    assert isinstance(said, Phrases)
    assert said == [Phrase("remark.tactile"), *REPORTS, *more]
    assert add_phrases(REPORTS, more) == [*REPORTS, *more]


def test_a_step_has_the_remarks_that_follow_its_phrase() -> None:
    """A step points at its first note and says how many follow."""
    notes = tell((codes.ESCALATOR,), (codes.TACTILE,), (codes.PRIVATE,), (codes.ARRIVE,)).notes
    rows = np.array([(76.9, 43.2, 5000, 7.5, 0, 2, 0, 2), (76.91, 43.2, 0, 0.0, 2, 0, 3, 0)], STEP)
    steps = Steps(rows, Phrases(notes, NAMES.__getitem__, ANCHORS, REPORTS))
    assert len(steps) == 2
    assert steps == [
        Step(
            phrase=Phrase("escalator"),
            place=(76.9, 43.2),
            length_mm=5000,
            duration_s=7.5,
            first_segment=0,
            segment_count=2,
            remarks=(Phrase("remark.tactile"), Phrase("remark.private")),
        ),
        Step(
            phrase=Phrase("arrive.yes"),
            place=(76.91, 43.2),
            length_mm=0,
            duration_s=0.0,
            first_segment=2,
            segment_count=0,
        ),
    ]


def test_every_key_has_at_most_as_many_parameters_as_a_note() -> None:
    """A note has room for all that its key takes."""
    assert len(KEYS) == len(PARAMS) == REPORT
    assert max(map(len, PARAMS)) <= len(NOTE.names or ()) - 1
