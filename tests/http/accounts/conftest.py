"""Somebody who looks after accounts, and a letter box for codes."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from audits.accounts.roles import Role
from audits.accounts.service import create_account
from tests.http.conftest import PASSWORD, SmallCity
from tests.support.clients import sign_in
from tests.support.devices import LetterBox


@pytest.fixture
async def admin(small_city: SmallCity, engine: AsyncEngine) -> dict[str, str]:
    """Give the headers of an administrator."""
    async with AsyncSession(engine) as db, db.begin():
        await create_account(db, role=Role.ADMIN, login="admin", password=PASSWORD)
    return await sign_in(small_city.client, "admin", PASSWORD)


@pytest.fixture
def letters(engine: AsyncEngine) -> LetterBox:
    """Give a letter box."""
    return LetterBox(engine)
