"""The accounts of the demo city; production refuses to make them.

Their passwords are public on purpose: they open nothing but invented data on one's own machine.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.models import Account
from audits.accounts.roles import Role
from audits.accounts.service import create_account


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A demo account with its public password."""

    login: str
    password: str
    role: Role
    name: str


DEMO_ACCOUNTS = (
    DemoAccount("volunteer", "volunteer-demo", Role.VOLUNTEER, "Айгерім (demo)"),
    DemoAccount("volunteer2", "volunteer2-demo", Role.VOLUNTEER, "Тимур (demo)"),
    DemoAccount("reviewer", "reviewer-demo", Role.REVIEWER, "Әкімдік (demo)"),
    DemoAccount("admin", "administrator-demo", Role.ADMIN, "Админ (demo)"),
)


async def ensure_demo_accounts(db: AsyncSession) -> dict[str, Account]:
    """Create the demo accounts that are missing; gives all of them by login."""
    accounts = {}
    for demo in DEMO_ACCOUNTS:
        account = await db.scalar(select(Account).where(Account.login == demo.login))
        accounts[demo.login] = account or await create_account(
            db,
            role=demo.role,
            login=demo.login,
            password=demo.password,
            display_name=demo.name,
            is_demo=True,
        )
    return accounts
