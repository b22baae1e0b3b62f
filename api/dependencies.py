"""What routes ask for: sessions, the signed-in account, the clock, services of the process."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from api.lifespan import State
from audits.accounts.policy import Actor
from audits.accounts.sessions import get_actor
from audits.accounts.tokens import InvalidTokenError, read_access_token
from geo.db.session import read_session, write_session

_bearer = HTTPBearer(auto_error=False, description="Access token of POST /v1/auth/token.")


# Async although nothing waits in it: a plain function would cost a trip to a thread each time.
async def get_state(request: Request) -> State:
    """Give what the lifespan opened for this process."""
    return cast("State", request.state.esik)


AppState = Annotated[State, Depends(get_state)]


async def open_write_session(state: AppState) -> AsyncIterator[AsyncSession]:
    """Open the one transaction of a request."""
    async with write_session(state.write_sessions) as db:
        yield db


async def open_read_session(state: AppState) -> AsyncIterator[AsyncSession]:
    """Open a read-only session for a request."""
    async with read_session(state.read_sessions) as db:
        yield db


# Function scope: the commit happens before the answer leaves, so an answer is a promise kept.
WriteDb = Annotated[AsyncSession, Depends(open_write_session, scope="function")]
ReadDb = Annotated[AsyncSession, Depends(open_read_session, scope="function")]


async def get_now() -> datetime:
    """Give the time of the request; tests put another clock here."""
    return datetime.now(UTC)


Now = Annotated[datetime, Depends(get_now)]

_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def find_current_actor(
    credentials: _Credentials, state: AppState, db: ReadDb
) -> Actor | None:
    """Give who is signed in, or `None` for a stranger; a bad token is an error, not a stranger."""
    if credentials is None:
        return None
    claims = read_access_token(credentials.credentials, find_key=state.find_public_key)
    return await get_actor(
        db,
        account_id=claims.account_id,
        device_id=claims.device_id,
        issued_at=claims.issued_at,
        second_factor_required=state.settings.needs_second_factor,
        limits=state.settings.quotas.as_limits(),
    )


async def get_current_actor(
    actor: Annotated[Actor | None, Depends(find_current_actor)],
) -> Actor:
    """Give who is signed in; raises InvalidTokenError for a stranger."""
    if actor is None:
        raise InvalidTokenError
    return actor


async def get_brief_actor(credentials: _Credentials, state: AppState) -> Actor:
    """Give who is signed in without keeping a connection while the request goes on.

    For bodies that take minutes to arrive: they must not hold what others wait for.
    """
    async with read_session(state.read_sessions) as db:
        return await get_current_actor(await find_current_actor(credentials, state, db))


MaybeActor = Annotated[Actor | None, Depends(find_current_actor)]
CurrentActor = Annotated[Actor, Depends(get_current_actor)]
BriefActor = Annotated[Actor, Depends(get_brief_actor)]
