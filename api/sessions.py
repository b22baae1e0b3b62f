"""What every way of signing in answers: an access token and a refresh token."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.lifespan import State
from api.schemas.auth import TokenPair
from audits.accounts.sessions import RefreshGrant, grant_refresh
from audits.accounts.tokens import issue_access_token


async def begin_session(
    db: AsyncSession,
    state: State,
    *,
    account_id: UUID,
    now: datetime,
    device_id: UUID | None = None,
) -> TokenPair:
    """Begin a session in the caller's transaction."""
    lifetime = timedelta(days=state.settings.auth.refresh_days)
    grant = await grant_refresh(
        db, account_id=account_id, device_id=device_id, now=now, lifetime=lifetime
    )
    return make_pair(state, grant, now)


def make_pair(state: State, grant: RefreshGrant, now: datetime) -> TokenPair:
    """Sign an access token that goes with a refresh token."""
    lifetime = timedelta(minutes=state.settings.auth.access_minutes)
    key = state.keys.signing
    token = issue_access_token(
        key=key.private,
        kid=key.kid,
        account_id=grant.account_id,
        device_id=grant.device_id,
        now=now,
        lifetime=lifetime,
    )
    return TokenPair(
        access_token=token,
        token_type="Bearer",  # noqa: S106 - the scheme's name, not a secret
        expires_in=int(lifetime.total_seconds()),
        refresh_token=grant.token,
        account_id=grant.account_id,
    )
