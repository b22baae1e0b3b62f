"""One requirement against one fact.

The only place that decides what an answer proves. Rules:

- Not known: a mandatory row is unknown, an advisory row is passed over and counted.
- A number is a span (operator, precision, method) held against the limit; a span that may be
  impassable but need not be is unknown, also in an advisory row, with advice how to measure.
- Expired or disputed: bad news stays; a mandatory row loses its good news.
- `with_help` whose help is not at hand is `no` for this person.
"""

from audits.observations import Fact, Span, State, margin, span_of
from audits.verdicts.case import Case
from audits.verdicts.model import Advice, Missing, Reason
from audits.verdicts.outcome import CLEAR, Outcome
from audits.verdicts.parts import Part
from audits.verdicts.rules import Answer, Gate, Requirement
from geo.mobility import HelpKind, Limit, Mark, Word
from geo.mobility.limits import Sense
from geo.mobility.surfaces import find_smoothness_rank, find_surface_rank

_SLOPES = ("slope", "slope_long")
_RANKS = {
    "max_surface_rank": find_surface_rank,
    "max_smoothness_rank": find_smoothness_rank,
}


def judge_row(case: Case, row: Requirement, part: Part) -> Outcome:
    """Hold one requirement against what is known about a part."""
    fact = part.find(row.field)
    if not _applies(row, part, fact):
        return CLEAR
    limit = _limit(case, row)
    if limit is not None and not limit.limited:
        return CLEAR
    if fact is None:
        return open_question(part, row.field, mandatory=row.mandatory)
    if fact.state is State.NOT_APPLICABLE:
        return Outcome(facts=(fact,), asked=1, answered=1)
    word = word_of(row, fact, limit)
    kinds = row.help_kinds
    if row.is_access:
        word, kinds = _access(case, part, fact, word)
    return conclude(
        case,
        part,
        fact,
        word,
        requirement=row.id,
        mandatory=row.mandatory,
        help_kinds=kinds,
        limit=limit,
    )


def open_question(
    part: Part, field: str, *, mandatory: bool, advice: Advice = Advice.ANSWER
) -> Outcome:
    """Return the outcome of a question that nobody answered."""
    missing = (Missing(part.name(field), part.element_id, part.entrance_id, advice),)
    if mandatory:
        return Outcome(Word.UNKNOWN, missing=missing, asked=1)
    return Outcome(unanswered=missing, asked=1)


def conclude(
    case: Case,
    part: Part,
    fact: Fact,
    word: Word,
    *,
    requirement: str,
    mandatory: bool,
    help_kinds: tuple[HelpKind, ...] = (),
    limit: Limit | None = None,
) -> Outcome:
    """Turn the word of one known fact into an outcome with its reason or open question."""
    stale = fact.stale_at(case.moment)
    if word is Word.UNKNOWN or (stale and mandatory and word is not Word.NO):
        advice = Advice.LOOK_AGAIN if stale else _advice(fact)
        missing = Missing(fact.field, part.element_id, part.entrance_id, advice)
        return Outcome(Word.UNKNOWN, missing=(missing,), facts=(fact,), asked=1)
    if word is Word.YES:
        if stale:
            look = Missing(fact.field, part.element_id, part.entrance_id, Advice.LOOK_AGAIN)
            return Outcome(unanswered=(look,), asked=1)
        return Outcome(facts=(fact,), asked=1, answered=1)
    if word is Word.WITH_HELP and not case.help_works(help_kinds):
        word = Word.NO
    reason = Reason(
        requirement=requirement,
        effect=word,
        field=fact.field,
        element_id=part.element_id,
        entrance_id=part.entrance_id,
        measured=fact.value,
        operator=fact.operator.value,
        ok=None if limit is None else limit.ok,
        help=None if limit is None else limit.help,
        mark=_mark(limit, word),
        help_kinds=help_kinds,
        stale=stale,
    )
    return Outcome(word, reasons=(reason,), facts=(fact,), asked=1, answered=1)


def word_of(row: Requirement, fact: Fact, limit: Limit | None) -> Word:
    """Return what a fact proves about a row, before help, keys and age are looked at."""
    if limit is None:
        return word_of_answer(row.words or {}, fact)
    if fact.state is State.ABSENT:
        # No threshold is a good threshold; a door without any width is a mistake.
        return Word.YES if limit.sense is Sense.AT_MOST else Word.UNKNOWN
    span = _span(row, fact)
    if span is None:
        return Word.UNKNOWN
    return limit.word_between(span.low, span.high)


def word_of_answer(words: dict[Answer, Word], fact: Fact) -> Word:
    """Return the word of a choice or truth value; an answer without a word is unknown."""
    if fact.state is State.ABSENT:
        for absent in ("absent", "none", False):
            if absent in words:
                return words[absent]
        return Word.UNKNOWN
    if isinstance(fact.value, (str, bool)):
        return words.get(fact.value, Word.UNKNOWN)
    return Word.UNKNOWN


def number_span(fact: Fact, unit: str) -> Span | None:
    """Return what a fact proves about a number; `None` when it is about none."""
    if fact.state is State.ABSENT:
        return Span(0, 0)
    if isinstance(fact.value, (str, bool)) or fact.value is None:
        return None
    return span_of(fact.value, fact.operator, margin(fact.method, unit, fact.precision))


def _span(row: Requirement, fact: Fact) -> Span | None:
    if isinstance(fact.value, str) and row.limit_name in _RANKS:
        rank = _RANKS[row.limit_name](fact.value)
        return None if rank is None else Span(int(rank), int(rank))
    span = number_span(fact, row.unit)
    return _without_sign(span) if span is not None and row.absolute else span


def _without_sign(span: Span) -> Span:
    if span.low is not None and span.low >= 0:
        return span
    if span.high is not None and span.high <= 0:
        return Span(-span.high, None if span.low is None else -span.low)
    if span.low is None or span.high is None:
        return Span(0, None)
    return Span(0, max(-span.low, span.high))


def _limit(case: Case, row: Requirement) -> Limit | None:
    if row.limit_name is not None:
        return case.limits.get(row.limit_name)
    return row.own_limit


def _applies(row: Requirement, part: Part, fact: Fact | None) -> bool:
    if row.unless is not None and _holds(row.unless, part):
        return False
    if row.when is None or _holds(row.when, part):
        return True
    # While the earlier answer is open, a later one that is known still counts.
    return part.find(row.when.field) is None and fact is not None


def _holds(gate: Gate, part: Part) -> bool:
    value = part.plain(gate.field)
    return value is not None and gate.holds(value)


def _access(case: Case, part: Part, fact: Fact, word: Word) -> tuple[Word, tuple[HelpKind, ...]]:
    """Return the word and the help of an access mode, with the person's keys."""
    if fact.value == "attendant":
        return word, (HelpKind.STAFF,)
    if fact.value != "key_card":
        return word, ()
    issuer = part.plain(f"{fact.field.split('.')[0]}.key_issuer")
    if case.holds_key(issuer, part.element_id):
        return Word.YES, ()
    return word, (HelpKind.KEY,)


def _advice(fact: Fact) -> Advice:
    if fact.field.rsplit(".", 1)[-1] in _SLOPES:
        return Advice.MEASURE_RISE_AND_LENGTH
    return Advice.MEASURE_EXACTLY


def _mark(limit: Limit | None, word: Word) -> Mark | None:
    if limit is None:
        return None
    return limit.help_mark if word is Word.NO and limit.help is not None else limit.ok_mark
