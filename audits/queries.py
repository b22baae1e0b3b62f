"""Reads of facts, verdicts and observations."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from audits.models import Audit, AuditVersion, Decision, FactRow, Observation, VerdictRow
from audits.workflow import State
from geo.places.models import Element

_COUNTING = tuple(state.value for state in State if state.counts)


async def list_facts(db: AsyncSession, place_id: UUID) -> Sequence[FactRow]:
    """List the current facts about a place and its parts."""
    # Two arms, because OR over two tables would read every fact of the city.
    row = aliased(FactRow)
    whole = select(row.id).where(row.place_id == place_id)
    parts = select(row.id).join(Element, Element.id == row.element_id)
    rows = await db.scalars(
        select(FactRow)
        .where(FactRow.id.in_(whole.union(parts.where(Element.place_id == place_id))))
        .order_by(FactRow.element_id, FactRow.field)
    )
    return rows.all()


async def list_verdicts(db: AsyncSession, place_id: UUID) -> Sequence[VerdictRow]:
    """List the words of a place for every profile and scope."""
    rows = await db.scalars(
        select(VerdictRow)
        .where(VerdictRow.place_id == place_id)
        .order_by(VerdictRow.scope, VerdictRow.profile)
    )
    return rows.all()


async def list_counting_observations(
    db: AsyncSession, *, place_ids: Collection[UUID] = (), element_ids: Collection[UUID] = ()
) -> Sequence[tuple[Observation, UUID]]:
    """List observations of approved audits that no decision rejects, each with its author.

    About places and their parts, or about street elements.
    """
    about = (
        Observation.place_id.in_(place_ids)
        if place_ids
        else Observation.element_id.in_(element_ids)
    )
    rejected = exists().where(
        Decision.observation_id == Observation.id, Decision.outcome == "reject"
    )
    rows = await db.execute(
        select(Observation, Audit.author_id)
        .join(Audit, Audit.id == Observation.audit_id)
        .where(about, Audit.state.in_(_COUNTING), ~rejected)
        .order_by(Observation.observed_at, Observation.id)
    )
    return [(observation, author_id) for observation, author_id in rows]


async def list_observations(db: AsyncSession, audit_id: UUID) -> Sequence[Observation]:
    """List the answers of one audit, part by part."""
    rows = await db.scalars(
        select(Observation)
        .where(Observation.audit_id == audit_id)
        .order_by(Observation.element_id, Observation.field)
    )
    return rows.all()


async def list_decisions(db: AsyncSession, audit_id: UUID) -> Sequence[Decision]:
    """List decisions about an audit and remarks about its answers, oldest first."""
    rows = await db.scalars(
        select(Decision)
        .where(Decision.audit_id == audit_id)
        .order_by(Decision.decided_at, Decision.field.nulls_first(), Decision.id)
    )
    return rows.all()


async def get_body(db: AsyncSession, audit_id: UUID) -> dict[str, Any]:
    """Give the newest body of an audit as the phone sent it."""
    body = await db.scalar(
        select(AuditVersion.body)
        .where(AuditVersion.audit_id == audit_id)
        .order_by(AuditVersion.version.desc())
        .limit(1)
    )
    return body or {}
