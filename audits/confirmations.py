"""Votes about facts: agree, disagree or unsure, by someone who is not the author.

Votes never change a value. They raise confidence, or mark a fact as disputed, which takes its
good news away: only bad news follows from them. Every vote is kept, so taking one back does
not undo a dispute; a newer observation does.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.consensus import VoteKind
from audits.errors import (
    ConfirmationTakenError,
    FactNotFoundError,
    NotUuid7Error,
    OwnFactError,
)
from audits.history import Subject, record_event
from audits.models import Audit, Confirmation, FactRow, Observation
from audits.recompute import recompute_place, recompute_street_elements
from geo.ids import is_uuid7
from geo.places.kinds import PlaceState
from geo.places.models import Element, Place
from geo.places.queries import get_place


@dataclass(frozen=True, slots=True)
class Ballot:
    """What somebody says about one fact: of a part, or of a place itself."""

    element_id: UUID | None
    place_id: UUID | None
    field: str
    vote: VoteKind


async def confirm_fact(
    db: AsyncSession, *, actor: Actor, confirmation_id: UUID, ballot: Ballot, now: datetime
) -> tuple[Confirmation, bool]:
    """Store a vote under the phone's id, and let the words follow; gives it and whether it is new.

    Raises FactNotFoundError, OwnFactError for whose observation is behind the fact, and
    ConfirmationTakenError for an id with another vote or of somebody else.
    """
    require(actor, Action.CONFIRM_FACT)
    if not is_uuid7(confirmation_id):
        raise NotUuid7Error(id=str(confirmation_id))
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"),
        {"id": str(confirmation_id)},
    )
    known = await db.get(Confirmation, confirmation_id)
    if known is not None:
        if not _is_same(known, actor, ballot):
            raise ConfirmationTakenError
        return known, False
    element, place = await _lock_subject(db, ballot)
    await _refuse_authors(db, actor, await _get_fact(db, element, place, ballot.field))
    confirmation = Confirmation(
        id=confirmation_id,
        place_id=place.id if place else None,
        element_id=element.id if element else None,
        field=ballot.field,
        account_id=actor.account_id,
        vote=ballot.vote.value,
        voted_at=now,
    )
    db.add(confirmation)
    await db.flush()
    subject: Subject | None = place or element
    if subject is not None:
        await record_event(
            db,
            kind="fact_confirmed",
            subject=subject,
            actor_id=actor.account_id,
            data={
                "element_id": str(element.id) if element else None,
                "field": ballot.field,
                "vote": ballot.vote.value,
            },
        )
    if place is not None:
        await recompute_place(db, place_id=place.id, now=now)
    elif element is not None:
        await recompute_street_elements(db, elements=[element], now=now)
    return confirmation, True


def _is_same(known: Confirmation, actor: Actor, ballot: Ballot) -> bool:
    subject = known.element_id == ballot.element_id and (
        ballot.place_id is None or ballot.place_id == known.place_id
    )
    vote = (known.account_id, known.field, known.vote)
    return subject and vote == (actor.account_id, ballot.field, ballot.vote.value)


async def _lock_subject(db: AsyncSession, ballot: Ballot) -> tuple[Element | None, Place | None]:
    """Find what is voted on, and hold its place so that votes and decisions take turns."""
    element = None
    place_id = ballot.place_id
    if ballot.element_id is not None:
        element = await db.get(Element, ballot.element_id)
        if element is None or element.state is not PlaceState.ACTIVE:
            raise FactNotFoundError
        place_id = element.place_id
    if place_id is None:
        # A part of the street: its row stands for the place.
        if element is not None:
            await db.refresh(element, with_for_update=True)
        return element, None
    place = await get_place(db, place_id)
    await db.refresh(place, with_for_update=True)
    return element, place


async def _get_fact(
    db: AsyncSession, element: Element | None, place: Place | None, field: str
) -> FactRow:
    about = (
        FactRow.element_id == element.id
        if element is not None
        else (FactRow.element_id.is_(None)) & (FactRow.place_id == (place.id if place else None))
    )
    row = await db.scalar(select(FactRow).where(about, FactRow.field == field).limit(1))
    if row is None:
        raise FactNotFoundError
    return row


async def _refuse_authors(db: AsyncSession, actor: Actor, fact: FactRow) -> None:
    """Nobody confirms or disputes what rests on their own observation."""
    own = await db.scalar(
        select(Observation.id)
        .join(Audit, Audit.id == Observation.audit_id)
        .where(Observation.id.in_(fact.evidence), Audit.author_id == actor.account_id)
        .limit(1)
    )
    if own is not None:
        raise OwnFactError
