"""Several answers about one thing settle into the current fact.

Rules, in this order, for one field of one element:

1. An answer that says something beats `unknown`.
2. What was seen or measured beats what was claimed or drawn, a measurement beats an estimate.
   Evidence more than two years older than the newest answer counts one grade less and loses a
   tie, because buildings change.
3. For states (whatever has `valid_days`: lifts, staff, snow) the newer answer wins.
4. For the rest the more exact answer wins, then the newer one.

The outcome depends on the set of answers, never on their order. Votes never change the value:
they raise confidence, or mark the fact as disputed, which takes its good news away and keeps
its bad news. Pure; `now` is a parameter. Figures are proposed here, no norm.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from audits.catalogue import Catalogue, Field
from audits.observations import (
    Agreement,
    Confidence,
    Fact,
    Grade,
    Observation,
    Span,
    State,
    grade_of,
    margin,
    span_of,
)

FRESH = timedelta(days=730)
"""Measurements younger than this are fresh (domain evidence: high confidence below 24 months)."""
MIN_DISPUTE_VOTES = 2
_SAME_WITHIN = {"mm": 20, "permille": 10}
"""Two readings of the same thing differ by so much without contradicting each other."""
_VERY_WIDE = 1 << 30


class VoteKind(StrEnum):
    """What somebody says about a fact."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's say about the current fact of a field."""

    account_id: UUID
    kind: VoteKind
    voted_at: datetime


def settle(
    item: Field, observations: Iterable[Observation], votes: Iterable[Vote], now: datetime
) -> Fact | None:
    """Return the fact that follows from all answers about one field of one element.

    `observations` come from approved audits and carry no rejecting decision. `None` when there
    are none.
    """
    answers = list(observations)
    if not answers:
        return None
    newest = max(answer.observed_at for answer in answers)
    winner = max(answers, key=lambda answer: _strength(item, answer, newest))
    agreement = _agreement(item, winner, answers, votes)
    expires_at = (
        winner.observed_at + timedelta(days=item.valid_days)
        if item.valid_days is not None and winner.state is not State.UNKNOWN
        else None
    )
    return Fact(
        field=item.name,
        state=winner.state,
        observed_at=winner.observed_at,
        operator=winner.operator,
        value=winner.value,
        precision=winner.precision,
        method=winner.method,
        expires_at=expires_at,
        confidence=_confidence(item, winner, agreement, now),
        agreement=agreement,
        evidence=_evidence(item, winner, answers),
    )


def settle_all(
    catalogue: Catalogue,
    observations: Iterable[Observation],
    votes: Iterable[tuple[UUID | None, str, Vote]],
    now: datetime,
) -> dict[tuple[UUID | None, str], Fact]:
    """Return the facts of a place by (element id, field); fields of no catalogue are left out.

    Votes come as (element id, field, vote).
    """
    answers: dict[tuple[UUID | None, str], list[Observation]] = defaultdict(list)
    for observation in observations:
        answers[observation.element_id, observation.field].append(observation)
    says: dict[tuple[UUID | None, str], list[Vote]] = defaultdict(list)
    for element_id, name, vote in votes:
        says[element_id, name].append(vote)
    facts = {}
    for key, given in answers.items():
        item = catalogue.find(key[1])
        fact = settle(item, given, says[key], now) if item else None
        if fact is not None:
            facts[key] = fact
    return facts


def _strength(item: Field, answer: Observation, newest: datetime) -> tuple[object, ...]:
    grade = grade_of(answer.method, is_measure=item.type.is_measure).rank
    aged = newest - answer.observed_at > FRESH
    if aged:
        grade -= 1
    says_something = answer.state is not State.UNKNOWN
    if item.valid_days is not None:
        # A state is about a day: only hearsay gives way to an older look.
        seen = grade_of(answer.method, is_measure=False) is not Grade.CLAIMED
        return says_something, seen, answer.observed_at, str(answer.id)
    return (
        says_something,
        grade,
        not aged,
        -_width(item, answer),
        answer.observed_at,
        str(answer.id),
    )


def _width(item: Field, answer: Observation) -> int:
    """Return how much an answer leaves open; 0 for an exact one."""
    span = _span(item, answer)
    if span is None:
        return 0
    if span.low is None or span.high is None:
        return _VERY_WIDE
    return span.high - span.low


def _span(item: Field, answer: Observation) -> Span | None:
    if not item.type.is_number or isinstance(answer.value, (bool, str)) or answer.value is None:
        return None
    off_by = margin(answer.method, item.type.unit, answer.precision)
    return span_of(answer.value, answer.operator, off_by)


def _same(item: Field, one: Observation, other: Observation) -> bool:
    """Whether two answers can both be true."""
    if one.state is not other.state:
        return False
    first, second = _span(item, one), _span(item, other)
    if first is None or second is None:
        return one.value == other.value
    slack = _SAME_WITHIN.get(item.type.unit, 0)
    return _reaches(first.low, second.high, slack) and _reaches(second.low, first.high, slack)


def _reaches(low: int | None, high: int | None, slack: int) -> bool:
    return low is None or high is None or low <= high + slack


def _agreement(
    item: Field, winner: Observation, answers: Sequence[Observation], votes: Iterable[Vote]
) -> Agreement:
    known = [answer for answer in answers if answer.state is not State.UNKNOWN]
    authors = {answer.author_id for answer in known if _same(item, winner, answer)}
    authors |= {winner.author_id}
    others = {answer.author_id for answer in known if not _same(item, winner, answer)} - authors
    # A vote is about what was known then; a newer observation asks for new votes.
    counted = [
        vote
        for vote in votes
        if vote.account_id not in authors and vote.voted_at >= winner.observed_at
    ]
    last = {vote.account_id: vote.kind for vote in sorted(counted, key=_vote_order)}
    kinds = list(last.values())
    return Agreement(
        authors=len(authors),
        agree=kinds.count(VoteKind.AGREE),
        disagree=kinds.count(VoteKind.DISAGREE),
        unsure=kinds.count(VoteKind.UNSURE),
        conflicting=len(others),
        disputed=_was_disputed(counted),
    )


def _was_disputed(votes: Iterable[Vote]) -> bool:
    """Whether most voters ever disagreed; later votes alone do not make it right again."""
    says: dict[UUID, VoteKind] = {}
    for vote in sorted(votes, key=_vote_order):
        says[vote.account_id] = vote.kind
        kinds = list(says.values())
        against = kinds.count(VoteKind.DISAGREE)
        if against >= MIN_DISPUTE_VOTES and against > kinds.count(VoteKind.AGREE):
            return True
    return False


def _vote_order(vote: Vote) -> tuple[datetime, str]:
    return vote.voted_at, str(vote.account_id)


def _confidence(
    item: Field, winner: Observation, agreement: Agreement, now: datetime
) -> Confidence:
    """High: measured, confirmed and fresh; medium: two of these; low otherwise (P)."""
    if winner.state is State.UNKNOWN or agreement.disputed:
        return Confidence.LOW
    fresh_for = FRESH if item.valid_days is None else timedelta(days=item.valid_days)
    reasons = [
        grade_of(winner.method, is_measure=item.type.is_measure) is Grade.MEASURED,
        agreement.confirmed,
        now - winner.observed_at < fresh_for,
    ]
    return (Confidence.LOW, Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)[sum(reasons)]


def _evidence(item: Field, winner: Observation, answers: Sequence[Observation]) -> tuple[UUID, ...]:
    supporting = [
        answer.id
        for answer in answers
        if answer.id != winner.id and answer.state is not State.UNKNOWN
        if _same(item, winner, answer)
    ]
    return (winner.id, *sorted(supporting, key=str))
