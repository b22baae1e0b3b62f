"""Derive the current facts of a place, or of parts of the street, and keep them in `facts`."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

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
from geo.db.bulk import insert_rows
from geo.ids import uuid7
from geo.places.models import Element

FactKey = tuple[UUID | None, str]
"""Element (none for the place itself) and field."""


Facts = dict[FactKey, Fact]


async def derive_place_facts(
    db: AsyncSession, *, place_ids: Collection[UUID], now: datetime
) -> dict[UUID, Facts]:
    """Settle everything approved about places and their parts, and store the outcome.

    The caller holds the locks on the places, so two approvals cannot overwrite each other.
    """
    rows = await list_counting_observations(db, place_ids=place_ids)
    votes = await db.scalars(select(Confirmation).where(Confirmation.place_id.in_(place_ids)))
    answers: dict[UUID | None, list[Observation]] = defaultdict(list)
    for row, author_id in rows:
        answers[row.place_id].append(_observation(row, author_id))
    says: dict[UUID | None, list[tuple[UUID | None, str, Vote]]] = defaultdict(list)
    for vote in votes:
        says[vote.place_id].append(_vote(vote))
    facts = {
        place_id: settle_all(latest(), answers[place_id], says[place_id], now)
        for place_id in place_ids
    }
    await db.execute(delete(FactRow).where(_about(place_ids)))
    await _add(db, facts.items())
    return facts


async def derive_element_facts(
    db: AsyncSession, *, element_ids: Collection[UUID], now: datetime
) -> Facts:
    """Settle everything approved about parts of the street, and store the outcome."""
    rows = await list_counting_observations(db, element_ids=element_ids)
    votes = await db.scalars(select(Confirmation).where(Confirmation.element_id.in_(element_ids)))
    answers = [_observation(*row) for row in rows]
    facts = settle_all(latest(), answers, [_vote(vote) for vote in votes], now)
    await db.execute(delete(FactRow).where(FactRow.element_id.in_(element_ids)))
    await _add(db, [(None, facts)])
    return facts


async def load_place_facts(db: AsyncSession, *, place_ids: Collection[UUID]) -> dict[UUID, Facts]:
    """Read the stored facts of places and their parts."""
    owner = func.coalesce(FactRow.place_id, Element.place_id)
    rows = await db.execute(
        select(owner, FactRow)
        .outerjoin(Element, Element.id == FactRow.element_id)
        .where(_about(place_ids))
    )
    facts: dict[UUID, Facts] = {place_id: {} for place_id in place_ids}
    for place_id, row in rows:
        if place_id in facts:
            facts[place_id][row.element_id, row.field] = as_fact(row)
    return facts


def _about(place_ids: Collection[UUID]) -> ColumnElement[bool]:
    """Choose facts by the place or by its parts; two arms, because OR would read every fact."""
    row = aliased(FactRow)
    whole = select(row.id).where(row.place_id.in_(place_ids))
    parts = select(row.id).join(Element, Element.id == row.element_id)
    return FactRow.id.in_(whole.union(parts.where(Element.place_id.in_(place_ids))))


async def _add(db: AsyncSession, facts: Iterable[tuple[UUID | None, Facts]]) -> None:
    rows = [
        {
            "id": uuid7(),
            "place_id": place_id,
            "element_id": element_id,
            "field": name,
            "state": fact.state.value,
            "operator": fact.operator.value if fact.state is State.VALUE else None,
            "value": fact.value,
            "precision": fact.precision,
            "method": fact.method.value if fact.method else "estimate",
            "observed_at": fact.observed_at,
            "expires_at": fact.expires_at,
            "confidence": fact.confidence.value,
            "agreement": fact.agreement.as_json(),
            "evidence": list(fact.evidence),
        }
        for place_id, settled in facts
        for (element_id, name), fact in settled.items()
    ]
    await insert_rows(db, FactRow, rows)


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


def as_fact(row: FactRow) -> Fact:
    """Read a stored fact."""
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
        agreement=Agreement.from_json(row.agreement),
        evidence=tuple(row.evidence),
    )


def _vote(row: Confirmation) -> tuple[UUID | None, str, Vote]:
    return row.element_id, row.field, Vote(row.account_id, VoteKind(row.vote), row.voted_at)
