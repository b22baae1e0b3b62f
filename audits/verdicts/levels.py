"""Ways over a height: a step, steps with a rail, a ramp, a platform lift, a lift.

Each is one alternative; the best one counts. Figures come from `geo.mobility`, rows from the
rule files; this module owns how height, count and riser of steps work together, and how the
slope of a ramp follows from its rise and length.
"""

from dataclasses import dataclass, replace

from audits.observations import Fact, Span, State
from audits.verdicts.case import Case
from audits.verdicts.model import Advice
from audits.verdicts.outcome import CLEAR, Outcome, chain
from audits.verdicts.parts import Part
from audits.verdicts.rows import conclude, judge_row, number_span, open_question
from geo.mobility import HelpKind, Limit, Mark, Profile, Word
from geo.mobility.limits import SHORT_RAMP_RISE_MM

_REAL_RAMPS = ("fixed", "removable", "folding")
_STEP_HELP: dict[Profile, tuple[HelpKind, ...]] = {
    Profile.MANUAL_WHEELCHAIR: (HelpKind.COMPANION,),
    Profile.POWERED_WHEELCHAIR: (HelpKind.EFFORT,),
    Profile.LIMITED_WALKING: (HelpKind.COMPANION, HelpKind.STAFF, HelpKind.EFFORT),
    Profile.PUSHCHAIR: (HelpKind.EFFORT, HelpKind.COMPANION),
}
_ARM = (HelpKind.COMPANION, HelpKind.STAFF)


@dataclass(frozen=True, slots=True)
class Steps:
    """The fields that describe steps at one spot."""

    count: str
    riser: str
    rail: str
    height: str | None
    """Total height; `None` where nobody asks for it."""


ENTRANCE_STEPS = Steps(
    "stairs.count", "stairs.riser_max", "stairs.handrail", "entrance.level_change"
)
INNER_STEPS = Steps("inner_stairs.count", "inner_stairs.riser_max", "inner_stairs.handrail", None)


def judge_steps(case: Case, part: Part, fields: Steps, *, mandatory: bool = True) -> Outcome:
    """Judge going over a height on foot or wheels without ramp or lift."""
    if not case.limits.max_step_mm.limited:
        return CLEAR
    height = part.find(fields.height) if fields.height else None
    count = part.find(fields.count)
    number = None if count is None else number_span(count, "count")
    if count is None or number is None:
        if height is not None:
            return _unknown_count(case, part, fields, height)
        return open_question(part, fields.height or fields.count, mandatory=mandatory)
    if number.exact == 0:
        return _single(case, part, height) if height else _known(case, part, count, Word.YES)
    if number.exact == 1:
        return _one_step(case, part, fields, count, height)
    return chain(
        [
            _flight_count(case, part, count, number),
            _rail(case, part, fields, number),
            _flight_riser(case, part, fields, height, number),
        ]
    )


def _known(case: Case, part: Part, fact: Fact, word: Word) -> Outcome:
    return conclude(case, part, fact, word, requirement="steps_count", mandatory=True)


def _single(case: Case, part: Part, height: Fact) -> Outcome:
    """Judge a height as one step."""
    limit = case.limits.max_step_mm
    span = number_span(height, "mm")
    word = Word.UNKNOWN if span is None else limit.word_between(span.low, span.high)
    return _step(case, part, height, word)


def _step(case: Case, part: Part, fact: Fact, word: Word) -> Outcome:
    return conclude(
        case,
        part,
        fact,
        word,
        requirement="step_height",
        mandatory=True,
        help_kinds=_STEP_HELP.get(case.profile, (HelpKind.EFFORT,)),
        limit=case.limits.max_step_mm,
    )


def _unknown_count(case: Case, part: Part, fields: Steps, height: Fact) -> Outcome:
    """Judge a height without knowing into how many steps it is divided."""
    whole = _single(case, part, height)
    most = case.limits.max_steps.help
    if whole.word.usable or (most is not None and most <= 1):
        return whole
    span, tallest = number_span(height, "mm"), case.limits.max_step_mm.help
    too_high = (
        span is not None
        and span.low is not None
        and most is not None
        and tallest is not None
        and span.low > most * tallest
    )
    return whole if too_high else open_question(part, fields.count, mandatory=True)


def _one_step(case: Case, part: Part, fields: Steps, count: Fact, height: Fact | None) -> Outcome:
    """Judge a single step by its height alone: up to the limit it is a bump."""
    fact = part.find(fields.riser) or height
    if fact is None:
        return open_question(part, fields.height or fields.riser, mandatory=True)
    links = [_single(case, part, fact), Outcome(facts=(count,), asked=1, answered=1)]
    if case.limits.max_steps.ok_mark is Mark.USER:
        # A person who says "no steps" means bumps too.
        links.append(_flight_count(case, part, count, Span(1, 1)))
    return chain(links)


def _flight_count(case: Case, part: Part, count: Fact, number: Span) -> Outcome:
    limit = case.limits.max_steps
    return conclude(
        case,
        part,
        count,
        limit.word_between(number.low, number.high),
        requirement="steps_count",
        mandatory=True,
        help_kinds=_STEP_HELP.get(case.profile, (HelpKind.EFFORT,)),
        limit=limit,
    )


def _flight_riser(
    case: Case, part: Part, fields: Steps, height: Fact | None, number: Span
) -> Outcome:
    """Judge the height of each step: as measured, or the mean of the flight."""
    riser = part.find(fields.riser)
    if riser is not None:
        return _single(case, part, riser)
    if height is None or number.exact is None:
        return open_question(part, fields.riser, mandatory=False)
    span = number_span(height, "mm")
    if span is None or span.low is None or span.high is None:
        return open_question(part, fields.riser, mandatory=False)
    limit = case.limits.max_step_mm
    word = limit.word_between(span.low // number.exact, -(-span.high // number.exact))
    return _step(case, part, height, word)


def _rail(case: Case, part: Part, fields: Steps, number: Span) -> Outcome:
    """Judge what there is to hold on to; it matters to people who walk badly.

    Up to the `ok` count (12, D) one rail is enough and an arm replaces it; longer flights need
    rails on both sides (P).
    """
    if case.profile is not Profile.LIMITED_WALKING:
        return CLEAR
    rail = part.find(fields.rail)
    if rail is None:
        return open_question(part, fields.rail, mandatory=True)
    most = case.limits.max_steps.ok
    is_long = most is not None and (number.high is None or number.high > most)
    sides = "none" if rail.state is State.ABSENT else rail.value
    if sides == "both" or (sides == "one" and not is_long):
        word = Word.YES
    else:
        word = Word.NO if is_long else Word.WITH_HELP
    return conclude(
        case, part, rail, word, requirement="steps_rail", mandatory=True, help_kinds=_ARM
    )


def judge_ramp(case: Case, part: Part, rise: Fact | None) -> Outcome:
    """Judge a ramp; `rise` is the total height where it is known (mm)."""
    rows = [judge_row(case, row, part) for row in case.entry.rows("ramp")]
    if not rows:
        return CLEAR
    kind = part.find("ramp.kind")
    if kind is None or kind.value in _REAL_RAMPS:
        rows.append(_slope(case, part, rise, is_open=kind is None))
    return chain(rows)


def _slope(case: Case, part: Part, rise: Fact | None, *, is_open: bool) -> Outcome:
    stated = part.find("ramp.slope")
    rise = rise or part.find("ramp.rise_per_flight")
    fact, span = _slope_fact(part, stated, rise)
    if fact is None or span is None:
        # While nobody knows whether there is a ramp, its slope is not yet the question.
        return CLEAR if is_open else open_question(part, "ramp.slope", mandatory=True)
    word, limit = _slope_word(case, span, rise)
    outcome = conclude(
        case,
        part,
        fact,
        word,
        requirement="ramp_slope",
        mandatory=True,
        help_kinds=_slope_help(case.profile),
        limit=limit,
    )
    if word is Word.UNKNOWN and rise is None:
        ask = open_question(
            part, "ramp.length", mandatory=True, advice=Advice.MEASURE_RISE_AND_LENGTH
        )
        return Outcome(Word.UNKNOWN, missing=ask.missing, facts=outcome.facts, asked=1)
    return outcome


def _slope_fact(
    part: Part, stated: Fact | None, rise: Fact | None
) -> tuple[Fact | None, Span | None]:
    """Return the slope in permille: as stated, or better from rise and length.

    A derived slope inside the stated span replaces it; one outside widens it, because one of
    the two must be wrong.
    """
    length = part.find("ramp.length")
    first = None if stated is None else number_span(stated, "permille")
    second = _derived(rise, length)
    if second is None or length is None:
        return stated, first
    derived = replace(length, field=part.name("ramp.slope"), value=second.low or second.high)
    if stated is None or first is None:
        return derived, second
    if _inside(second, first):
        return derived, second
    return stated, Span(_lower(first.low, second.low), _upper(first.high, second.high))


def _inside(inner: Span, outer: Span) -> bool:
    low_fits = outer.low is None or (inner.low is not None and inner.low >= outer.low)
    return low_fits and (
        outer.high is None or (inner.high is not None and inner.high <= outer.high)
    )


def _lower(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else min(one, other)


def _upper(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _slope_help(profile: Profile) -> tuple[HelpKind, ...]:
    if profile is Profile.POWERED_WHEELCHAIR:
        return (HelpKind.EFFORT,)
    return (HelpKind.COMPANION, HelpKind.STAFF)


def _derived(rise: Fact | None, length: Fact | None) -> Span | None:
    if rise is None or length is None:
        return None
    up, along = number_span(rise, "mm"), number_span(length, "mm")
    if up is None or along is None or not along.low or not along.high:
        return None
    return Span(
        None if up.low is None else round(up.low * 1000 / along.high),
        None if up.high is None else round(up.high * 1000 / along.low),
    )


def _slope_word(case: Case, span: Span, rise: Fact | None) -> tuple[Word, Limit]:
    """Judge a slope by the limit for its rise; by both while the rise is not known."""
    long, short = case.limits.max_ramp_slope_permille, case.limits.max_short_ramp_slope_permille
    up = None if rise is None else number_span(rise, "mm")
    if up is not None and up.high is not None and up.high <= SHORT_RAMP_RISE_MM:
        return short.word_between(span.low, span.high), short
    strict = long.word_between(span.low, span.high)
    if up is not None and up.low is not None and up.low > SHORT_RAMP_RISE_MM:
        return strict, long
    if strict is Word.NO and short.word_between(span.low, span.high) is not Word.NO:
        return Word.UNKNOWN, long
    return strict, long


def judge_platform(case: Case, part: Part) -> Outcome:
    """Judge a platform lift."""
    return chain(judge_row(case, row, part) for row in case.entry.rows("platform_lift"))


def judge_lift(case: Case, part: Part) -> Outcome:
    """Judge a lift: state, access, size, and its hours where a time of the visit is given."""
    links = [judge_row(case, row, part) for row in case.entry.rows("lift")]
    hours = part.find("lift.hours")
    if links and hours is not None and case.closed(hours):
        links.append(
            conclude(case, part, hours, Word.NO, requirement="lift_closed", mandatory=False)
        )
    return chain(links)
