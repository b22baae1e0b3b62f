"""The word for a place: best entrance, the way inside, and everything a person wants to know.

The public functions of the rules. Pure: `now` is a parameter, and equal input gives equal
output. Invariants: unknown is never yes; a proven violation on every way shows in `blocking`;
neither time nor votes make a word usable.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from audits.verdicts.case import Case
from audits.verdicts.entrance import EntranceOutcome, judge_one, public_entrances
from audits.verdicts.inside import judge_inside, remote_service
from audits.verdicts.model import (
    Advice,
    EntranceVerdict,
    Missing,
    PlaceFacts,
    Scope,
    Verdict,
)
from audits.verdicts.outcome import Outcome, best_index, chain, choose
from audits.verdicts.parts import known
from audits.verdicts.rules import load_rules, load_rules_with_limits
from audits.verdicts.stop import judge_stop
from audits.verdicts.summary import (
    confidence_of,
    grade_of_facts,
    help_kinds_of,
    in_asking_order,
    valid_until,
    warnings_of,
)
from geo.mobility import (
    PROFILES,
    CustomLimits,
    Help,
    Profile,
    Word,
    accepted_kinds,
    limits_for,
)
from geo.places.kinds import PlaceKind

_NEEDS_TWO_ENDS = 2
_THROUGH = frozenset({PlaceKind.STOP, PlaceKind.CROSSING_STRUCTURE, PlaceKind.OUTDOOR})
"""Places without an inside: their service word is their entry word."""


def judge(
    place: PlaceFacts,
    profile: Profile,
    scope: Scope,
    *,
    now: datetime,
    limits: CustomLimits | None = None,
    help_at_hand: Help | None = None,
    keys: Collection[str] = (),
    at: datetime | None = None,
) -> Verdict:
    """Return the word for one profile and scope.

    `limits`, `help_at_hand` and `keys` describe one person; without them the word is the
    published one. `at` is the time of the visit on the place's own clock: it decides what is
    open, and facts must still hold then.
    """
    case = _case(place, profile, now, limits, help_at_hand, keys, at)
    return _verdict(case, place, scope, _entry(case, place))


def judge_all(place: PlaceFacts, *, now: datetime) -> dict[tuple[Profile, Scope], Verdict]:
    """Return the published words of a place for all six profiles and both scopes."""
    verdicts = {}
    for profile in PROFILES:
        case = _case(place, profile, now, None, None, (), None)
        entry = _entry(case, place)
        for scope in Scope:
            verdicts[profile, scope] = _verdict(case, place, scope, entry)
    return verdicts


def judge_entrances(
    place: PlaceFacts,
    profile: Profile,
    *,
    now: datetime,
    limits: CustomLimits | None = None,
    help_at_hand: Help | None = None,
    keys: Collection[str] = (),
    at: datetime | None = None,
) -> tuple[EntranceVerdict, ...]:
    """Return the word of every public entrance, the best first: targets for a router.

    An organisation without a door of its own gets the entrances of its building.
    """
    case = _case(place, profile, now, limits, help_at_hand, keys, at)
    entry = _entry(case, place)
    waiting = list(zip(entry.entrances, entry.verdicts, strict=True))
    ordered = []
    while waiting:
        best = best_index([judged.outcome for judged, _ in waiting])
        ordered.append(waiting.pop(best)[1])
    return tuple(ordered)


@dataclass(frozen=True, slots=True)
class _Entry:
    outcome: Outcome
    entrances: tuple[EntranceOutcome, ...]
    winner: EntranceOutcome | None
    verdicts: tuple[EntranceVerdict, ...] = ()


def _case(
    place: PlaceFacts,
    profile: Profile,
    now: datetime,
    limits: CustomLimits | None,
    help_at_hand: Help | None,
    keys: Collection[str],
    at: datetime | None,
) -> Case:
    kind = place.kind.value
    rules = "stop" if place.kind is PlaceKind.STOP else "entry"
    load = load_rules if limits is None else load_rules_with_limits
    return Case(
        profile=profile,
        limits=limits_for(profile, limits),
        accepted=accepted_kinds(help_at_hand),
        keys=frozenset(keys),
        moment=now if at is None else max(now, at),
        visit_at=at,
        entry=load(rules, profile, kind),
        service=load("service", profile, kind),
    )


def _entry(case: Case, place: PlaceFacts) -> _Entry:
    if place.kind is PlaceKind.STOP:
        return _Entry(_guarded(judge_stop(case, place), place), (), None)
    owner = place
    entrances = public_entrances(place)
    while not entrances and owner.parent is not None:
        owner = owner.parent
        entrances = public_entrances(owner)
    if not entrances:
        missing = Missing("entrance.level_change", None, None, Advice.FIND_ENTRANCE)
        return _Entry(Outcome(Word.UNKNOWN, missing=(missing,), asked=1), (), None)
    # Of equal entrances the one with a position wins: a way can end there.
    entrances.sort(key=lambda entrance: entrance.point is None)
    judged = tuple(judge_one(case, owner, entrance, place) for entrance in entrances)
    outcomes = [_guarded(item.outcome, owner) for item in judged]
    verdicts = tuple(_entrance_verdict(case, item) for item in judged)
    if place.kind is PlaceKind.CROSSING_STRUCTURE:
        return _Entry(_through(outcomes), judged, None, verdicts)
    return _Entry(choose(outcomes), judged, judged[best_index(outcomes)], verdicts)


def _through(ends: list[Outcome]) -> Outcome:
    """Judge a way under or over a road: in at one end, out at the other."""
    if len(ends) >= _NEEDS_TWO_ENDS:
        return chain(ends)
    other = Missing("entrance.level_change", None, None, Advice.FIND_OTHER_END)
    return chain([*ends, Outcome(Word.UNKNOWN, missing=(other,), asked=1)])


def _guarded(outcome: Outcome, place: PlaceFacts) -> Outcome:
    """Keep a word from being usable when nobody looked at anything."""
    if not outcome.word.usable or outcome.facts:
        return outcome
    somebody_was_here = bool(known(place.facts)) or any(
        known(item.facts) for item in place.elements
    )
    if outcome.asked == 0 and somebody_was_here:
        return outcome
    missing = outcome.unanswered[:1] or (
        Missing("entrance.level_change", None, None, Advice.FIND_ENTRANCE),
    )
    return Outcome(
        Word.UNKNOWN, missing=missing, unanswered=outcome.unanswered, asked=outcome.asked
    )


def _verdict(case: Case, place: PlaceFacts, scope: Scope, entry: _Entry) -> Verdict:
    outcome = entry.outcome
    if scope is Scope.SERVICE and place.kind not in _THROUGH:
        outcome = chain([outcome, judge_inside(case, place)])
    is_open = outcome.word is Word.UNKNOWN
    winner = entry.winner if entry.winner and entry.winner.outcome.word is not Word.NO else None
    seen = [fact.observed_at for fact in outcome.facts]
    return Verdict(
        place_id=place.id,
        profile=case.profile,
        scope=scope,
        word=outcome.word,
        entrance_id=None if winner is None else winner.entrance.id,
        help_kinds=help_kinds_of(outcome),
        blocking=outcome.reasons,
        missing=in_asking_order(outcome.missing) if is_open else (),
        unanswered=in_asking_order(outcome.unanswered),
        coverage_percent=_percent(outcome),
        grade=grade_of_facts(outcome.facts),
        confidence=confidence_of(outcome, case.moment),
        oldest_at=min(seen, default=None),
        valid_until=valid_until(outcome.facts, case.moment),
        remote_service=remote_service(place),
        warnings=warnings_of(case.profile, place, entry.winner),
        entrances=entry.verdicts,
    )


def _percent(outcome: Outcome) -> int:
    if outcome.asked == 0:
        return 100 if outcome.word.usable else 0
    return outcome.answered * 100 // outcome.asked


def _entrance_verdict(case: Case, item: EntranceOutcome) -> EntranceVerdict:
    outcome = _guarded(item.outcome, item.place)
    return EntranceVerdict(
        entrance_id=item.entrance.id,
        place_id=item.place.id,
        point=item.entrance.point,
        word=outcome.word,
        extra_seconds=_extra_seconds(item),
        note=f"note.{item.way.value}",
        help_kinds=help_kinds_of(outcome),
        blocking=outcome.reasons,
        missing=in_asking_order(outcome.missing) if outcome.word is Word.UNKNOWN else (),
        way_element_id=item.way_part.element_id,
        path_element_id=item.path_part.element_id,
        way_seconds=_delays()["way"][item.way.value],
        confidence=confidence_of(outcome, case.moment),
    )


def _extra_seconds(item: EntranceOutcome) -> int:
    delays = _delays()
    helped = [reason.requirement for reason in item.outcome.reasons]
    return delays["way"][item.way.value] + sum(delays["reason"].get(name, 0) for name in helped)


@cache
def _delays() -> Mapping[str, Mapping[str, int]]:
    text = files("audits.verdicts.rules").joinpath("delays.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
