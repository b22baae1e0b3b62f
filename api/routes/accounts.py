"""Accounts as administrators look after them."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from api.bodies import SmallBodyRoute
from api.dependencies import CurrentActor, Now, ReadDb, WriteDb
from api.problems import problems
from api.schemas.accounts import AccountIn, AccountList, AccountPatch, BanIn, ManagedAccount
from audits.accounts import administration, service
from audits.accounts.contacts import InvalidContactError
from audits.accounts.forgetting import LastAdminError
from audits.accounts.models import Account
from audits.accounts.policy import NotAllowedError, SecondFactorMissingError
from audits.accounts.roles import AccountState, Role
from audits.accounts.tokens import InvalidTokenError
from geo.errors import ConflictingWriteError, InvalidCursorError

router = APIRouter(tags=["accounts"], route_class=SmallBodyRoute)

_REFUSALS = (InvalidTokenError, NotAllowedError, SecondFactorMissingError)


@router.get(
    "/v1/accounts",
    operation_id="listAccounts",
    summary="List accounts",
    responses=problems(*_REFUSALS, InvalidCursorError),
)
async def list_accounts(
    db: ReadDb,
    actor: CurrentActor,
    role: Role | None = None,
    state: AccountState | None = None,
    q: Annotated[
        str | None, Query(max_length=254, description="A log-in, phone or e-mail, exactly.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> AccountList:
    """List accounts, newest first, for managers and administrators."""
    page = await administration.list_accounts(
        db, actor=actor, limit=limit, role=role, state=state, query=q, cursor=cursor
    )
    following = f"/v1/accounts?limit={limit}&cursor={page.cursor}" if page.cursor else None
    if following:
        filters = {"role": role, "state": state}
        following += "".join(f"&{name}={value}" for name, value in filters.items() if value)
    return AccountList(
        items=[_read(account, page.districts.get(account.id, ())) for account in page.accounts],
        next=following,
    )


@router.post(
    "/v1/accounts",
    operation_id="createAccount",
    summary="Create an account",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *_REFUSALS,
        service.LoginTakenError,
        service.WeakPasswordError,
        administration.UnknownDistrictError,
        administration.DistrictsNeedReviewerError,
        ConflictingWriteError,
    ),
)
async def create_account(
    body: AccountIn, db: WriteDb, actor: CurrentActor, response: Response
) -> ManagedAccount:
    """Create an account with a log-in for a colleague; they change the password themselves."""
    account = await administration.open_account(
        db,
        actor=actor,
        login=body.login,
        password=body.password.get_secret_value(),
        role=body.role,
        display_name=body.display_name,
        district_ids=body.district_ids,
    )
    response.headers["Location"] = f"/v1/accounts/{account.id}"
    return await _answer(db, actor, account)


@router.get(
    "/v1/accounts/{account_id}",
    operation_id="getManagedAccount",
    summary="One account",
    responses=problems(*_REFUSALS, administration.AccountNotFoundError),
)
async def get_account(account_id: UUID, db: ReadDb, actor: CurrentActor) -> ManagedAccount:
    """Give an account with its state and districts."""
    account, districts = await administration.get_account(db, actor=actor, account_id=account_id)
    return _read(account, districts)


@router.patch(
    "/v1/accounts/{account_id}",
    operation_id="changeAccount",
    summary="Change an account",
    responses=problems(
        *_REFUSALS,
        administration.AccountNotFoundError,
        administration.OwnAccountError,
        administration.AccountStateError,
        administration.NeedsLoginError,
        administration.UnknownDistrictError,
        administration.DistrictsNeedReviewerError,
        InvalidContactError,
        service.WeakPasswordError,
        LastAdminError,
        ConflictingWriteError,
    ),
)
async def change_account(
    account_id: UUID, body: AccountPatch, db: WriteDb, actor: CurrentActor, now: Now
) -> ManagedAccount:
    """Change role, name, e-mail, password or districts; the history keeps who did it.

    A new role or password ends all sessions of the account.
    """
    change = administration.AccountChange(
        role=body.role,
        display_name=body.display_name,
        email=body.email,
        password=body.password.get_secret_value() if body.password else None,
        district_ids=body.district_ids,
    )
    account = await administration.change_account(
        db, actor=actor, account_id=account_id, change=change, now=now
    )
    return await _answer(db, actor, account)


@router.post(
    "/v1/accounts/{account_id}/ban",
    operation_id="banAccount",
    summary="Ban an account",
    responses=problems(
        *_REFUSALS,
        administration.AccountNotFoundError,
        administration.OwnAccountError,
        administration.AccountStateError,
        LastAdminError,
    ),
)
async def ban_account(
    account_id: UUID, body: BanIn, db: WriteDb, actor: CurrentActor, now: Now
) -> ManagedAccount:
    """Close an account at once; what it sent stays as evidence and reviewers see the ban.

    Managers may ban volunteers, administrators anybody but themselves.
    """
    account = await administration.ban_account(
        db, actor=actor, account_id=account_id, reason=body.reason, now=now
    )
    return await _answer(db, actor, account)


@router.delete(
    "/v1/accounts/{account_id}/ban",
    operation_id="unbanAccount",
    summary="Lift a ban",
    responses=problems(
        *_REFUSALS,
        administration.AccountNotFoundError,
        administration.OwnAccountError,
        administration.AccountStateError,
    ),
)
async def unban_account(account_id: UUID, db: WriteDb, actor: CurrentActor) -> ManagedAccount:
    """Let an account act again; it has to sign in anew."""
    account = await administration.unban_account(db, actor=actor, account_id=account_id)
    return await _answer(db, actor, account)


@router.delete(
    "/v1/accounts/{account_id}/second-factor",
    operation_id="resetSecondFactor",
    summary="Reset a second factor",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(
        *_REFUSALS,
        administration.AccountNotFoundError,
        administration.OwnAccountError,
        administration.AccountStateError,
    ),
)
async def reset_second_factor(
    account_id: UUID, db: WriteDb, actor: CurrentActor, now: Now
) -> Response:
    """Take away a lost second factor and end all sessions; the person sets up a new one."""
    await administration.reset_factor(db, actor=actor, account_id=account_id, now=now)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


async def _answer(db: WriteDb, actor: CurrentActor, account: Account) -> ManagedAccount:
    await db.refresh(account)
    _account, districts = await administration.get_account(db, actor=actor, account_id=account.id)
    return _read(account, districts)


def _read(account: Account, district_ids: Sequence[UUID]) -> ManagedAccount:
    return ManagedAccount(
        id=account.id,
        role=account.role,
        state=account.state,
        display_name=account.display_name,
        login=account.login,
        email=account.email,
        phone=account.phone,
        district_ids=list(district_ids),
        has_second_factor=account.totp_confirmed_at is not None,
        is_demo=account.is_demo,
        created_at=account.created_at,
        banned_at=account.banned_at,
        ban_reason=account.ban_reason,
    )
