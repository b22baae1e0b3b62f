"""Look after accounts: list, create, change, ban, give districts; the history has every change.

A ban ends all sessions at once and keeps what the account sent, as evidence. Nobody changes their
own role or bans themselves, and the last administrator stays one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.contacts import Channel, read_contact
from audits.accounts.forgetting import refuse_last_admin
from audits.accounts.models import Account, AccountDistrict
from audits.accounts.passwords import hash_password
from audits.accounts.policy import Action, Actor, require
from audits.accounts.roles import AccountState, Role
from audits.accounts.second_factor import reset_second_factor
from audits.accounts.service import check_strength, create_account, fold_login
from audits.accounts.sessions import end_all_sessions
from audits.history import record_event
from geo.db.changes import ChangeKind, record_change
from geo.db.keyset import decode_cursor, encode_cursor
from geo.errors import DomainError, ErrorKind, InvalidCursorError
from geo.places.models import District


class AccountNotFoundError(DomainError):
    """There is no such account."""

    code = "account-not-found"
    title = "There is no such account"
    kind = ErrorKind.NOT_FOUND


class OwnAccountError(DomainError):
    """Nobody changes their own role or bans themselves."""

    code = "own-account"
    title = "Ask another administrator to change your own account"
    kind = ErrorKind.FORBIDDEN


class AccountStateError(DomainError):
    """The account is deleted, or is not in the state that this step needs."""

    code = "account-state"
    title = "The account is in another state"
    kind = ErrorKind.CONFLICT


class UnknownDistrictError(DomainError):
    """A district of the list does not exist."""

    code = "unknown-district"
    title = "There is no such district"


class DistrictsNeedReviewerError(DomainError):
    """Only reviewers answer for districts; other roles see the whole city or none of it."""

    code = "districts-need-reviewer"
    title = "Only a reviewer has districts"


class NeedsLoginError(DomainError):
    """Staff sign in with a password, and this account has none."""

    code = "needs-login"
    title = "An account without a log-in stays a volunteer's"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Accounts, newest first, with the districts of each."""

    accounts: Sequence[Account]
    districts: Mapping[UUID, Sequence[UUID]]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What to change; `None` leaves a thing as it is."""

    role: Role | None = None
    display_name: str | None = None
    email: str | None = None
    password: str | None = None
    district_ids: Sequence[UUID] | None = None


async def list_accounts(
    db: AsyncSession,
    *,
    actor: Actor,
    limit: int,
    role: Role | None = None,
    state: AccountState | None = None,
    query: str | None = None,
    cursor: str | None = None,
) -> AccountPage:
    """List accounts, newest first; `query` is a log-in, phone or e-mail address, exactly."""
    require(actor, Action.LIST_ACCOUNTS)
    statement = select(Account).order_by(Account.id.desc()).limit(limit + 1)
    if role is not None:
        statement = statement.where(Account.role == role)
    if state is not None:
        statement = statement.where(Account.state == state)
    if query is not None:
        folded = fold_login(query)
        same = or_(Account.login == folded, Account.email == folded, Account.phone == query)
        statement = statement.where(same)
    if cursor is not None:
        statement = statement.where(Account.id < _read_cursor(cursor))
    accounts = (await db.scalars(statement)).all()
    following = None
    if len(accounts) > limit:
        accounts = accounts[:limit]
        following = encode_cursor([str(accounts[-1].id)], question="accounts")
    return AccountPage(accounts, await _list_districts(db, accounts), following)


def _read_cursor(cursor: str) -> UUID:
    try:
        return UUID(str(decode_cursor(cursor, question="accounts")[0]))
    except ValueError as error:
        raise InvalidCursorError from error


async def get_account(
    db: AsyncSession, *, actor: Actor, account_id: UUID
) -> tuple[Account, Sequence[UUID]]:
    """Give an account and its districts; raises AccountNotFoundError."""
    require(actor, Action.LIST_ACCOUNTS)
    account = await db.get(Account, account_id)
    if account is None:
        raise AccountNotFoundError
    return account, (await _list_districts(db, [account])).get(account.id, ())


async def open_account(
    db: AsyncSession,
    *,
    actor: Actor,
    login: str,
    password: str,
    role: Role,
    display_name: str,
    district_ids: Sequence[UUID],
) -> Account:
    """Create an account for a colleague; raises as `create_account` and `change_account` do."""
    require(actor, Action.MANAGE_ACCOUNTS)
    account = await create_account(
        db,
        role=role,
        login=login,
        password=password,
        display_name=display_name,
        actor_id=actor.account_id,
    )
    if district_ids:
        await _set_districts(db, account, district_ids)
    return account


async def change_account(
    db: AsyncSession, *, actor: Actor, account_id: UUID, change: AccountChange, now: datetime
) -> Account:
    """Change what is given; a new role or password ends all sessions of the account.

    The history names which things changed, and the new role and districts, never a name or an
    address. Raises AccountNotFoundError, OwnAccountError, AccountStateError, NeedsLoginError,
    LastAdminError, WeakPasswordError, UnknownDistrictError and DistrictsNeedReviewerError.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    account = await _get_living(db, account_id)
    said: dict[str, object] = {}
    if change.role is not None and change.role is not account.role:
        await _set_role(db, account, change.role, actor)
        said["role"] = change.role.value
    if change.display_name is not None:
        account.display_name = change.display_name
        said["display_name"] = True
    if change.email is not None:
        _set_email(account, change.email)
        said["email"] = True
    if change.password is not None:
        _set_password(account, change.password)
        said["password"] = True
    await db.flush()
    if change.district_ids is not None:
        await _set_districts(db, account, change.district_ids)
        said["district_ids"] = sorted(str(each) for each in change.district_ids)
    if "role" in said or "password" in said:
        await end_all_sessions(db, account=account, now=now)
    if said:
        await record_event(
            db, kind="account_changed", subject=account, actor_id=actor.account_id, data=said
        )
    return account


async def ban_account(
    db: AsyncSession, *, actor: Actor, account_id: UUID, reason: str, now: datetime
) -> Account:
    """Close an account at once: its tokens die, its audits stay; banning again changes nothing.

    A manager may ban volunteers, an administrator anybody else. Raises AccountNotFoundError,
    OwnAccountError, AccountStateError and LastAdminError.
    """
    account = await _get_subject(db, actor, account_id)
    if account.state is AccountState.BANNED:
        return account
    await refuse_last_admin(db, account=account)
    account.state = AccountState.BANNED
    account.banned_at = now
    account.ban_reason = reason
    await end_all_sessions(db, account=account, now=now)
    await _announce(db, account, actor, kind="account_banned")
    return account


async def unban_account(db: AsyncSession, *, actor: Actor, account_id: UUID) -> Account:
    """Let an account act again; it has to sign in anew."""
    account = await _get_subject(db, actor, account_id)
    if account.state is not AccountState.BANNED:
        return account
    account.state = AccountState.ACTIVE
    account.banned_at = None
    account.ban_reason = None
    await db.flush()
    await _announce(db, account, actor, kind="account_unbanned")
    return account


async def reset_factor(db: AsyncSession, *, actor: Actor, account_id: UUID, now: datetime) -> None:
    """Take away a second factor that is lost, and end all sessions; the person enrols anew."""
    require(actor, Action.MANAGE_ACCOUNTS)
    account = await _get_living(db, account_id)
    if account.id == actor.account_id:
        raise OwnAccountError
    await reset_second_factor(db, account=account, actor_id=actor.account_id)
    await end_all_sessions(db, account=account, now=now)


async def _get_subject(db: AsyncSession, actor: Actor, account_id: UUID) -> Account:
    require(actor, Action.BAN_VOLUNTEER)
    account = await _get_living(db, account_id)
    if account.id == actor.account_id:
        raise OwnAccountError
    if account.role is not Role.VOLUNTEER:
        require(actor, Action.MANAGE_ACCOUNTS)
    return account


async def _get_living(db: AsyncSession, account_id: UUID) -> Account:
    account = await db.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise AccountNotFoundError
    if account.state is AccountState.DELETED:
        raise AccountStateError(state=account.state.value)
    return account


async def _set_role(db: AsyncSession, account: Account, role: Role, actor: Actor) -> None:
    if account.id == actor.account_id:
        raise OwnAccountError
    if account.login is None:
        raise NeedsLoginError
    await refuse_last_admin(db, account=account)
    account.role = role
    if role is not Role.REVIEWER:
        await db.execute(delete(AccountDistrict).where(AccountDistrict.account_id == account.id))


def _set_email(account: Account, email: str) -> None:
    contact = read_contact(email)
    if contact.channel is Channel.EMAIL:
        account.email = contact.address


def _set_password(account: Account, password: str) -> None:
    check_strength(password)
    if account.login is None:
        raise NeedsLoginError
    account.password_hash = hash_password(password)


async def _set_districts(db: AsyncSession, account: Account, district_ids: Sequence[UUID]) -> None:
    wanted = set(district_ids)
    if wanted and account.role is not Role.REVIEWER:
        raise DistrictsNeedReviewerError(role=account.role.value)
    known = set(await db.scalars(select(District.id).where(District.id.in_(wanted))))
    if wanted - known:
        raise UnknownDistrictError(district_ids=sorted(map(str, wanted - known)))
    await db.execute(delete(AccountDistrict).where(AccountDistrict.account_id == account.id))
    db.add_all(AccountDistrict(account_id=account.id, district_id=each) for each in wanted)
    await db.flush()


async def _list_districts(
    db: AsyncSession, accounts: Sequence[Account]
) -> dict[UUID, Sequence[UUID]]:
    rows = await db.execute(
        select(AccountDistrict.account_id, AccountDistrict.district_id)
        .where(AccountDistrict.account_id.in_([account.id for account in accounts]))
        .order_by(AccountDistrict.district_id)
    )
    found: dict[UUID, list[UUID]] = {}
    for account_id, district_id in rows:
        found.setdefault(account_id, []).append(district_id)
    return dict(found)


async def _announce(db: AsyncSession, account: Account, actor: Actor, *, kind: str) -> None:
    await record_event(db, kind=kind, subject=account, actor_id=actor.account_id)
    await record_change(db, kind=ChangeKind.ACCOUNT, subject_id=account.id, account_id=account.id)
