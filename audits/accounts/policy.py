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


class ConsentRequiredError(DomainError):
    """The account has not agreed yet to how its work is used; `missing` says to which texts."""

    code = "consent-required"
    title = "Agree to the texts of GET /v1/consents first"
    kind = ErrorKind.FORBIDDEN


class SecondFactorMissingError(DomainError):
    """Staff of this installation need a second factor, and this account has none yet."""

    code = "second-factor-missing"
    title = "Set up a second factor first"
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
    PUBLISH_OPEN_DATA = "publish_open_data"
    LIST_ACCOUNTS = "list_accounts"
    BAN_VOLUNTEER = "ban_volunteer"
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
    missing_consents: tuple[tuple[str, str], ...] = ()
    """Kind and version of the texts that the person has still to agree to."""
    lacks_second_factor: bool = False
    """The installation wants a second factor from staff, and this account has none."""


STAFF = frozenset({Role.REVIEWER, Role.MANAGER, Role.ADMIN})
"""Who signs in with a password and a second factor, never with a code."""

_FIELD_WORK = {Action.SUBMIT_AUDIT, Action.REPORT_BARRIER, Action.CONFIRM_FACT}
_REVIEW = {Action.REVIEW_AUDIT, Action.REVIEW_BARRIER, Action.SEE_PRIVATE_PHOTO}

POLICY: dict[Role, Collection[Action]] = {
    Role.VOLUNTEER: _FIELD_WORK,
    Role.REVIEWER: _FIELD_WORK | _REVIEW,
    Role.MANAGER: _FIELD_WORK
    | _REVIEW
    | {Action.RENEW_WORDS, Action.PUBLISH_OPEN_DATA, Action.LIST_ACCOUNTS, Action.BAN_VOLUNTEER},
    Role.ADMIN: set(Action),
}


def may(actor: Actor, action: Action, *, district_id: UUID | None = None) -> bool:
    """Tell whether the actor may do this; a reviewer with districts only inside them."""
    if action not in POLICY[actor.role]:
        return False
    if action in _FIELD_WORK:
        return not actor.missing_consents
    if actor.lacks_second_factor:
        return False
    if actor.role is Role.REVIEWER and action in _REVIEW and actor.district_ids:
        return district_id in actor.district_ids
    return True


def require(actor: Actor, action: Action, *, district_id: UUID | None = None) -> None:
    """Raise unless the actor may do this, and say what would change that.

    NotAllowedError, or ConsentRequiredError and SecondFactorMissingError where the role includes
    the action.
    """
    if may(actor, action, district_id=district_id):
        return
    if action in POLICY[actor.role]:
        if action in _FIELD_WORK and actor.missing_consents:
            raise ConsentRequiredError(
                missing=[{"kind": kind, "version": it} for kind, it in actor.missing_consents]
            )
        if action not in _FIELD_WORK and actor.lacks_second_factor:
            raise SecondFactorMissingError
    raise NotAllowedError(action=action.value)
