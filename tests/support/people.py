"""People of tests: accounts that have agreed to the texts, so that they may contribute."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.consents import current_texts, give_consent
from audits.accounts.models import Account


async def agree(db: AsyncSession, account: Account) -> Account:
    """Let an account agree to every text in force; gives it back."""
    await give_consent(
        db,
        account=account,
        versions={text.kind: text.version for text in current_texts()},
        language="kk",
        now=datetime.now(UTC),
    )
    return account
