"""Jobs about people: send a code, forget somebody's originals, sweep what has expired."""

from datetime import UTC, datetime
from uuid import UUID

import procrastinate
import structlog
from procrastinate import RetryStrategy
from sqlalchemy.ext.asyncio import AsyncSession

from api.jobs import blueprint, enqueue, get_services
from audits.accounts import codes, counters, devices, sessions
from audits.accounts.forgetting import forget_originals
from geo.db.session import write_session

log = structlog.get_logger()

# Codes live ten minutes; later attempts would only send what no longer works.
_SOON = RetryStrategy(max_attempts=5, exponential_wait=3)
_PATIENT = RetryStrategy(max_attempts=20, exponential_wait=2)
_BEFORE_PHOTOS = 100


@blueprint.task(
    name="send_code", queue="messages", pass_context=True, retry=_SOON, priority=_BEFORE_PHOTOS
)
async def send_code(context: procrastinate.JobContext, code_id: str) -> None:
    """Make a code and send it; the job knows neither the code nor whom it is for."""
    services = get_services(context)
    sent = await codes.send_code(
        services.write_sessions,
        services.senders,
        code_id=UUID(code_id),
        host=services.host,
        now=datetime.now(UTC),
    )
    log.debug("code_sent" if sent else "code_not_needed", code_id=code_id)


@blueprint.task(name="forget_originals", queue="photos", pass_context=True, retry=_PATIENT)
async def forget_originals_of(context: procrastinate.JobContext, account_id: str) -> None:
    """Remove the private originals of somebody's photos from the store."""
    services = get_services(context)
    removed = await forget_originals(
        services.write_sessions, services.store, account_id=UUID(account_id)
    )
    log.info("originals_forgotten", account_id=account_id, removed=removed)


@blueprint.periodic(cron="23 * * * *")
@blueprint.task(name="sweep_accounts", queue="sweeps", queueing_lock="accounts", pass_context=True)
async def sweep_accounts(context: procrastinate.JobContext, timestamp: int) -> None:
    """Remove codes, challenges, counters and tokens that say nothing any more."""
    now = datetime.fromtimestamp(timestamp, UTC)
    async with write_session(get_services(context).write_sessions) as db:
        await codes.sweep_codes(db, now=now)
        await devices.sweep_challenges(db, now=now)
        await counters.sweep_counters(db, now=now)
        await sessions.sweep_tokens(db, now=now)


async def enqueue_code(app: procrastinate.App, db: AsyncSession, code_id: UUID) -> None:
    """Let the worker send a code, if the request for it is stored."""
    await enqueue(app, db, "send_code", code_id=str(code_id))
