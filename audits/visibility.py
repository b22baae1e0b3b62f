"""Who may see a place that is only proposed: its author and the reviewers of its district.

What everybody may see is `geo.places.queries.get_public_place`.
"""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, may
from audits.models import Audit
from geo.places.kinds import PlaceState
from geo.places.models import Place
from geo.places.queries import PlaceNotFoundError, get_place


async def get_visible_place(db: AsyncSession, place_id: UUID, *, actor: Actor | None) -> Place:
    """Give a place, following merges, as far as the actor may see it; `None` is a stranger.

    Raises PlaceNotFoundError, the same for a place that is hidden as for none at all.
    """
    place = await get_place(db, place_id)
    if place.state is PlaceState.PROPOSED and not await _may_see(db, place, actor):
        raise PlaceNotFoundError
    return place


async def _may_see(db: AsyncSession, place: Place, actor: Actor | None) -> bool:
    if actor is None:
        return False
    if may(actor, Action.REVIEW_AUDIT, district_id=place.district_id):
        return True
    own = exists().where(Audit.place_id == place.id, Audit.author_id == actor.account_id)
    return bool(await db.scalar(select(own)))
