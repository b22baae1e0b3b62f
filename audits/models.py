"""Tables of audits, what they observed, what was decided, and what follows from it.

An audit is append-only: an edit is a new version, a decision is a row of its own. Facts and
verdicts are derived and can be rebuilt from observations, decisions and confirmations.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import audits.accounts.models  # noqa: F401 - audits refer to accounts, also where nobody signs in
from geo.db.base import Base, Shape, Timestamps, geometry, gist, uuid_key

_JSON_VALUE = JSONB(none_as_null=True)
_NO_IDS = text("'{}'::uuid[]")
_EMPTY_LIST = text("'[]'::jsonb")


class Audit(Base, Timestamps):
    """One visit by one person, under an id that the phone made."""

    __tablename__ = "audits"
    __table_args__ = (
        gist("audits", "position"),
        Index("ix_audits_state_district_id", "state", "district_id"),
        Index("ix_audits_place_id", "place_id"),
        Index("ix_audits_author_id_finished_at", "author_id", "finished_at"),
        Index("ix_audits_supersedes_id", "supersedes_id"),
        Index("ix_audits_state_received_at", "state", "received_at"),
        CheckConstraint(
            "state IN ('incomplete', 'submitted', 'in_review', 'needs_info', 'approved',"
            " 'rejected', 'superseded', 'withdrawn')",
            "state_known",
        ),
        CheckConstraint("depth IN ('express', 'volunteer', 'passport')", "depth_known"),
        CheckConstraint("supersedes_id IS DISTINCT FROM id", "supersedes_another"),
    )

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("devices.id"))
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    """Empty for an audit of street elements only."""
    district_id: Mapped[UUID | None] = mapped_column(ForeignKey("districts.id"))
    state: Mapped[str] = mapped_column(Text)
    """A state of `audits.workflow`."""
    version: Mapped[int] = mapped_column(server_default="1")
    digest: Mapped[str] = mapped_column(Text)
    """SHA-256 of the canonical JSON of the current version, hex."""
    catalogue_version: Mapped[str] = mapped_column(Text)
    depth: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    """Both by the device's clock; `received_at` is the server's."""
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    position: Mapped[Shape | None] = mapped_column(geometry("POINT"))
    position_accuracy_m: Mapped[int | None] = mapped_column(Integer)
    flags: Mapped[list[dict[str, Any]]] = mapped_column(server_default=_EMPTY_LIST)
    """What a reviewer should look at, as typed flags of `audits.observations`."""
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("audits.id"))
    decided_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    """When bodies and answers of a withdrawn audit went; the row stays, its id is taken."""


class AuditVersion(Base):
    """The body of an audit as it was sent, kept for ever."""

    __tablename__ = "audit_versions"

    audit_id: Mapped[UUID] = mapped_column(ForeignKey("audits.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Observation(Base):
    """What was seen or measured of one field of one element in one audit."""

    __tablename__ = "observations"
    __table_args__ = (
        Index("ix_observations_element_id_field", "element_id", "field"),
        Index("ix_observations_place_id_field", "place_id", "field"),
        UniqueConstraint("audit_id", "element_id", "field", postgresql_nulls_not_distinct=True),
        CheckConstraint("state IN ('value', 'absent', 'not_applicable', 'unknown')", "state_known"),
        CheckConstraint(
            "operator IS NULL OR operator IN ('=', '<', '<=', '>', '>=', '~')", "operator_known"
        ),
        CheckConstraint("(state = 'value') = (value IS NOT NULL)", "value_goes_with_state"),
        CheckConstraint("precision IS NULL OR precision >= 0", "precision_not_negative"),
    )

    id: Mapped[UUID] = uuid_key()
    audit_id: Mapped[UUID] = mapped_column(ForeignKey("audits.id", ondelete="CASCADE"))
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    element_id: Mapped[UUID | None] = mapped_column(ForeignKey("elements.id"))
    """Empty when the field speaks about the place itself."""
    field: Mapped[str] = mapped_column(Text)
    """A key of the catalogue, such as `door.clear_width`."""
    state: Mapped[str] = mapped_column(Text)
    operator: Mapped[str | None] = mapped_column(Text)
    value: Mapped[Any | None] = mapped_column(_JSON_VALUE)
    """An integer in the field's unit, a choice, a truth value or a text."""
    precision: Mapped[int | None] = mapped_column(Integer)
    """± in the unit of the value."""
    method: Mapped[str] = mapped_column(Text)
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default=_NO_IDS)
    observed_at: Mapped[datetime]


class Decision(Base):
    """What a reviewer decided about an audit, or about one observation of it."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index("ix_decisions_audit_id", "audit_id"),
        Index("ix_decisions_observation_id", "observation_id"),
        CheckConstraint("outcome IN ('approve', 'reject', 'needs_info')", "outcome_known"),
        CheckConstraint("outcome = 'approve' OR reason_code IS NOT NULL", "refusal_has_reason"),
    )

    id: Mapped[UUID] = uuid_key()
    audit_id: Mapped[UUID] = mapped_column(ForeignKey("audits.id"))
    audit_version: Mapped[int]
    observation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("observations.id", ondelete="SET NULL")
    )
    element_id: Mapped[UUID | None]
    field: Mapped[str | None] = mapped_column(Text)
    """What the observation was about: the remark outlives the answer it asks to replace.

    Empty in the decision about the audit as a whole.
    """
    outcome: Mapped[str] = mapped_column(Text)
    reason_code: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime] = mapped_column(server_default=func.now())
    effects: Mapped[dict[str, Any] | None] = mapped_column(_JSON_VALUE)
    """What followed on the map: words before and after, measured stretches of street."""


class Confirmation(Base):
    """One vote about a fact by someone who is not its author, kept for ever.

    Who votes again adds a row: a voter who takes it back does not undo a dispute.
    """

    __tablename__ = "confirmations"
    __table_args__ = (
        Index("ix_confirmations_place_id", "place_id"),
        Index("ix_confirmations_element_id_field", "element_id", "field"),
        CheckConstraint("vote IN ('agree', 'disagree', 'unsure')", "vote_known"),
        CheckConstraint("place_id IS NOT NULL OR element_id IS NOT NULL", "has_subject"),
    )

    id: Mapped[UUID] = uuid_key()
    """Made by the phone, so that sending it again is harmless."""
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    """Empty for a part of the street."""
    element_id: Mapped[UUID | None] = mapped_column(ForeignKey("elements.id"))
    """Empty when the fact is about the place itself."""
    field: Mapped[str] = mapped_column(Text)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    vote: Mapped[str] = mapped_column(Text)
    voted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BarrierVote(Base):
    """One tap of somebody who stood there: the barrier is still there, or it is gone."""

    __tablename__ = "barrier_votes"
    __table_args__ = (
        Index("ix_barrier_votes_barrier_id", "barrier_id"),
        Index("ix_barrier_votes_account_id", "account_id"),
        CheckConstraint("vote IN ('still_there', 'gone')", "vote_known"),
    )

    id: Mapped[UUID] = uuid_key()
    """Made by the phone, so that sending it again is harmless."""
    barrier_id: Mapped[UUID] = mapped_column(ForeignKey("barriers.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    device_id: Mapped[UUID | None]
    vote: Mapped[str] = mapped_column(Text)
    voted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FactRow(Base):
    """The current value of one field, derived from everything approved about it."""

    __tablename__ = "facts"
    __table_args__ = (
        UniqueConstraint("place_id", "element_id", "field", postgresql_nulls_not_distinct=True),
        Index("ix_facts_element_id", "element_id"),
        Index("ix_facts_expires_at", "expires_at"),
        CheckConstraint("state IN ('value', 'absent', 'not_applicable', 'unknown')", "state_known"),
        CheckConstraint("place_id IS NOT NULL OR element_id IS NOT NULL", "has_subject"),
    )

    id: Mapped[UUID] = uuid_key()
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    element_id: Mapped[UUID | None] = mapped_column(ForeignKey("elements.id"))
    field: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    operator: Mapped[str | None] = mapped_column(Text)
    value: Mapped[Any | None] = mapped_column(_JSON_VALUE)
    precision: Mapped[int | None] = mapped_column(Integer)
    method: Mapped[str] = mapped_column(Text)
    observed_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    confidence: Mapped[str] = mapped_column(Text)
    agreement: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    evidence: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default=_NO_IDS)
    """Observations it rests on, the deciding one first."""


class VerdictRow(Base):
    """The word for one place, profile and scope, with the reasons for it."""

    __tablename__ = "verdicts"
    __table_args__ = (
        Index("ix_verdicts_valid_until", "valid_until"),
        CheckConstraint("scope IN ('entry', 'service')", "scope_known"),
        CheckConstraint("word IN ('yes', 'with_help', 'no', 'unknown')", "word_known"),
    )

    place_id: Mapped[UUID] = mapped_column(ForeignKey("places.id"), primary_key=True)
    profile: Mapped[str] = mapped_column(Text, primary_key=True)
    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    word: Mapped[str] = mapped_column(Text)
    entrance_id: Mapped[UUID | None] = mapped_column(ForeignKey("elements.id"))
    """The entrance that wins for this profile."""
    help_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'::text[]"))
    blocking: Mapped[list[dict[str, Any]]] = mapped_column(server_default=_EMPTY_LIST)
    missing: Mapped[list[dict[str, Any]]] = mapped_column(server_default=_EMPTY_LIST)
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    coverage_percent: Mapped[int] = mapped_column(SmallInteger)
    confidence: Mapped[str] = mapped_column(Text)
    valid_until: Mapped[datetime | None]
    rules_version: Mapped[str] = mapped_column(Text)
    computed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Recompute(Base):
    """Words of all places judged again, because the rules have a new name."""

    __tablename__ = "recomputes"

    rules_version: Mapped[str] = mapped_column(Text, primary_key=True)
    requested_at: Mapped[datetime]
    """The version that was asked for last is the one that holds; others leave words alone."""
    places_total: Mapped[int] = mapped_column(Integer)
    places_done: Mapped[int] = mapped_column(Integer, server_default="0")
    finished_at: Mapped[datetime | None]


class Event(Base):
    """The history: who did what to what, append-only (a trigger refuses anything else).

    The worker seals rows in batches into a hash chain; `chain_hash` of a sealed row covers the
    row and the hash before it, so a later edit shows.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_subject_type_subject_id", "subject_type", "subject_id"),
        Index("ix_events_unsealed", "id", postgresql_where=text("chain_hash IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(Text)
    """A noun and a past participle: `audit_approved`, `photo_rejected`."""
    subject_type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    chain_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
