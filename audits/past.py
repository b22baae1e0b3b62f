"""What happened to a place: who in which role did what, and when.

Made from the history, the approved audits and the votes. No name, no account and no position
of a person ever enters; a visit that no reviewer approved is nobody else's business.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, and_, cast, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.models import Account
from audits.models import Audit, Decision, Event, Observation
from geo.db.keyset import encode_cursor, read_cursor_key, read_row_number
from geo.places.models import Place

_SHOWN = ("reason", "entry", "service", "element_id", "field", "vote", "status", "source")
"""What of an event's data is public."""


@dataclass(frozen=True, slots=True)
class PastEvent:
    """One thing that happened."""

    happened_at: datetime
    kind: str
    role: str
    """Role of who did it; `system` for the clock and the rules."""
    data: Mapping[str, Any]
    depth: str | None
    observations: Sequence[Mapping[str, Any]]
    """Answers of the visit, with the ids that facts name as evidence; rejected ones say so."""


@dataclass(frozen=True, slots=True)
class PastPage:
    """What happened, newest first."""

    events: Sequence[PastEvent]
    cursor: str | None


async def list_past(
    db: AsyncSession, *, place_id: UUID, limit: int, cursor: str | None = None
) -> PastPage:
    """List what happened to a place, newest first; raises InvalidCursorError."""
    approved = exists().where(Decision.audit_id == Audit.id, Decision.outcome == "approve")
    visits = select(cast(Audit.id, String)).where(Audit.place_id == place_id, approved)
    statement = (
        select(Event, Account.role)
        .outerjoin(Account, Account.id == Event.actor_id)
        .where(
            or_(
                and_(Event.subject_type == Place.__tablename__, Event.subject_id == str(place_id)),
                and_(Event.subject_type == Audit.__tablename__, Event.subject_id.in_(visits)),
            )
        )
        .order_by(Event.id.desc())
        .limit(limit + 1)
    )
    question = ["past", str(place_id)]
    if cursor is not None:
        last = read_cursor_key(cursor, question=question, read=lambda key: read_row_number(key[0]))
        statement = statement.where(Event.id < last)
    rows = (await db.execute(statement)).all()
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = encode_cursor([rows[-1][0].id], question=question)
    sent = {UUID(row.subject_id) for row, _ in rows if row.kind == "audit_submitted"}
    depths, answers = await _read_visits(db, sent)
    return PastPage([_event(row, role, depths, answers) for row, role in rows], following)


async def _read_visits(
    db: AsyncSession, audit_ids: Collection[UUID]
) -> tuple[dict[str, str], dict[str, list[dict[str, Any]]]]:
    if not audit_ids:
        return {}, {}
    depths = await db.execute(select(Audit.id, Audit.depth).where(Audit.id.in_(audit_ids)))
    rejected = exists().where(
        Decision.observation_id == Observation.id, Decision.outcome == "reject"
    )
    rows = await db.execute(
        select(Observation, rejected)
        .where(Observation.audit_id.in_(audit_ids))
        .order_by(Observation.element_id, Observation.field)
    )
    answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row, is_rejected in rows:
        answers[str(row.audit_id)].append(
            {
                "id": row.id,
                "element_id": row.element_id,
                "field": row.field,
                "state": row.state,
                "operator": row.operator,
                "value": row.value,
                "precision": row.precision,
                "method": row.method,
                "observed_at": row.observed_at,
                "rejected": is_rejected,
            }
        )
    return {str(key): depth for key, depth in depths}, answers


def _event(
    row: Event,
    role: str | None,
    depths: Mapping[str, str],
    answers: Mapping[str, Sequence[Mapping[str, Any]]],
) -> PastEvent:
    is_visit = row.kind == "audit_submitted"
    return PastEvent(
        happened_at=row.happened_at,
        kind=row.kind,
        role=str(role) if role else "system",
        data={key: row.data[key] for key in _SHOWN if row.data.get(key) is not None},
        depth=depths.get(row.subject_id) if is_visit else None,
        observations=answers.get(row.subject_id, ()) if is_visit else (),
    )
