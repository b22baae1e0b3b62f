"""Judge every place again when the rules have a new name, a few places at a time.

Old words serve until a place's turn comes. What is left to do is read from the verdicts
themselves, so the work may stop anywhere and go on. Of two program versions that run side by
side only the one asked for last renews words: they never undo each other's work.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.models import Recompute, VerdictRow
from audits.recompute import recompute_places
from audits.verdicts import rules_version
from geo.places.kinds import PlaceState
from geo.places.models import Place

BATCH = 25
"""Places in one transaction: a reviewer who meets one of them waits for a moment only."""

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('esik-renewal'))"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the words follow the rules of this process."""

    rules_version: str
    """Of this process."""
    wanted_version: str | None
    """The one asked for last; another one than ours while an update is under way."""
    requested_at: datetime | None
    finished_at: datetime | None
    places_total: int
    places_left: int

    @property
    def places_done(self) -> int:
        """Places whose words follow the new rules."""
        return self.places_total - self.places_left


async def request_renewal(db: AsyncSession, *, now: datetime, again: bool = False) -> bool:
    """Ask for words by the rules of this process; gives whether there is anything to do.

    A version that was asked for before does not push a newer one aside when its process starts
    again; `again` does, for going back to an older program on purpose.
    """
    left = await _count_stale(db)
    row = insert(Recompute).values(
        rules_version=rules_version(),
        requested_at=now,
        places_total=left,
        finished_at=None if left else now,
    )
    if again:
        row = row.on_conflict_do_update(
            index_elements=[Recompute.rules_version],
            set_={
                "requested_at": now,
                "places_total": left,
                "places_done": 0,
                "finished_at": row.excluded.finished_at,
            },
        )
    else:
        row = row.on_conflict_do_nothing(index_elements=[Recompute.rules_version])
    await db.execute(row)
    return left > 0 and await _wanted_version(db) == rules_version()


async def renew_batch(db: AsyncSession, *, after: UUID | None, now: datetime) -> UUID | None:
    """Judge the next few places whose words follow other rules; gives the last one.

    `None` when none is left after `after`, when another worker is at it, or when a newer
    version was asked for. A place that somebody holds is left for the next round.
    """
    if not await db.scalar(text(_LOCK)) or await _wanted_version(db) != rules_version():
        return None
    statement = (
        select(Place)
        .where(_is_stale(), Place.state != PlaceState.MERGED)
        .order_by(Place.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    if after is not None:
        statement = statement.where(Place.id > after)
    places = (await db.scalars(statement)).all()
    if not places:
        await _note_end(db, now)
        return None
    await recompute_places(db, places=places, now=now)
    await db.execute(
        update(Recompute)
        .where(Recompute.rules_version == rules_version())
        .values(places_done=Recompute.places_done + len(places), finished_at=None)
    )
    return places[-1].id


async def restart_renewal(db: AsyncSession, *, actor: Actor, now: datetime) -> bool:
    """Let a manager ask for words by the rules of this process, also after going back to it."""
    require(actor, Action.RENEW_WORDS)
    return await request_renewal(db, now=now, again=True)


async def get_progress(db: AsyncSession, *, actor: Actor) -> Progress:
    """Say how far the words follow the rules; counts what is left, so it is never out of date."""
    require(actor, Action.RENEW_WORDS)
    left = await _count_stale(db)
    row = await db.get(Recompute, rules_version(), populate_existing=True)
    total = max(row.places_total if row else 0, left)
    return Progress(
        rules_version=rules_version(),
        wanted_version=await _wanted_version(db),
        requested_at=row.requested_at if row else None,
        finished_at=row.finished_at if row and not left else None,
        places_total=total,
        places_left=left,
    )


async def _note_end(db: AsyncSession, now: datetime) -> None:
    if await _count_stale(db):
        return
    await db.execute(
        update(Recompute)
        .where(Recompute.rules_version == rules_version(), Recompute.finished_at.is_(None))
        .values(finished_at=now)
    )


async def _count_stale(db: AsyncSession) -> int:
    found = await db.scalar(
        select(func.count()).select_from(Place).where(_is_stale(), Place.state != PlaceState.MERGED)
    )
    return found or 0


def _is_stale() -> ColumnElement[bool]:
    return exists().where(
        VerdictRow.place_id == Place.id, VerdictRow.rules_version != rules_version()
    )


async def _wanted_version(db: AsyncSession) -> str | None:
    found: str | None = await db.scalar(
        select(Recompute.rules_version)
        .order_by(Recompute.requested_at.desc(), Recompute.rules_version.desc())
        .limit(1)
    )
    return found
