"""Sign in with a one-time code, and claim an account with one."""

from datetime import timedelta

from fastapi import APIRouter, Depends, status

from api.account_jobs import enqueue_code
from api.bodies import SmallBodyRoute
from api.client_address import limit_address
from api.delivery import offered_channels
from api.dependencies import AppState, CurrentActor, Now
from api.problems import problems
from api.schemas.auth import CodeProof, CodeRequest, CodeSent, TokenPair
from api.sessions import begin_session
from audits.accounts import claims, codes
from audits.accounts.contacts import InvalidContactError, read_contact
from audits.accounts.models import CodePurpose
from audits.accounts.service import TooManyAttemptsError
from audits.accounts.tokens import InvalidTokenError
from geo.db.session import write_session

router = APIRouter(tags=["sign-in"], route_class=SmallBodyRoute)

_requests = Depends(limit_address("codes", count=100, window=timedelta(minutes=15)))
_guesses = Depends(limit_address("guesses", count=300, window=timedelta(minutes=15)))
_SENT = CodeSent(expires_in=int(codes.LIFETIME.total_seconds()))


@router.post(
    "/v1/auth/codes",
    operation_id="requestCode",
    summary="Ask for a one-time code",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(
        InvalidContactError, codes.ChannelOffError, codes.TooManyCodesError, TooManyAttemptsError
    ),
    dependencies=[_requests],
)
async def request_code(body: CodeRequest, state: AppState, now: Now) -> CodeSent:
    """Send six digits to a phone or an e-mail address; the answer never tells whose it is.

    Staff get no codes: they sign in with a password and a second factor.
    """
    async with write_session(state.write_sessions) as db:
        code_id = await codes.request_code(
            db,
            contact=read_contact(body.to),
            purpose=CodePurpose.SIGN_IN,
            language=body.language,
            now=now,
            channels=offered_channels(state.settings),
        )
        await enqueue_code(state.jobs, db, code_id)
    return _SENT


@router.post(
    "/v1/auth/codes/verify",
    operation_id="signInWithCode",
    summary="Sign in with a code",
    responses=problems(
        InvalidContactError,
        codes.WrongCodeError,
        codes.TooManyCodesError,
        claims.AccountClosedError,
        TooManyAttemptsError,
    ),
    dependencies=[_guesses],
)
async def sign_in_with_code(body: CodeProof, state: AppState, now: Now) -> TokenPair:
    """Begin a session for whoever brings the code; an account is made where there is none.

    A code works once, for ten minutes, and dies after five wrong guesses.
    """
    contact = read_contact(body.to)
    async with write_session(state.write_sessions) as db:
        live = await codes.begin_guess(db, contact=contact, purpose=CodePurpose.SIGN_IN, now=now)
    code_id = await codes.check_guess(live, body.code.get_secret_value())
    async with write_session(state.write_sessions) as db:
        await codes.use_code(db, code_id=code_id, now=now)
        account = await claims.sign_in_by_contact(
            db, contact=contact, language=body.language, now=now
        )
        return await begin_session(db, state, account_id=account.id, now=now)


@router.post(
    "/v1/account/contacts",
    operation_id="requestClaim",
    summary="Attach a phone or e-mail",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(
        InvalidTokenError,
        InvalidContactError,
        codes.ChannelOffError,
        codes.TooManyCodesError,
    ),
)
async def request_claim(
    body: CodeRequest, state: AppState, actor: CurrentActor, now: Now
) -> CodeSent:
    """Send a code to a phone or address that shall belong to this account from now on."""
    async with write_session(state.write_sessions) as db:
        code_id = await codes.request_code(
            db,
            contact=read_contact(body.to),
            purpose=CodePurpose.CLAIM,
            language=body.language,
            now=now,
            channels=offered_channels(state.settings),
            account_id=actor.account_id,
        )
        await enqueue_code(state.jobs, db, code_id)
    return _SENT


@router.post(
    "/v1/account/contacts/verify",
    operation_id="claimContact",
    summary="Prove a phone or e-mail",
    responses=problems(
        InvalidTokenError,
        InvalidContactError,
        codes.WrongCodeError,
        codes.TooManyCodesError,
        claims.MergeRefusedError,
        claims.AccountClosedError,
    ),
)
async def claim_contact(
    body: CodeProof, state: AppState, actor: CurrentActor, now: Now
) -> TokenPair:
    """Attach the phone or address, and begin a session of the account that has it now.

    Where another account of a volunteer has it already, this one becomes part of that: devices,
    audits, votes and reports move there, and the answer names that account.
    """
    contact = read_contact(body.to)
    async with write_session(state.write_sessions) as db:
        live = await codes.begin_guess(
            db,
            contact=contact,
            purpose=CodePurpose.CLAIM,
            now=now,
            account_id=actor.account_id,
        )
    code_id = await codes.check_guess(live, body.code.get_secret_value())
    async with write_session(state.write_sessions) as db:
        await codes.use_code(db, code_id=code_id, now=now)
        account = await claims.claim_contact(
            db, account_id=actor.account_id, contact=contact, now=now
        )
        return await begin_session(
            db, state, account_id=account.id, device_id=actor.device_id, now=now
        )
