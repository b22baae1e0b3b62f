"""The one table of audit states."""

from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from audits.workflow import (
    TRANSITIONS,
    Actor,
    Guard,
    State,
    Step,
    find_transition,
    list_steps,
    refused_because,
    waited_long_enough,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_each_step_leads_to_one_state() -> None:
    """No state has two answers to the same step."""
    keys = [(transition.source, transition.step) for transition in TRANSITIONS]
    assert len(keys) == len(set(keys))
    assert {transition.step for transition in TRANSITIONS} == set(Step)


def test_every_state_can_be_reached_and_left_until_it_is_final() -> None:
    """From a draft every state can come about, and only final ones are dead ends."""
    reached, waiting = {State.DRAFT}, deque([State.DRAFT])
    while waiting:
        here = waiting.popleft()
        for transition in TRANSITIONS:
            if transition.source is here and transition.target not in reached:
                reached.add(transition.target)
                waiting.append(transition.target)
    assert reached == set(State)
    dead_ends = set(State) - {transition.source for transition in TRANSITIONS}
    assert dead_ends == {state for state in State if state.is_final}


@pytest.mark.parametrize("step", [Step.APPROVE, Step.REJECT, Step.ASK, Step.CLAIM, Step.REOPEN])
def test_nobody_judges_their_own_audit(step: Step) -> None:
    """Every decision asks for a reviewer who is not the author."""
    decisions = [transition for transition in TRANSITIONS if transition.step is step]
    assert decisions
    for transition in decisions:
        assert transition.actors == {Actor.REVIEWER}
        assert Guard.NOT_THE_AUTHOR in transition.guards


def test_only_steps_to_or_from_approved_change_facts() -> None:
    """Facts follow an approval, its undoing and its supersession; an author changes none."""
    assert {transition.step for transition in TRANSITIONS if transition.changes_facts} == {
        Step.APPROVE,
        Step.REOPEN,
        Step.SUPERSEDE,
    }


def test_refusals_say_why() -> None:
    """A wrong actor and an unmet guard are told apart."""
    reject = find_transition(State.IN_REVIEW, Step.REJECT)
    assert reject is not None
    assert refused_because(reject, Actor.AUTHOR, frozenset(Guard)) == frozenset()
    unmet = refused_because(reject, Actor.REVIEWER, frozenset({Guard.NOT_THE_AUTHOR}))
    assert unmet == {Guard.REASON_GIVEN}
    assert refused_because(reject, Actor.REVIEWER, frozenset(Guard)) is None
    assert find_transition(State.WITHDRAWN, Step.APPROVE) is None


def test_a_person_sees_only_their_own_steps() -> None:
    """An author may answer and withdraw; only a reviewer may approve."""
    author = {transition.step for transition in list_steps(State.NEEDS_INFO, Actor.AUTHOR)}
    assert author == {Step.ANSWER, Step.WITHDRAW}
    assert list_steps(State.SUPERSEDED, Actor.REVIEWER) == ()


def test_thirty_days_are_enough() -> None:
    """An audit does not wait for ever for a lost photo."""
    assert not waited_long_enough(NOW - timedelta(days=29, hours=23), NOW)
    assert waited_long_enough(NOW - timedelta(days=30), NOW)
