"""Judge answers that nobody stored: the form's live hint, and other systems.

The answers go through the same checks as an audit's; bad ones are named by JSON pointer.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audits.catalogue import PLACE, Answer, check_answers, find_catalogue
from audits.compliance import list_norm_answers
from audits.errors import AnswersInvalidError
from audits.verdicts import (
    GivenElement,
    PlaceFacts,
    Scope,
    Verdict,
    judge,
    list_badges,
    place_of_answers,
)
from geo.ids import uuid7
from geo.mobility import PROFILES, CustomLimits, Help, Profile
from geo.places.kinds import PlaceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """One person: the profile, and what makes them different from it."""

    profile: Profile | None = None
    """`None`: all six."""
    limits: CustomLimits | None = None
    help_at_hand: Help | None = None
    keys: frozenset[str] = frozenset()
    at: datetime | None = None
    """Time of the visit by the city's own clock."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows from given answers."""

    verdicts: Sequence[Verdict]
    badges: Sequence[str]
    norms: Sequence[dict[str, Any]]


def judge_for(place: PlaceFacts, asker: Asker, *, now: datetime) -> list[Verdict]:
    """Give both scopes for one person, or for each profile where none is named."""
    profiles = PROFILES if asker.profile is None else (asker.profile,)
    return [
        judge_scope(place, profile, scope, asker, now=now)
        for profile in profiles
        for scope in Scope
    ]


def judge_scope(
    place: PlaceFacts, profile: Profile, scope: Scope, asker: Asker, *, now: datetime
) -> Verdict:
    """Give one scope for one person, whose own profile is passed over for `profile`."""
    return judge(
        place,
        profile,
        scope,
        now=now,
        limits=asker.limits,
        help_at_hand=asker.help_at_hand,
        keys=asker.keys,
        at=asker.at,
    )


def judge_answers(
    *,
    catalogue_version: str,
    kind: PlaceKind,
    elements: Sequence[GivenElement],
    list_answers: Callable[[Callable[[UUID | None], str]], Sequence[Answer]],
    asker: Asker,
    now: datetime,
    parent: PlaceFacts | None = None,
) -> Judged:
    """Check answers and judge them; `list_answers` makes them, given the kind of each part.

    Raises AnswersInvalidError with a JSON pointer for each problem.
    """
    catalogue = find_catalogue(catalogue_version)
    if catalogue is None:
        problem = {"pointer": "/catalogue_version", "code": "unknown_catalogue"}
        raise AnswersInvalidError(errors=[problem])
    kinds = {element.id: element.kind.value for element in elements}
    answers = list_answers(lambda key: kinds.get(key, PLACE) if key else PLACE)
    problems = [problem.as_json() for problem in check_answers(catalogue, answers)]
    problems += _loose_ends(answers, elements)
    if problems:
        raise AnswersInvalidError(errors=problems)
    place = place_of_answers(uuid7(), kind, elements, answers, now=now, parent=parent)
    return Judged(
        verdicts=judge_for(place, asker, now=now),
        badges=list_badges(place, now=now),
        norms=list_norm_answers(place, permit_date=None, at=now),
    )


def _loose_ends(
    answers: Iterable[Answer], elements: Sequence[GivenElement]
) -> list[dict[str, Any]]:
    """Name ids that point to nothing, and parts that are parents of each other in a circle."""
    known = {element.id for element in elements}
    found = [
        {"pointer": f"/observations/{number}/element_id", "code": "unknown_reference"}
        for number, answer in enumerate(answers)
        if answer.element_id is not None and answer.element_id not in known
    ]
    found += [
        {"pointer": f"/elements/{number}/parent_id", "code": "unknown_reference"}
        for number, element in enumerate(elements)
        if element.parent_id is not None and element.parent_id not in known
    ]
    parents = {element.id: element.parent_id for element in elements}
    found += [
        {"pointer": f"/elements/{number}/parent_id", "code": "element_circle"}
        for number, element in enumerate(elements)
        if _leads_back(element.id, parents, known)
    ]
    return found


def _leads_back(start: UUID, parents: dict[UUID, UUID | None], known: Collection[UUID]) -> bool:
    above, steps = parents[start], 0
    while above is not None and above != start and above in known and steps <= len(known):
        above, steps = parents[above], steps + 1
    return above == start
