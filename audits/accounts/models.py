"""Tables of accounts and of the ways to prove who one is.

Nothing here is needed to understand the city's facts: an account can be removed and its facts
stay. Codes, tokens and passwords are stored hashed only.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from audits.accounts.roles import AccountState, Role
from geo.db.base import Base, Timestamps, text_enum, uuid_key


class Account(Base, Timestamps):
    """A person, known by a device key, a phone or e-mail, or a staff log-in."""

    __tablename__ = "accounts"
    __table_args__ = (
        Index("uq_accounts_login", "login", unique=True),
        Index("uq_accounts_email", "email", unique=True),
        Index("uq_accounts_phone", "phone", unique=True),
        CheckConstraint("login IS NULL OR password_hash IS NOT NULL", "login_has_password"),
    )

    id: Mapped[UUID] = uuid_key()
    role: Mapped[Role] = mapped_column(text_enum(Role, "role"))
    state: Mapped[AccountState] = mapped_column(text_enum(AccountState, "state"))
    display_name: Mapped[str] = mapped_column(Text, server_default="")
    login: Mapped[str | None] = mapped_column(Text)
    """Staff only, folded to lower case."""
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    """Argon2id in PHC string form."""
    totp_secret: Mapped[str | None] = mapped_column(Text)
    """Base32, shown once; counts only once `totp_confirmed_at` is set."""
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)
    """The 30-second step of the last code that was taken; it and older ones are refused."""
    language: Mapped[str] = mapped_column(Text, server_default="kk")
    consents: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Consent and contribution licence: text version → when it was agreed to."""
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    sessions_valid_from: Mapped[datetime | None]
    """Access tokens that are older end here: after "sign out everywhere", a ban, a new password."""
    banned_at: Mapped[datetime | None]
    ban_reason: Mapped[str | None] = mapped_column(Text)
    """For colleagues; what a banned account sent stays as evidence."""
    deleted_at: Mapped[datetime | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    """Where the work of this account went when its owner turned out to have another one."""


class AccountDistrict(Base):
    """A district that a reviewer answers for."""

    __tablename__ = "account_districts"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    district_id: Mapped[UUID] = mapped_column(
        ForeignKey("districts.id", ondelete="CASCADE"), primary_key=True
    )


class Device(Base):
    """A phone with a key of its own (P-256), so that authorship survives any carrier."""

    __tablename__ = "devices"
    __table_args__ = (
        Index("uq_devices_key_id", "key_id", unique=True),
        Index("ix_devices_account_id", "account_id"),
    )

    id: Mapped[UUID] = uuid_key()
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    key_id: Mapped[str] = mapped_column(Text)
    """JWK thumbprint of the public key (RFC 7638)."""
    public_key: Mapped[dict[str, Any]]
    """The public key as JWK (EC, P-256)."""
    name: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RefreshToken(Base):
    """One link of a rotating chain; using a spent link again ends the whole family."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        Index("uq_refresh_tokens_token_hash", "token_hash", unique=True),
        Index("ix_refresh_tokens_family_id", "family_id"),
        Index("ix_refresh_tokens_account_id", "account_id"),
    )

    id: Mapped[UUID] = uuid_key()
    family_id: Mapped[UUID]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    """The device that signed in with its key; revoking it ends the session."""
    token_hash: Mapped[str] = mapped_column(Text)
    """SHA-256 of the opaque token, hex."""
    successor_salt: Mapped[str | None] = mapped_column(Text)
    """With the token itself it gives the next token, so that a lost answer can be repeated."""
    issued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class CodePurpose(StrEnum):
    """What a one-time code proves."""

    SIGN_IN = "sign_in"
    CLAIM = "claim"
    """The account that asked owns this phone or e-mail."""
    DELETION = "deletion"
    """The person really wants to be forgotten."""


class OneTimeCode(Base):
    """A code that was sent to a phone or an e-mail address, or shown to confirm a step.

    The code is made when it is sent and kept as a hash only, so it stands in no job and no log.
    """

    __tablename__ = "one_time_codes"
    __table_args__ = (
        Index("ix_one_time_codes_recipient", "recipient", "created_at"),
        Index("ix_one_time_codes_account_id", "account_id"),
        Index("ix_one_time_codes_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = uuid_key()
    recipient: Mapped[str] = mapped_column(Text)
    """A phone in E.164, or an e-mail address in lower case."""
    purpose: Mapped[CodePurpose] = mapped_column(text_enum(CodePurpose, "purpose"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    """Who asked, where somebody was signed in."""
    language: Mapped[str] = mapped_column(Text, server_default="kk")
    code_hash: Mapped[str | None] = mapped_column(Text)
    """Argon2id; empty until the worker has made the code."""
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A way in for staff who lost their second factor; each works once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_account_id", "account_id"),)

    id: Mapped[UUID] = uuid_key()
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(Text)
    """SHA-256 of a code of 80 random bits, hex."""
    used_at: Mapped[datetime | None]


class DeviceChallenge(Base):
    """Random bytes that a device must sign, once and soon."""

    __tablename__ = "device_challenges"
    __table_args__ = (Index("ix_device_challenges_expires_at", "expires_at"),)

    challenge_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    expires_at: Mapped[datetime]


class RateCounter(Base):
    """How often something was tried in a window: codes, log-ins, quotas."""

    __tablename__ = "rate_counters"

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    """What is counted and for whom, such as `login:<hash of the login>`."""
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Attempts, things or bytes, as the subject says."""
