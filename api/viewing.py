"""Places as the one who asks may see them.

Public places cost no look at the token: a phone whose token ran out can still read the city.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.dependencies import AppState, ReadDb, find_current_actor
from audits.accounts.tokens import InvalidTokenError
from audits.visibility import get_visible_place
from geo.places.kinds import PlaceState
from geo.places.models import Place
from geo.places.queries import PlaceNotFoundError, get_place

_bearer = HTTPBearer(auto_error=False)
PUBLIC = "public, no-cache"
PRIVATE = "private, no-store"

SeePlace = Callable[[UUID], Awaitable[Place]]


async def _open_view(request: Request, state: AppState, db: ReadDb) -> SeePlace:
    async def see(place_id: UUID) -> Place:
        place = await get_place(db, place_id)
        if place.state is not PlaceState.PROPOSED:
            return place
        credentials: HTTPAuthorizationCredentials | None = await _bearer(request)
        try:
            actor = await find_current_actor(credentials, state, db)
        except InvalidTokenError as error:
            # Another answer than "not found" would say that the place is there.
            raise PlaceNotFoundError from error
        return await get_visible_place(db, place_id, actor=actor)

    return see


VisiblePlace = Annotated[SeePlace, Depends(_open_view)]
"""A function that gives a place by its id; raises PlaceNotFoundError for a hidden one, too."""


def cache_control(place: Place) -> str:
    """Give who may keep an answer about a place: nobody while it is only proposed."""
    return PRIVATE if place.state is PlaceState.PROPOSED else PUBLIC
