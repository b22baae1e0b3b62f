"""What a verdict says about itself: help, evidence, confidence, how long it holds."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from audits.catalogue import latest
from audits.consensus import FRESH
from audits.observations import Confidence, Fact, Grade, grade_of
from audits.verdicts.entrance import EntranceOutcome
from audits.verdicts.model import Missing, PlaceFacts
from audits.verdicts.outcome import Outcome
from audits.verdicts.parts import inside_parts
from geo.mobility import HelpKind, Profile, Word

_THIN_COVERAGE = 0.5


def help_kinds_of(outcome: Outcome) -> tuple[HelpKind, ...]:
    """Return every kind of help that a `with_help` names, in a fixed order."""
    if outcome.word is not Word.WITH_HELP:
        return ()
    named = {
        kind
        for reason in outcome.reasons
        if reason.effect is Word.WITH_HELP
        for kind in reason.help_kinds or (HelpKind.EFFORT,)
    }
    return tuple(kind for kind in HelpKind if kind in named)


def in_asking_order(missing: Sequence[Missing]) -> tuple[Missing, ...]:
    """Return open questions once each: what an express visit asks first, then along the way."""
    once = list(dict.fromkeys(missing))
    return tuple(sorted(once, key=lambda item: _depth_rank(item.field)))


@cache
def _depth_rank(field: str) -> int:
    item = latest().find(field)
    return 0 if item is None else item.depth.rank


@cache
def _is_measure(field: str) -> bool:
    item = latest().find(field)
    return item is not None and item.type.is_measure


def grade_of_facts(facts: Sequence[Fact]) -> Grade | None:
    """Return the weakest evidence among the facts used."""
    grades = [grade_of(fact.method, is_measure=_is_measure(fact.field)) for fact in facts]
    return min(grades, key=lambda grade: grade.rank, default=None)


def confidence_of(outcome: Outcome, moment: datetime) -> Confidence:
    """Return high for measured, mostly confirmed and fresh; medium for two of these; else low.

    Less than half of the questions answered takes one step off (P).
    """
    facts = outcome.facts
    if outcome.word is Word.UNKNOWN or not facts:
        return Confidence.LOW
    confirmed = sum(fact.agreement.confirmed for fact in facts)
    reasons = [
        grade_of_facts(facts) is Grade.MEASURED,
        confirmed * 2 > len(facts),
        all(moment - fact.observed_at < FRESH and not fact.stale_at(moment) for fact in facts),
    ]
    steps = (Confidence.LOW, Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)
    points = sum(reasons)
    if outcome.answered < _THIN_COVERAGE * outcome.asked:
        points = max(0, points - 1)
    return steps[points]


def valid_until(facts: Sequence[Fact], moment: datetime) -> datetime | None:
    """Return when the clock alone may change the verdict: a fact expires or ceases to be fresh."""
    turns = [fact.expires_at for fact in facts if fact.expires_at is not None]
    turns += [fact.observed_at + FRESH for fact in facts]
    return min((turn for turn in turns if turn > moment), default=None)


def warnings_of(
    profile: Profile, place: PlaceFacts, winner: EntranceOutcome | None
) -> tuple[str, ...]:
    """Return message keys of what matters to this person but is no part of the word."""
    inside = inside_parts(place)[0]
    found = []
    if profile is Profile.LOW_VISION and inside.plain("animals.guide_dog") is False:
        found.append("warning.guide_dog_refused")
    if profile is Profile.DEAF and inside.plain("evac.alarm_visual") is False:
        found.append("warning.no_visual_alarm")
    if winner is not None and winner.entrance.point is None:
        found.append("warning.entrance_without_position")
    return tuple(found)
