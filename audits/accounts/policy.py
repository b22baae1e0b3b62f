"""Who may do what: one table, and the only place that says yes (pure)."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from audits.accounts.limits import QuotaLimits
from audits.accounts.roles import Role
from geo.errors import DomainError, ErrorKind


class NotAllowedError(DomainError):
    """The account's role does not include this action here."""

    code = "not-allowed"
    title = "Your account may not do this"
    kind = ErrorKind.FORBIDDEN


class Action(StrEnum):
    """Everything that needs permission."""

    SUBMIT_AUDIT = "submit_audit"
    REPORT_BARRIER = "report_barrier"
    CONFIRM_FACT = "confirm_fact"
    REVIEW_AUDIT = "review_audit"
    REVIEW_BARRIER = "review_barrier"
    SEE_PRIVATE_PHOTO = "see_private_photo"
    RENEW_WORDS = "renew_words"
    MANAGE_ACCOUNTS = "manage_accounts"


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in account as far as permission goes."""

    account_id: UUID
    role: Role
    district_ids: frozenset[UUID] = frozenset()
    """Districts of a reviewer; empty means the whole city."""
    device_id: UUID | None = None
    limits: QuotaLimits | None = None
    """What the installation allows in a day; empty means the ordinary bounds."""


_FIELD_WORK = {Action.SUBMIT_AUDIT, Action.REPORT_BARRIER, Action.CONFIRM_FACT}
_REVIEW = {Action.REVIEW_AUDIT, Action.REVIEW_BARRIER, Action.SEE_PRIVATE_PHOTO}

POLICY: dict[Role, Collection[Action]] = {
    Role.VOLUNTEER: _FIELD_WORK,
    Role.REVIEWER: _FIELD_WORK | _REVIEW,
    Role.MANAGER: _FIELD_WORK | _REVIEW | {Action.RENEW_WORDS},
    Role.ADMIN: set(Action),
}


def may(actor: Actor, action: Action, *, district_id: UUID | None = None) -> bool:
    """Tell whether the actor may do this; a reviewer with districts only inside them."""
    if action not in POLICY[actor.role]:
        return False
    if actor.role is Role.REVIEWER and action in _REVIEW and actor.district_ids:
        return district_id in actor.district_ids
    return True


def require(actor: Actor, action: Action, *, district_id: UUID | None = None) -> None:
    """Raise NotAllowedError unless the actor may do this."""
    if not may(actor, action, district_id=district_id):
        raise NotAllowedError(action=action.value)
