"""Sign in, refresh, sign out, and the public keys of this installation."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Response, status

from api.dependencies import AppState, CurrentActor, Now, WriteDb
from api.lifespan import State
from api.problems import problems
from api.schemas.auth import AccountRead, PasswordSignIn, RefreshRequest, TokenPair
from audits.accounts import counters, service, sessions
from audits.accounts.tokens import InvalidTokenError, issue_access_token
from geo.db.session import read_session, write_session

router = APIRouter(tags=["sign-in"])


@router.post(
    "/v1/auth/token",
    operation_id="signIn",
    summary="Sign in with a password",
    responses=problems(service.WrongCredentialsError, service.TooManyAttemptsError),
)
async def sign_in(body: PasswordSignIn, state: AppState, now: Now) -> TokenPair:
    """Give an access token and a refresh token for a login and its password.

    Failed attempts are counted per login, whether or not it exists.
    """
    subject = f"login:{service.fold_login(body.login)}"
    async with write_session(state.write_sessions) as db:
        await service.count_attempt(db, subject=subject, now=now)
    async with read_session(state.read_sessions) as db:
        found = await service.find_by_login(db, body.login)
    account = await service.check_password(found, body.password.get_secret_value())
    async with write_session(state.write_sessions) as db:
        await counters.forget(db, subject=subject)
        lifetime = timedelta(days=state.settings.auth.refresh_days)
        grant = await sessions.grant_refresh(db, account_id=account.id, now=now, lifetime=lifetime)
    return _token_pair(state, grant, now)


@router.post(
    "/v1/auth/refresh",
    operation_id="refreshToken",
    summary="Exchange a refresh token",
    responses=problems(InvalidTokenError),
)
async def refresh(body: RefreshRequest, state: AppState, now: Now) -> TokenPair:
    """Spend a refresh token for a new pair.

    The same token works again for 60 seconds, for an answer that was lost on the way. After
    that, using it again ends every session that grew from it.
    """
    async with write_session(state.write_sessions) as db:
        grant = await sessions.rotate_refresh(
            db,
            token=body.refresh_token.get_secret_value(),
            now=now,
            lifetime=timedelta(days=state.settings.auth.refresh_days),
        )
    if grant is None:
        raise InvalidTokenError
    return _token_pair(state, grant, now)


@router.post(
    "/v1/auth/sign-out",
    operation_id="signOut",
    summary="End a session",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def sign_out(body: RefreshRequest, db: WriteDb, now: Now) -> Response:
    """End the session of a refresh token; harmless when it has ended already."""
    await sessions.sign_out(db, token=body.refresh_token.get_secret_value(), now=now)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get(
    "/v1/auth/me",
    operation_id="getAccount",
    summary="Who am I",
    responses=problems(InvalidTokenError),
)
async def me(actor: CurrentActor) -> AccountRead:
    """Give the signed-in account with its role and districts."""
    return AccountRead(
        id=actor.account_id, role=actor.role, district_ids=sorted(actor.district_ids)
    )


@router.get("/.well-known/jwks.json", operation_id="getKeys", summary="Public keys")
async def jwks(state: AppState, response: Response) -> dict[str, list[dict[str, str]]]:
    """Give the public keys that verify receipts and tokens, old ones included (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return state.keys.as_jwks()


def _token_pair(state: State, grant: sessions.RefreshGrant, now: datetime) -> TokenPair:
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
    )
