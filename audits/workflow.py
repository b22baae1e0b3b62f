"""The states of an audit, and who may move it from which to which.

One table makes the interface, the documents and the tests. Pure: it says whether a step is
allowed and where it leads; `audits` services do it. Invariant: nothing leaves `superseded` or
`withdrawn`, and no step edits what the author sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

INCOMPLETE_FOR = timedelta(days=30)
"""After so long without its photos an audit is submitted as it is, with a flag."""


class State(StrEnum):
    """Where an audit stands."""

    DRAFT = "draft"
    """On the phone only; the server never stores it."""
    INCOMPLETE = "incomplete"
    """Received; photos of its manifest are still to come."""
    SUBMITTED = "submitted"
    """Whole, waiting for a reviewer."""
    IN_REVIEW = "in_review"
    """A reviewer has taken it."""
    NEEDS_INFO = "needs_info"
    """Sent back to the author with a question."""
    APPROVED = "approved"
    """Its observations count."""
    REJECTED = "rejected"
    """Its observations do not count; the reason is kept."""
    SUPERSEDED = "superseded"
    """A newer audit of the same author took its place."""
    WITHDRAWN = "withdrawn"
    """The author took it back."""

    @property
    def is_final(self) -> bool:
        """Whether no step leads on."""
        return self in {State.SUPERSEDED, State.WITHDRAWN}

    @property
    def counts(self) -> bool:
        """Whether its observations feed facts."""
        return self is State.APPROVED


class Step(StrEnum):
    """What can be done to an audit."""

    SEND = "send"
    EDIT = "edit"
    COMPLETE = "complete"
    GIVE_UP_WAITING = "give_up_waiting"
    CLAIM = "claim"
    RELEASE = "release"
    ASK = "ask"
    ANSWER = "answer"
    APPROVE = "approve"
    REJECT = "reject"
    REOPEN = "reopen"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"


class Actor(StrEnum):
    """Who takes a step."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    """Allowed in the district, and never the author of this audit."""
    SYSTEM = "system"


class Guard(StrEnum):
    """What must hold besides the state; the caller checks it against the database."""

    PHOTOS_SETTLED = "photos_settled"
    """Every photo of the manifest is stored or rejected."""
    WAITED_LONG_ENOUGH = "waited_long_enough"
    """`INCOMPLETE_FOR` has passed since it was received."""
    NOT_THE_AUTHOR = "not_the_author"
    REASON_GIVEN = "reason_given"
    NEWER_AUDIT_APPROVED = "newer_audit_approved"


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed step."""

    step: Step
    source: State
    target: State
    actors: frozenset[Actor]
    guards: frozenset[Guard] = frozenset()
    changes_facts: bool = False
    """Whether facts, verdicts, the map and routes have to follow in the same transaction."""


def _step(
    step: Step,
    sources: tuple[State, ...],
    target: State,
    *actors: Actor,
    guards: tuple[Guard, ...] = (),
) -> list[Transition]:
    return [
        Transition(
            step=step,
            source=source,
            target=target,
            actors=frozenset(actors),
            guards=frozenset(guards),
            changes_facts=source.counts or target.counts,
        )
        for source in sources
    ]


_OPEN = (State.SUBMITTED, State.IN_REVIEW)
# Not an approved one: its facts belong to the city, and without the evidence of a barrier a way
# could seem open. Its author sends a correction, which a reviewer approves.
_WITHDRAWABLE = (
    State.INCOMPLETE,
    State.SUBMITTED,
    State.IN_REVIEW,
    State.NEEDS_INFO,
    State.REJECTED,
)

TRANSITIONS: tuple[Transition, ...] = (
    *_step(Step.SEND, (State.DRAFT,), State.INCOMPLETE, Actor.AUTHOR),
    # Like what is sent first, a change may bring photos that are still to come.
    *_step(Step.EDIT, (State.INCOMPLETE, State.SUBMITTED), State.INCOMPLETE, Actor.AUTHOR),
    *_step(
        Step.COMPLETE,
        (State.INCOMPLETE,),
        State.SUBMITTED,
        Actor.SYSTEM,
        guards=(Guard.PHOTOS_SETTLED,),
    ),
    *_step(
        Step.GIVE_UP_WAITING,
        (State.INCOMPLETE,),
        State.SUBMITTED,
        Actor.SYSTEM,
        guards=(Guard.WAITED_LONG_ENOUGH,),
    ),
    *_step(
        Step.CLAIM,
        (State.SUBMITTED,),
        State.IN_REVIEW,
        Actor.REVIEWER,
        guards=(Guard.NOT_THE_AUTHOR,),
    ),
    # The lease of a claim may run out, so the clock may release too.
    *_step(Step.RELEASE, (State.IN_REVIEW,), State.SUBMITTED, Actor.REVIEWER, Actor.SYSTEM),
    *_step(
        Step.ASK,
        _OPEN,
        State.NEEDS_INFO,
        Actor.REVIEWER,
        guards=(Guard.NOT_THE_AUTHOR, Guard.REASON_GIVEN),
    ),
    *_step(Step.ANSWER, (State.NEEDS_INFO,), State.INCOMPLETE, Actor.AUTHOR),
    *_step(
        Step.APPROVE,
        _OPEN,
        State.APPROVED,
        Actor.REVIEWER,
        guards=(Guard.NOT_THE_AUTHOR,),
    ),
    *_step(
        Step.REJECT,
        (*_OPEN, State.NEEDS_INFO),
        State.REJECTED,
        Actor.REVIEWER,
        guards=(Guard.NOT_THE_AUTHOR, Guard.REASON_GIVEN),
    ),
    # An undone decision goes back to the queue; the decision itself stays in the history.
    *_step(
        Step.REOPEN,
        (State.APPROVED, State.REJECTED),
        State.IN_REVIEW,
        Actor.REVIEWER,
        guards=(Guard.NOT_THE_AUTHOR, Guard.REASON_GIVEN),
    ),
    *_step(
        Step.SUPERSEDE,
        (State.APPROVED,),
        State.SUPERSEDED,
        Actor.SYSTEM,
        guards=(Guard.NEWER_AUDIT_APPROVED,),
    ),
    *_step(Step.WITHDRAW, _WITHDRAWABLE, State.WITHDRAWN, Actor.AUTHOR),
)

_BY_SOURCE: Mapping[tuple[State, Step], Transition] = {
    (transition.source, transition.step): transition for transition in TRANSITIONS
}


def find_transition(state: State, step: Step) -> Transition | None:
    """Return the transition of a step in a state, `None` when the step is not possible there."""
    return _BY_SOURCE.get((state, step))


def list_steps(state: State, actor: Actor) -> tuple[Transition, ...]:
    """Return every step that this actor may take in this state, guards not checked."""
    return tuple(
        transition
        for transition in TRANSITIONS
        if transition.source is state and actor in transition.actors
    )


def refused_because(
    transition: Transition, actor: Actor, met: frozenset[Guard]
) -> frozenset[Guard] | None:
    """Return why a step is refused: unmet guards (empty: wrong actor), `None` when allowed."""
    if actor not in transition.actors:
        return frozenset()
    unmet = transition.guards - met
    return unmet or None


def waited_long_enough(received_at: datetime, now: datetime) -> bool:
    """Whether an incomplete audit no longer waits for its photos."""
    return now - received_at >= INCOMPLETE_FOR
