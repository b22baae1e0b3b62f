"""Directions for hand-made ways."""

from collections.abc import Sequence

from geo.routing.answer import Phrase, Segment, Step, Target
from geo.routing.directions import Description, Guidebook
from geo.routing.directions import describe as describe_way
from geo.routing.landmarks import Landmarks
from geo.routing.needs import Needs
from geo.routing.segments import pack


def _describe(
    segments: list[Segment], target: Target, needs: Needs, landmarks: Landmarks | None
) -> Description:
    way, names, reports = pack(segments)
    guidebook = Guidebook.of(landmarks, names)
    return describe_way(way, names.__getitem__, reports, target, needs, guidebook)


def describe(
    segments: list[Segment], target: Target, needs: Needs, landmarks: Landmarks | None = None
) -> Sequence[Step]:
    """Return the steps of a way."""
    return _describe(segments, target, needs, landmarks).steps


def list_warnings(segments: list[Segment], needs: Needs, target: Target) -> Sequence[Phrase]:
    """Return the warnings of a way."""
    return _describe(segments, target, needs, None).warnings
