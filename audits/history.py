"""The history: one row for everything that somebody did to something."""

from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from audits.models import Event


class Subject(Protocol):
    """A row with an id, of a named table."""

    __tablename__: str

    @property
    def id(self) -> object:
        """Give the key of the row."""


async def record_event(
    db: AsyncSession,
    *,
    kind: str,
    subject: Subject,
    actor_id: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Append to the history in the caller's transaction.

    `kind` is a noun and a past participle (`audit_approved`). `data` must hold no name, phone
    or position of a person: the history outlives them.
    """
    db.add(
        Event(
            kind=kind,
            actor_id=actor_id,
            subject_type=subject.__tablename__,
            subject_id=str(subject.id),
            data=data or {},
        )
    )
    await db.flush()
