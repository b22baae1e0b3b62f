"""Who may do what."""

import pytest

from audits.accounts.policy import Action, Actor, NotAllowedError, may, require
from audits.accounts.roles import Role
from geo.ids import uuid7

_HERE, _THERE = uuid7(), uuid7()


def _actor(role: Role, *districts: object) -> Actor:
    return Actor(uuid7(), role, frozenset(districts))  # type: ignore[arg-type]


def test_a_volunteer_does_field_work_and_no_review() -> None:
    """A volunteer sends audits and never decides about one."""
    volunteer = _actor(Role.VOLUNTEER)
    assert may(volunteer, Action.SUBMIT_AUDIT)
    for action in (Action.REVIEW_AUDIT, Action.SEE_PRIVATE_PHOTO, Action.MANAGE_ACCOUNTS):
        assert not may(volunteer, action)
        with pytest.raises(NotAllowedError):
            require(volunteer, action)


def test_a_reviewer_decides_inside_own_districts_only() -> None:
    """A district-scoped reviewer is a stranger next door, and where no district is known."""
    reviewer = _actor(Role.REVIEWER, _HERE)
    assert may(reviewer, Action.REVIEW_AUDIT, district_id=_HERE)
    assert not may(reviewer, Action.REVIEW_AUDIT, district_id=_THERE)
    assert not may(reviewer, Action.REVIEW_AUDIT, district_id=None)
    assert may(_actor(Role.REVIEWER), Action.REVIEW_AUDIT, district_id=_THERE)


def test_only_an_admin_manages_accounts() -> None:
    """No other role can make or change accounts."""
    allowed = {role for role in Role if may(_actor(role), Action.MANAGE_ACCOUNTS)}
    assert allowed == {Role.ADMIN}
