"""Segments become rows of numbers and come back as they were."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings

from geo.routing.answer import Notice, Phrase, Segment, SegmentKind
from geo.routing.costs import Hindrance
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.segments import Stretches, as_stretches, pack, report_phrase
from geo.routing.stretches import STRETCH, UNCOUNTED, UNKNOWN
from tests.support.made_up_ways import ways

ICE = Notice("ice", "reported", None, "1")
OLD_ICE = Notice("ice", "expired", datetime(2030, 1, 2, tzinfo=UTC), "2")
BARE = Segment(
    kind=SegmentKind.FOOTWAY,
    shape=[(76.9, 43.2), (76.91, 43.2)],
    length_mm=1,
    duration_s=1.0,
    evidence=dict.fromkeys(LimitKind, Evidence.MISSING),
)


@settings(max_examples=150, deadline=None)
@given(segments=ways)
def test_segments_come_back_as_they_were(segments: list[Segment]) -> None:
    """Every value of a segment survives the way into rows and back."""
    back = as_stretches(segments)
    assert len(back) == len(segments)
    assert list(back) == segments


def test_every_field_of_a_row_is_eight_bytes_wide() -> None:
    """Rows can be read as a matrix of whole numbers."""
    assert STRETCH.itemsize == 8 * len(STRETCH.names or ())


def test_what_nobody_knows_is_no_number() -> None:
    """Unknown and uncounted have numbers of their own, never zero."""
    row = pack([replace(BARE, steps=None)]).way.stretches[0]
    assert (row["width_mm"], row["kerb_mm"], row["steps"]) == (UNKNOWN, UNKNOWN, UNCOUNTED)


def test_equal_names_get_one_number() -> None:
    """Names are told apart by value, and no name is number 0."""
    abai, dostyk = {"ru": "Абая", "en": "Abai"}, {"ru": "Достык"}
    named = [BARE, *(replace(BARE, name=dict(name)) for name in (abai, dostyk, abai))]
    packed = pack(named)
    assert packed.way.stretches["name"].tolist() == [0, 1, 2, 1]
    assert packed.names == [{}, abai, dostyk]


def test_equal_reports_get_one_number() -> None:
    """Reports that say the same are one phrase; each stretch says which are its own."""
    packed = pack([replace(BARE, notices=(ICE, OLD_ICE)), BARE, replace(BARE, notices=(ICE,))])
    assert packed.reports == [
        Phrase("warning.reported.ice"),
        Phrase("warning.doubtful.ice", {"until": "2030-01-02"}),
    ]
    assert packed.way.reports.tolist() == [0, 1, 0]
    rows = packed.way.stretches
    assert rows[["first_report", "report_count"]].tolist() == [(0, 2), (2, 0), (2, 1)]
    assert report_phrase(ICE) == packed.reports[0]


def test_hindrances_come_back_by_number() -> None:
    """A set of hindrances has one order."""
    mixed = replace(BARE, helps=(Hindrance.UNKNOWN, Hindrance.INCLINE))
    assert as_stretches([mixed])[0].helps == (Hindrance.INCLINE, Hindrance.UNKNOWN)


def test_segments_are_made_once_and_only_when_asked() -> None:
    """Who wants the number of stretches alone asks for no name; who looks again gets the same."""
    asked: list[int] = []

    def names(number: int) -> dict[str, str]:
        asked.append(number)
        return {}

    stretches = Stretches(pack([BARE, BARE]).way, names, {})
    assert len(stretches) == 2
    assert not asked
    assert stretches[0] is stretches[0]
    assert asked == [0, 0]


def test_stretches_equal_other_sequences_by_value() -> None:
    """It does not matter how the segments of a way are kept."""
    stretches = as_stretches([BARE])
    assert stretches == [BARE]
    assert [replace(BARE)] == list(stretches)
    assert stretches == as_stretches((BARE,))
    assert stretches != [replace(BARE, width_mm=1)]
    assert stretches != [BARE, BARE]
    assert stretches[:1] == [BARE]
    with pytest.raises(TypeError):
        hash(stretches)


def test_no_segments_are_a_way_too() -> None:
    """A way of nothing has rows of the right form."""
    way = pack([]).way
    assert way.stretches.dtype == STRETCH
    assert way.points.shape == (0, 2)
    assert np.array_equal(way.bounds, [0])
    assert as_stretches([]) == []
