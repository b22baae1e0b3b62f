"""Derive the current facts of a place, or of parts of the street, and keep them in `facts`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.catalogue import latest
from audits.consensus import Vote, VoteKind, settle_all
from audits.models import Confirmation, FactRow
from audits.models import Observation as ObservationRow
from audits.observations import (
    Agreement,
    Confidence,
    Fact,
    Method,
    Observation,
    Operator,
    State,
)
from audits.queries import list_counting_observations
from geo.places.models import Element

FactKey = tuple[UUID | None, str]
"""Element (none for the place itself) and field."""


async def derive_place_facts(
    db: AsyncSession, *, place_id: UUID, now: datetime
) -> dict[FactKey, Fact]:
    """Settle everything approved about a place and its parts, and store the outcome.

    The caller holds the lock on the place, so two approvals cannot overwrite each other.
    """
    elements = select(Element.id).where(Element.place_id == place_id)
    rows = await list_counting_observations(db, place_id=place_id)
    votes = await _list_votes(db, element_ids=(await db.scalars(elements)).all())
    facts = settle_all(latest(), [_observation(*row) for row in rows], votes, now)
    await db.execute(
        delete(FactRow).where(or_(FactRow.place_id == place_id, FactRow.element_id.in_(elements)))
    )
    _add(db, facts, place_id=place_id)
    await db.flush()
    return facts


async def derive_element_facts(
    db: AsyncSession, *, element_ids: Sequence[UUID], now: datetime
) -> dict[FactKey, Fact]:
    """Settle everything approved about parts of the street, and store the outcome."""
    rows = await list_counting_observations(db, element_ids=element_ids)
    votes = await _list_votes(db, element_ids=element_ids)
    facts = settle_all(latest(), [_observation(*row) for row in rows], votes, now)
    await db.execute(delete(FactRow).where(FactRow.element_id.in_(element_ids)))
    _add(db, facts, place_id=None)
    await db.flush()
    return facts


async def load_place_facts(db: AsyncSession, *, place_id: UUID) -> dict[FactKey, Fact]:
    """Read the stored facts of a place and its parts."""
    elements = select(Element.id).where(Element.place_id == place_id)
    rows = await db.scalars(
        select(FactRow).where(or_(FactRow.place_id == place_id, FactRow.element_id.in_(elements)))
    )
    return {(row.element_id, row.field): _fact(row) for row in rows}


def _add(db: AsyncSession, facts: Mapping[FactKey, Fact], *, place_id: UUID | None) -> None:
    db.add_all(
        FactRow(
            place_id=place_id,
            element_id=element_id,
            field=name,
            state=fact.state.value,
            operator=fact.operator.value if fact.state is State.VALUE else None,
            value=fact.value,
            precision=fact.precision,
            method=fact.method.value if fact.method else "estimate",
            observed_at=fact.observed_at,
            expires_at=fact.expires_at,
            confidence=fact.confidence.value,
            agreement=asdict(fact.agreement),
            evidence=list(fact.evidence),
        )
        for (element_id, name), fact in facts.items()
    )


def _observation(row: ObservationRow, author_id: UUID) -> Observation:
    return Observation(
        id=row.id,
        field=row.field,
        element_id=row.element_id,
        state=State(row.state),
        observed_at=row.observed_at,
        author_id=author_id,
        operator=Operator(row.operator or "="),
        value=row.value,
        precision=row.precision,
        method=Method(row.method),
        photo_ids=tuple(row.photo_ids),
    )


def _fact(row: FactRow) -> Fact:
    return Fact(
        field=row.field,
        state=State(row.state),
        observed_at=row.observed_at,
        operator=Operator(row.operator or "="),
        value=row.value,
        precision=row.precision,
        method=Method(row.method),
        expires_at=row.expires_at,
        confidence=Confidence(row.confidence),
        agreement=Agreement(**row.agreement),
        evidence=tuple(row.evidence),
    )


async def _list_votes(
    db: AsyncSession, *, element_ids: Sequence[UUID]
) -> list[tuple[UUID | None, str, Vote]]:
    rows = await db.scalars(select(Confirmation).where(Confirmation.element_id.in_(element_ids)))
    return [
        (row.element_id, row.field, Vote(row.account_id, VoteKind(row.vote), row.voted_at))
        for row in rows
    ]
