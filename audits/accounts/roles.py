"""The closed vocabularies of accounts (pure)."""

from enum import StrEnum


class Role(StrEnum):
    """What an account may do; `audits.accounts.policy` has the table."""

    VOLUNTEER = "volunteer"
    REVIEWER = "reviewer"
    """Decides inside its districts; without any district, in the whole city."""
    MANAGER = "manager"
    ADMIN = "admin"


class AccountState(StrEnum):
    """Whether an account may act."""

    ACTIVE = "active"
    BANNED = "banned"
    """May not act; what it sent is kept as evidence."""
    DELETED = "deleted"
    """The person is gone; the row stays as an anonymous author."""
