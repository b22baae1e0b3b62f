"""Sign in with a password, refresh, sign out, and the public keys of this installation."""

from datetime import timedelta

from fastapi import APIRouter, Depends, Response, status

from api.bodies import SmallBodyRoute
from api.client_address import limit_address
from api.dependencies import AppState, CurrentActor, Now, WriteDb
from api.problems import problems
from api.schemas.auth import (
    AccountRead,
    ConsentState,
    PasswordSignIn,
    RefreshRequest,
    TokenPair,
)
from api.sessions import begin_session, make_pair
from audits.accounts import counters, second_factor, service, sessions
from audits.accounts.consents import ConsentKind
from audits.accounts.models import Account
from audits.accounts.tokens import InvalidTokenError
from geo.db.session import read_session, write_session

router = APIRouter(tags=["sign-in"], route_class=SmallBodyRoute)

# One address may stand for a whole office or a mobile network.
_guesses = Depends(limit_address("sign-in", count=300, window=timedelta(minutes=15)))


@router.post(
    "/v1/auth/token",
    operation_id="signIn",
    summary="Sign in with a password",
    responses=problems(
        service.WrongCredentialsError,
        second_factor.SecondFactorRequiredError,
        second_factor.WrongSecondFactorError,
        service.TooManyAttemptsError,
    ),
    dependencies=[_guesses],
)
async def sign_in(body: PasswordSignIn, state: AppState, now: Now) -> TokenPair:
    """Give an access token and a refresh token for a login and its password.

    Accounts with a second factor send its code, too. Attempts are counted per login, whether or
    not it exists.
    """
    subject = f"login:{service.fold_login(body.login)}"
    async with write_session(state.write_sessions) as db:
        await service.count_attempt(db, subject=subject, now=now)
    async with read_session(state.read_sessions) as db:
        found = await service.find_by_login(db, body.login)
    account = await service.check_password(found, body.password.get_secret_value())
    async with write_session(state.write_sessions) as db:
        account = await db.get_one(Account, account.id)
        await second_factor.check_second_factor(
            db,
            account=account,
            sealer=state.sealer,
            code=body.second_factor.get_secret_value() if body.second_factor else None,
            now=now,
        )
        await counters.forget(db, subject=subject)
        return await begin_session(db, state, account_id=account.id, now=now)


@router.post(
    "/v1/auth/refresh",
    operation_id="refreshToken",
    summary="Exchange a refresh token",
    responses=problems(InvalidTokenError),
)
async def refresh(body: RefreshRequest, state: AppState, now: Now) -> TokenPair:
    """Spend a refresh token for a new pair.

    For 60 seconds the same token gives the same successor again: for an answer that was lost on
    the way, and for two tabs at once. After that, using it ends every session that grew from it.
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
    return make_pair(state, grant, now)


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


@router.post(
    "/v1/auth/sign-out-everywhere",
    operation_id="signOutEverywhere",
    summary="End all sessions",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(InvalidTokenError),
)
async def sign_out_everywhere(db: WriteDb, actor: CurrentActor, now: Now) -> Response:
    """End every session of the account at once, this one and its access tokens included."""
    account = await db.get_one(Account, actor.account_id, with_for_update=True)
    await sessions.end_all_sessions(db, account=account, now=now)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get(
    "/v1/auth/me",
    operation_id="getAccount",
    summary="Who am I",
    responses=problems(InvalidTokenError),
)
async def me(actor: CurrentActor) -> AccountRead:
    """Give the signed-in account with its role, its districts, and what it has still to do."""
    return AccountRead(
        id=actor.account_id,
        role=actor.role,
        district_ids=sorted(actor.district_ids),
        missing_consents=[
            ConsentState(kind=ConsentKind(kind), version=version)
            for kind, version in actor.missing_consents
        ],
        lacks_second_factor=actor.lacks_second_factor,
    )


@router.get("/.well-known/jwks.json", operation_id="getKeys", summary="Public keys")
async def jwks(state: AppState, response: Response) -> dict[str, list[dict[str, str]]]:
    """Give the public keys that verify receipts and tokens, old ones included (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return state.keys.as_jwks()
