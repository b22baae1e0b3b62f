"""The change log: one row for every change that others must see.

A row is written in the transaction that makes the change, so it exists exactly when the change
does. `NOTIFY` only wakes listeners; what they apply comes from the table.

Rows become visible in commit order, not in id order. A reader that remembers only the last id
would skip the row of a slow transaction. Readers therefore go by transaction id: everything
below the oldest transaction still running is final (`xid < pg_snapshot_xmin`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Text, func, insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from geo.db.base import Base, Shape, geometry, gist, text_enum

CHANNEL = "esik_changes"


class XactId(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id (`xid8`), which never wraps."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Name the type in DDL."""
        return "xid8"


class ChangeKind(StrEnum):
    """What a change is about; listeners choose by it."""

    NETWORK = "network"
    """The street network was replaced by an import."""
    EDGE_OVERRIDE = "edge_override"
    BARRIER = "barrier"
    PLACE = "place"
    """A place, its elements or its words changed."""
    PLACES = "places"
    """Many places changed at once (an import, a recompute)."""
    AUDIT = "audit"
    PHOTO = "photo"
    ACCOUNT = "account"


class Change(Base):
    """One announced change. Rows are only ever inserted, and pruned by age."""

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_xid_id", "xid", "id"),
        Index("ix_changes_account_id_xid", "account_id", "xid"),
        gist("changes", "area"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[int] = mapped_column(XactId(), server_default=text("pg_current_xact_id()"))
    kind: Mapped[ChangeKind] = mapped_column(text_enum(ChangeKind, "kind"))
    subject_id: Mapped[str] = mapped_column(Text, server_default="")
    account_id: Mapped[UUID | None]
    """Whose private feed sees it; empty for public changes."""
    area: Mapped[Shape | None] = mapped_column(geometry("GEOMETRY"))
    """Where the map changed; empty when nothing on a map did."""
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    changed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change as a listener gets it."""

    id: int
    kind: ChangeKind
    subject_id: str
    data: dict[str, Any]
    bounds: tuple[float, float, float, float] | None
    """West, south, east, north of the changed area in degrees."""


async def record_change(
    db: AsyncSession,
    *,
    kind: ChangeKind,
    subject_id: object = "",
    data: dict[str, Any] | None = None,
    area: Shape | None = None,
    account_id: UUID | None = None,
) -> None:
    """Write a change in the caller's transaction and wake the listeners when it commits."""
    db.add(
        Change(
            kind=kind,
            subject_id=str(subject_id),
            data=data or {},
            area=area,
            account_id=account_id,
        )
    )
    await db.flush()
    # Equal notifications of one transaction are folded into one by PostgreSQL.
    await db.execute(text(f"NOTIFY {CHANNEL}"))


async def record_changes(
    db: AsyncSession, *, kind: ChangeKind, subjects: Mapping[UUID, Shape | None]
) -> None:
    """Write one public change for each subject, with the area that it changed."""
    if not subjects:
        return
    rows = [{"kind": kind, "subject_id": str(key), "area": area} for key, area in subjects.items()]
    await db.execute(insert(Change), rows)
    await db.execute(text(f"NOTIFY {CHANNEL}"))
