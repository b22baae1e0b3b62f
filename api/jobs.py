"""Background jobs: procrastinate, enqueued on the connection of the change that wants them.

A job carries ids only, starts by reading the state again, and may run twice. If the change
rolls back, its job never existed.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast
from uuid import UUID

import procrastinate
import structlog
from procrastinate import RetryStrategy
from sqlalchemy.ext.asyncio import AsyncSession

from api.job_retries import YieldingJobManager
from audits.accounts.senders import Senders
from audits.expiry import sweep_expired
from audits.intake import erase_withdrawn, give_up_waiting
from audits.photos.isolation import CleaningLimits
from audits.photos.stores import PhotoStore
from audits.renewal import renew_batch, request_renewal
from audits.sync.retention import prune_changes
from geo.db.session import Sessions, driver_connection, write_session
from geo.tiles.clusters import fold_clusters

log = structlog.get_logger()

blueprint = procrastinate.Blueprint()
SLOW_QUEUE = "slow"
"""Of jobs that take minutes."""
_NAMESPACE = "esik"

# Backs off over about an hour; a store that is down for a minute costs nothing.
_RETRY = RetryStrategy(max_attempts=12, exponential_wait=2)


@dataclass(frozen=True, slots=True)
class JobServices:
    """What jobs work with."""

    write_sessions: Sessions
    store: PhotoStore
    cleaning: CleaningLimits
    original_lifetime: timedelta
    senders: Senders = field(default_factory=dict)
    """How one-time codes leave the house."""
    host: str = ""
    """Of the site that one-time codes are for."""


class _JobApp(Protocol):
    services: JobServices


def create_job_app(conninfo: str, services: JobServices | None = None) -> procrastinate.App:
    """Create the queue over a database; `services` only where jobs run, not where they start."""
    connector = procrastinate.PsycopgConnector(
        conninfo=conninfo,
        min_size=1,
        # A worker listens on one for each of its lanes.
        max_size=3 if services is None else 5,
        kwargs={"application_name": "esik-jobs"},
    )
    app = procrastinate.App(connector=connector)
    app.job_manager = YieldingJobManager(connector)
    _register(app)
    cast("_JobApp", app).services = services  # type: ignore[assignment]
    return app


def _register(app: procrastinate.App) -> None:
    """Give the queue our tasks under their full names.

    The library's own way renames the tasks each time, so that the second queue of a process, as
    tests open it, would find none.
    """
    for task in list(blueprint.tasks.values()):
        if not task.name.startswith(f"{_NAMESPACE}:"):
            task.add_namespace(_NAMESPACE)
        task.blueprint = app
        app.tasks[task.name] = task
    for periodic in blueprint.periodic_registry.periodic_tasks.values():
        app.periodic_registry.register_task(
            task=periodic.task,
            cron=periodic.cron,
            periodic_id=periodic.periodic_id,
            configure_kwargs=periodic.configure_kwargs,
        )


def list_lanes(app: procrastinate.App) -> list[list[str]]:
    """Give the queues of a worker in lanes: in each of them one job runs at a time.

    What takes minutes has a lane of its own, so that codes and photos never wait behind it.
    """
    queues = {task.queue for task in app.tasks.values()}
    return [sorted(queues - {SLOW_QUEUE}), [SLOW_QUEUE]]


async def enqueue(
    app: procrastinate.App,
    db: AsyncSession,
    name: str,
    **arguments: Any,  # noqa: ANN401 - JSON
) -> None:
    """Enqueue a job in the transaction of `db`: both happen or neither does."""
    raw = await driver_connection(db)
    deferrer = app.configure_task(f"{_NAMESPACE}:{name}", connection=raw)
    await deferrer.defer_async(**arguments)


def get_services(context: procrastinate.JobContext) -> JobServices:
    """Give what jobs work with."""
    return cast("_JobApp", context.app).services


@blueprint.periodic(cron="*/5 * * * *")
@blueprint.task(name="sweep_expired", queue="sweeps", queueing_lock="sweep", pass_context=True)
async def sweep(context: procrastinate.JobContext, timestamp: int) -> None:
    """Let what is out of date become unknown again, and announce it as an approval would."""
    services = get_services(context)
    now = datetime.fromtimestamp(timestamp, UTC)
    swept = 0
    while True:
        async with write_session(services.write_sessions) as db:
            batch = await sweep_expired(db, now=now)
        if not batch:
            break
        swept += batch
    if swept:
        log.info("expired_swept", changed=swept)


@blueprint.periodic(cron="17 * * * *")
@blueprint.task(
    name="sweep_intake", queue="sweeps", queueing_lock="sweep_intake", pass_context=True
)
async def sweep_intake(context: procrastinate.JobContext, timestamp: int) -> None:
    """Stop waiting for photos after 30 days, erase what was withdrawn, prune the change log."""
    services = get_services(context)
    now = datetime.fromtimestamp(timestamp, UTC)
    for sweep_batch in (give_up_waiting, erase_withdrawn, prune_changes):
        swept = 0
        while True:
            async with write_session(services.write_sessions) as db:
                batch = await sweep_batch(db, now=now)
            if not batch:
                break
            swept += batch
        if swept:
            log.info("intake_swept", what=sweep_batch.__name__, count=swept)


_RENEWAL = "renewal"
"""One renewal waits and one runs, however many workers there are."""

_BATCHES_A_RUN = 16
"""After so many the job goes to the end of the queue, so that photos are not kept waiting."""


@blueprint.periodic(cron="*/10 * * * *")
@blueprint.task(
    name="renew_words",
    queue="sweeps",
    queueing_lock=_RENEWAL,
    lock=_RENEWAL,
    pass_context=True,
    retry=_RETRY,
)
async def renew_words(context: procrastinate.JobContext, timestamp: int) -> None:
    """Judge places again whose words follow other rules than those of this process."""
    del timestamp
    services = get_services(context)
    after: UUID | None = None
    for _batch in range(_BATCHES_A_RUN):
        async with write_session(services.write_sessions) as db:
            after = await renew_batch(db, after=after, now=datetime.now(UTC))
        if after is None:
            return
        log.debug("words_renewed", up_to=str(after))
    await _enqueue_renewal(context.app)


async def begin_renewal(app: procrastinate.App, sessions: Sessions) -> None:
    """Ask for words by the rules of this process when a worker starts."""
    async with write_session(sessions) as db:
        needed = await request_renewal(db, now=datetime.now(UTC))
    if needed:
        await _enqueue_renewal(app)


async def enqueue_renewal(app: procrastinate.App, db: AsyncSession) -> None:
    """Enqueue the renewal in the transaction of `db`, unless it is waiting already."""
    # A refused row would end the whole transaction; a savepoint keeps the rest.
    with suppress(procrastinate.exceptions.AlreadyEnqueued):
        async with db.begin_nested():
            await _defer_renewal(app, connection=await driver_connection(db))


async def _enqueue_renewal(app: procrastinate.App) -> None:
    with suppress(procrastinate.exceptions.AlreadyEnqueued):
        await _defer_renewal(app)


async def _defer_renewal(app: procrastinate.App, **options: Any) -> None:  # noqa: ANN401
    deferrer = app.configure_task(
        "esik:renew_words", queue="sweeps", lock=_RENEWAL, queueing_lock=_RENEWAL, **options
    )
    await deferrer.defer_async(timestamp=int(datetime.now(UTC).timestamp()))


_FOLDS_A_RUN = 20
"""After so many the job is over until its next turn, so that photos are not kept waiting."""


@blueprint.periodic(cron="* * * * * */10")
@blueprint.task(name="fold_clusters", queue="sweeps", pass_context=True, retry=_RETRY)
async def fold_place_clusters(context: procrastinate.JobContext, timestamp: int) -> None:
    """Fold what changed on the map into the cluster counts, so that tiles stay quick to make."""
    del timestamp
    services = get_services(context)
    folded = 0
    for _batch in range(_FOLDS_A_RUN):
        async with write_session(services.write_sessions) as db:
            batch = await fold_clusters(db)
        if not batch:
            break
        folded += batch
    if folded:
        log.debug("clusters_folded", changes=folded)


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="release_stalled", queue="sweeps", queueing_lock="stalled", pass_context=True)
async def release_stalled(context: procrastinate.JobContext, timestamp: int) -> None:
    """Give jobs of a worker that died back to the queue."""
    del timestamp
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=60):
        await manager.retry_job(job, retry_at=datetime.now(UTC) + timedelta(seconds=1))
