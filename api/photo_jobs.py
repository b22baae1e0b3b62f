"""Jobs about photos: clean one, tend to all of them, compare the store with the database."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import procrastinate
import structlog
from procrastinate import RetryStrategy
from sqlalchemy.ext.asyncio import AsyncSession

from api.jobs import JobServices, blueprint, get_services
from audits.photos import preparing, retention, staging
from audits.photos.isolation import CellError
from audits.photos.reasons import UnusablePhotoError
from audits.photos.reconciler import reconcile
from audits.photos.stores import ObjectMissingError, StoreUnavailableError
from geo.db.session import driver_connection, write_session

log = structlog.get_logger()

# Backs off over about an hour; what is still stuck then is asked for again by `tend_photos`.
_RETRY = RetryStrategy(max_attempts=12, exponential_wait=2)
_AFTER_NEW_ONES = -10


async def enqueue_photo(
    app: procrastinate.App, db: AsyncSession, photo_id: UUID, *, later: bool = False
) -> None:
    """Ask for a photo to be cleaned, in the transaction of `db`; `later` waits behind others."""
    deferrer = app.configure_task(
        "esik:process_photo",
        connection=await driver_connection(db),
        queue="photos",
        priority=_AFTER_NEW_ONES if later else 0,
    )
    await deferrer.defer_async(photo_id=str(photo_id))


@blueprint.task(name="process_photo", queue="photos", pass_context=True, retry=_RETRY)
async def process_photo(context: procrastinate.JobContext, photo_id: str) -> None:
    """Clean one photo; a photo that cannot be used is rejected with a reason, not retried."""
    services = get_services(context)
    async with write_session(services.write_sessions) as db:
        job = await preparing.load_job(db, photo_id=UUID(photo_id))
    if job is not None:
        await _clean(services, job)


async def _clean(services: JobServices, job: preparing.PhotoJob) -> None:
    original_key = await preparing.store_original(services.store, job)
    try:
        prepared = await preparing.prepare(
            services.store, job, original_key=original_key, limits=services.cleaning
        )
    except UnusablePhotoError as error:
        await _refuse(services, job, error, original_key)
        return
    except ObjectMissingError:
        log.warning("photo_source_missing", photo_id=str(job.photo_id))
        await _put_off(services, job)
        return
    except CellError as error:
        log.warning("photo_cell_failed", photo_id=str(job.photo_id), cause=str(error))
        raise
    async with write_session(services.write_sessions) as db:
        leftovers = await preparing.mark_ready(
            db, photo_id=job.photo_id, prepared=prepared, now=datetime.now(UTC)
        )
    if prepared.complaint is not None:
        log.warning("faces_not_checked", cause=prepared.complaint)
    for key in leftovers:
        await asyncio.to_thread(services.store.delete, key)
    log.debug(
        "photo_processed",
        photo_id=str(job.photo_id),
        faces=prepared.clean.face_count,
        peak_memory_kb=prepared.peak_memory_kb,
    )


async def _refuse(
    services: JobServices,
    job: preparing.PhotoJob,
    error: UnusablePhotoError,
    original_key: str | None,
) -> None:
    if job.staged is None:
        # It was a good photo once; it stays private until somebody looks at it.
        log.warning(
            "photo_not_cleaned_again", photo_id=str(job.photo_id), reason=error.reason.value
        )
        await _put_off(services, job)
        return
    async with write_session(services.write_sessions) as db:
        leftovers = await preparing.mark_rejected(
            db,
            photo_id=job.photo_id,
            error=error,
            original_key=original_key,
            now=datetime.now(UTC),
        )
    for key in leftovers:
        await asyncio.to_thread(services.store.delete, key)
    log.info("photo_rejected", photo_id=str(job.photo_id), reason=error.reason.value)


async def _put_off(services: JobServices, job: preparing.PhotoJob) -> None:
    async with write_session(services.write_sessions) as db:
        await preparing.put_off(db, photo_id=job.photo_id, now=datetime.now(UTC))


@blueprint.periodic(cron="*/15 * * * *")
@blueprint.task(name="tend_photos", queue="sweeps", queueing_lock="tend_photos", pass_context=True)
async def tend_photos(context: procrastinate.JobContext, timestamp: int) -> None:
    """Drop what has expired, remove old originals, and ask again for work that got lost."""
    services = get_services(context)
    now = datetime.fromtimestamp(timestamp, UTC)
    async with write_session(services.write_sessions) as db:
        expired = await staging.drop_expired(db, now=now)
    async with write_session(services.write_sessions) as db:
        has_detector = services.cleaning.face_model is not None and (
            services.cleaning.face_model.is_file()
        )
        waiting = await retention.claim_unfinished(db, now=now, has_detector=has_detector)
        for photo_id in waiting:
            await enqueue_photo(context.app, db, photo_id, later=True)
    removed = await _remove_originals(services, now)
    if expired or waiting or removed:
        log.info("photos_tended", expired=expired, again=len(waiting), originals=removed)


async def _remove_originals(services: JobServices, now: datetime) -> int:
    removed = 0
    while True:
        async with write_session(services.write_sessions) as db:
            old = await retention.list_old_originals(
                db, now=now, lifetime=services.original_lifetime
            )
        if not old:
            return removed
        try:
            await retention.forget_originals(services.write_sessions, services.store, originals=old)
        except StoreUnavailableError as error:
            log.warning("originals_not_removed", cause=error.params.get("cause"))
            return removed
        removed += len(old)


@blueprint.periodic(cron="41 3 * * *")
@blueprint.task(
    name="reconcile_photos", queue="sweeps", queueing_lock="reconcile_photos", pass_context=True
)
async def reconcile_photos(context: procrastinate.JobContext, timestamp: int) -> None:
    """Compare the store with the database once a night and report; `esik` repairs."""
    services = get_services(context)
    found = await reconcile(
        services.write_sessions, services.store, now=datetime.fromtimestamp(timestamp, UTC)
    )
    level = log.info if found.is_empty else log.warning
    level(
        "photos_reconciled",
        objects=found.object_count,
        unnamed=len(found.unnamed_keys),
        missing_originals=len(found.missing_originals),
        missing_pictures=len(found.missing_pictures),
    )
