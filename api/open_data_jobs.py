"""The job that makes open data: every night, for the first time, and when a manager asks."""

import asyncio
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import procrastinate
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from api.jobs import SLOW_QUEUE, blueprint
from api.local.processes import start, stop
from audits.opendata.shelf import find_newest
from audits.photos.stores import PhotoStore, StoreUnavailableError
from geo.db.session import driver_connection

log = structlog.get_logger()

_LOCK = "open_data"
"""One set is made at a time and one more may wait, however many workers there are."""


# At 02:37 in Almaty, when hardly anybody audits or reads.
@blueprint.periodic(cron="37 21 * * *")
@blueprint.task(
    name="publish_open_data",
    queue=SLOW_QUEUE,
    queueing_lock=_LOCK,
    lock=_LOCK,
    retry=procrastinate.RetryStrategy(max_attempts=3, wait=300),
)
async def publish_open_data(timestamp: int) -> None:
    """Make a new set of files; readers see the old one until it is complete.

    A process of its own does it: its memory goes back to the machine, and it ends at once, in
    the middle too, when the worker stops.
    """
    del timestamp
    command = [sys.executable, "-m", "api", "publish-open-data", "--quiet"]
    child = start(command, on_parent_death="KILL")
    try:
        code = await asyncio.to_thread(child.wait)
    finally:
        stop(child, first=signal.SIGKILL, grace_s=5)
    if code:
        raise RuntimeError(f"publish-open-data ended with code {code}")
    log.info("open_data_published")


async def begin_open_data(app: procrastinate.App, store: PhotoStore) -> None:
    """Ask for the first set when a worker starts and none was ever made."""
    try:
        if await asyncio.to_thread(find_newest, store) is not None:
            return
    except StoreUnavailableError as error:
        log.warning("open_data_not_looked_for", cause=error.params.get("cause"))
        return
    with suppress(procrastinate.exceptions.AlreadyEnqueued):
        await _defer(app)


async def enqueue_open_data(app: procrastinate.App, db: AsyncSession) -> None:
    """Ask for a new set in the transaction of `db`, unless one is waiting already."""
    # A refused row would end the whole transaction; a savepoint keeps the rest.
    with suppress(procrastinate.exceptions.AlreadyEnqueued):
        async with db.begin_nested():
            await _defer(app, connection=await driver_connection(db))


async def _defer(app: procrastinate.App, **options: Any) -> None:  # noqa: ANN401 - of procrastinate
    deferrer = app.configure_task(
        "esik:publish_open_data",
        queue=SLOW_QUEUE,
        lock=_LOCK,
        queueing_lock=_LOCK,
        **options,
    )
    await deferrer.defer_async(timestamp=int(datetime.now(UTC).timestamp()))
