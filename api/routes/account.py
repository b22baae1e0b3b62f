"""One's own account: consent, password, second factor, a copy of everything, and the end."""

from fastapi import APIRouter, Response, status
from fastapi.responses import StreamingResponse

from api.bodies import SmallBodyRoute
from api.dependencies import AppState, CurrentActor, Now, WriteDb
from api.jobs import enqueue
from api.localised import Language
from api.problems import problems
from api.schemas.accounts import (
    ConsentsIn,
    ConsentTextRead,
    ConsentTexts,
    DeletionConfirm,
    DeletionOffer,
    PasswordChange,
)
from api.schemas.auth import EnrolmentRead, FactorProof, RecoveryCodes, TokenPair
from api.sessions import begin_session
from audits.accounts import consents, forgetting, second_factor, service
from audits.accounts.export import export_person
from audits.accounts.models import Account
from audits.accounts.tokens import InvalidTokenError
from geo.db.session import read_session, write_session

router = APIRouter(tags=["account"], route_class=SmallBodyRoute)


@router.get("/v1/consents", operation_id="listConsents", summary="Texts to agree to")
async def list_consents(language: Language) -> ConsentTexts:
    """Give the texts in force about personal data and about the licence of contributions."""
    return ConsentTexts(
        language=language,
        items=[
            ConsentTextRead(
                kind=each.kind,
                version=each.version,
                title=each.titles[language],
                text=each.texts[language].strip(),
            )
            for each in consents.current_texts()
        ],
    )


@router.put(
    "/v1/account/consents",
    operation_id="giveConsents",
    summary="Agree to texts",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(InvalidTokenError, consents.ConsentOutdatedError),
)
async def give_consents(body: ConsentsIn, db: WriteDb, actor: CurrentActor, now: Now) -> Response:
    """Record which versions of the texts this account agreed to, and when."""
    account = await db.get_one(Account, actor.account_id, with_for_update=True)
    await consents.give_consent(
        db, account=account, versions=body.versions, language=body.language, now=now
    )
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post(
    "/v1/account/password",
    operation_id="changePassword",
    summary="Change my password",
    responses=problems(
        InvalidTokenError,
        service.WrongCredentialsError,
        service.WeakPasswordError,
        service.TooManyAttemptsError,
    ),
)
async def change_password(
    body: PasswordChange, state: AppState, actor: CurrentActor, now: Now
) -> TokenPair:
    """Set a new password; every other session ends, and a new one begins here."""
    async with write_session(state.write_sessions) as db:
        await service.count_attempt(db, subject=f"password:{actor.account_id}", now=now)
    async with read_session(state.read_sessions) as db:
        found = await db.get(Account, actor.account_id)
    await service.check_password(found, body.old_password.get_secret_value())
    new_hash = await service.hash_new_password(body.new_password.get_secret_value())
    async with write_session(state.write_sessions) as db:
        account = await db.get_one(Account, actor.account_id, with_for_update=True)
        await service.set_password(db, account=account, password_hash=new_hash, now=now)
        return await begin_session(db, state, account_id=account.id, now=now)


@router.post(
    "/v1/account/second-factor",
    operation_id="beginSecondFactor",
    summary="Set up a second factor",
    status_code=status.HTTP_201_CREATED,
    responses=problems(InvalidTokenError, second_factor.SecondFactorSetError),
)
async def begin_second_factor(state: AppState, db: WriteDb, actor: CurrentActor) -> EnrolmentRead:
    """Give the secret for an authenticator app, once; it counts after it is confirmed."""
    account = await db.get_one(Account, actor.account_id, with_for_update=True)
    made = await second_factor.begin_enrolment(db, account=account, sealer=state.sealer)
    return EnrolmentRead(secret=made.secret, uri=made.uri)


@router.post(
    "/v1/account/second-factor/confirm",
    operation_id="confirmSecondFactor",
    summary="Confirm the second factor",
    responses=problems(
        InvalidTokenError,
        second_factor.WrongSecondFactorError,
        second_factor.SecondFactorSetError,
        service.TooManyAttemptsError,
    ),
)
async def confirm_second_factor(
    body: FactorProof, state: AppState, actor: CurrentActor, now: Now
) -> RecoveryCodes:
    """Switch the second factor on with a code of the app; gives recovery codes, once."""
    async with write_session(state.write_sessions) as db:
        await service.count_attempt(db, subject=f"second-factor:{actor.account_id}", now=now)
    async with write_session(state.write_sessions) as db:
        account = await db.get_one(Account, actor.account_id, with_for_update=True)
        made = await second_factor.confirm_enrolment(
            db, account=account, sealer=state.sealer, code=body.code.get_secret_value(), now=now
        )
    return RecoveryCodes(recovery_codes=made)


@router.get(
    "/v1/account/export",
    operation_id="exportAccount",
    summary="Everything about me",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/zip": {}}, "description": "A ZIP, made while it is sent."},
        **problems(InvalidTokenError),
    },
)
async def export_account(state: AppState, actor: CurrentActor, now: Now) -> StreamingResponse:
    """Give a copy of everything that is kept about this account, photos included."""
    stream = export_person(state.read_sessions, state.store, account_id=actor.account_id, now=now)
    headers = {
        "Content-Disposition": 'attachment; filename="esik-my-data.zip"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(stream, media_type="application/zip", headers=headers)


@router.post(
    "/v1/account/deletion",
    operation_id="requestDeletion",
    summary="Ask to be forgotten",
    status_code=status.HTTP_201_CREATED,
    responses=problems(InvalidTokenError),
)
async def request_deletion(db: WriteDb, actor: CurrentActor, now: Now) -> DeletionOffer:
    """Give a confirmation that deletes this account when it is sent back within 15 minutes."""
    confirmation = await forgetting.request_deletion(db, account_id=actor.account_id, now=now)
    lifetime = int(forgetting.CONFIRMATION_LIFETIME.total_seconds())
    return DeletionOffer(confirmation=confirmation, expires_in=lifetime)


@router.post(
    "/v1/account/deletion/confirm",
    operation_id="confirmDeletion",
    summary="Be forgotten",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(
        InvalidTokenError, forgetting.WrongConfirmationError, forgetting.LastAdminError
    ),
)
async def confirm_deletion(
    body: DeletionConfirm, state: AppState, db: WriteDb, actor: CurrentActor, now: Now
) -> Response:
    """Remove everything that leads to this person; what they measured stays without an author.

    It cannot be undone. The originals of photos follow from the store within minutes.
    """
    await forgetting.confirm_deletion(
        db,
        account_id=actor.account_id,
        confirmation=body.confirmation.get_secret_value(),
        now=now,
    )
    await enqueue(state.jobs, db, "forget_originals", account_id=str(actor.account_id))
    return Response(status_code=status.HTTP_204_NO_CONTENT)
