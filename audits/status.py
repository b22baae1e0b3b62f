"""The official answer about a place: four categories, the status, and what a register claims.

The status is computed from the published words and dated by them. What a register declares
stands beside it as a claim and never enters a word, a category or the computed status.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.history import record_event
from audits.models import VerdictRow
from audits.verdicts import AdaptationStatus, Scope, StatusPolicy, adaptation_status
from geo.db.changes import ChangeKind, record_change
from geo.mobility import Profile, Word
from geo.places.models import Place
from geo.places.queries import get_place


class ClaimedStatus(StrEnum):
    """What registers declare."""

    ADAPTED_ALL = AdaptationStatus.ADAPTED_ALL.value
    ADAPTED_PARTIAL = AdaptationStatus.ADAPTED_PARTIAL.value
    NOT_ADAPTED = AdaptationStatus.NOT_ADAPTED.value
    CANNOT_BE_ADAPTED = AdaptationStatus.CANNOT_BE_ADAPTED.value


def describe_status(
    place: Place, verdicts: Iterable[VerdictRow], *, policy: StatusPolicy
) -> dict[str, Any]:
    """Give categories and status of a place with their date, the policy, and the claim beside.

    `computed_at` is `None` where nothing was ever judged; then everything is unknown.
    """
    rows = [row for row in verdicts if row.scope == Scope.SERVICE.value]
    words = {Profile(row.profile): Word(row.word) for row in rows}
    computed = adaptation_status(words, policy=policy)
    dates: list[datetime] = [row.computed_at for row in rows]
    return {
        "status": computed.status.value,
        "categories": {key.value: word.value for key, word in computed.categories.items()},
        "adapted_for": [category.value for category in computed.adapted_for],
        "policy": policy.value,
        "computed_at": max(dates, default=None),
        "declared": place.declared_status,
    }


async def declare_status(
    db: AsyncSession,
    *,
    actor: Actor,
    place_id: UUID,
    status: ClaimedStatus,
    source: str,
    declared_on: date,
) -> Place:
    """Note what a register claims about a place; no word changes.

    Raises PlaceNotFoundError and NotAllowedError.
    """
    place = await get_place(db, place_id)
    require(actor, Action.REVIEW_AUDIT, district_id=place.district_id)
    await db.refresh(place, with_for_update=True)
    place.declared_status = {
        "status": status.value,
        "source": source,
        "declared_on": declared_on.isoformat(),
    }
    await db.flush()
    await record_event(
        db,
        kind="status_declared",
        subject=place,
        actor_id=actor.account_id,
        data={"status": status.value, "source": source},
    )
    await record_change(db, kind=ChangeKind.PLACE, subject_id=place.id, area=place.point)
    return place
