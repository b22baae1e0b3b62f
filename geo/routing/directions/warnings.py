"""What holds for the whole way, said once before one sets out."""

from collections.abc import Iterator

from geo.mobility import Profile
from geo.routing.answer import Phrase, Segment, SegmentKind, Target
from geo.routing.directions.remarks import (
    CAREFUL_ON_SLOPES,
    ON_FOOT_WITH_CARE,
    WHEELS,
    list_notices,
)
from geo.routing.directions.whole import Whole, is_measured, is_steep, summarise
from geo.routing.encoding import Crossing
from geo.routing.needs import Needs

_NOT_MAPPED = frozenset({Crossing.INFERRED, Crossing.UNMAPPED})


def list_warnings(
    segments: list[Segment], needs: Needs, target: Target, whole: Whole | None = None
) -> list[Phrase]:
    """Return what to know before setting out, what stops or endangers first.

    `whole` is the summary of the same segments, when somebody made it already.
    """
    whole = whole or summarise(segments, needs)
    return [
        *_dangers(segments),
        *list_notices(segments),
        *_unknowns(segments, whole, needs),
        *_door(target),
    ]


def _dangers(segments: list[Segment]) -> Iterator[Phrase]:
    if places := _count_runs([bool(segment.helps) for segment in segments]):
        yield Phrase("warning.help", {"n": places})
    if open_roads := _count_runs([s.crossing in _NOT_MAPPED for s in segments]):
        yield Phrase("warning.inferred_crossings", {"n": open_roads})
    if flights := _count_runs([s.kind is SegmentKind.STEPS and not s.lift for s in segments]):
        yield Phrase("warning.steps_on_way", {"n": flights})


def _unknowns(segments: list[Segment], whole: Whole, needs: Needs) -> Iterator[Phrase]:
    if gap := whole.unsurveyed_mm:
        key = "warning.unsurveyed_all" if gap == whole.length_mm else "warning.unsurveyed"
        yield Phrase(key, {"distance_mm": gap})
    if whole.guessed:
        yield Phrase("warning.pavement_inferred")
    if whole.kerbs_unknown and needs.profile in WHEELS | ON_FOOT_WITH_CARE:
        yield Phrase("warning.kerbs_unknown")
    if whole.sounds_unknown and needs.profile is Profile.LOW_VISION:
        yield Phrase("warning.sounds_unknown")
    if whole.slopes_assumed and needs.profile in CAREFUL_ON_SLOPES:
        slopes = [s.slope_permille or 0 for s in segments if is_steep(s) and not is_measured(s)]
        for key, slope in (("up", max(slopes)), ("down", -min(slopes))):
            if slope > 0:
                yield Phrase(f"warning.slope_{key}_assumed", {"slope_permille": slope})


def _door(target: Target) -> Iterator[Phrase]:
    if target.word.value in {"unknown", "with_help"}:
        yield Phrase(f"warning.door.{target.word.value}")


def _count_runs(marks: list[bool]) -> int:
    """Return how many unbroken runs of true there are."""
    return sum(1 for at, mark in enumerate(marks) if mark and (at == 0 or not marks[at - 1]))
