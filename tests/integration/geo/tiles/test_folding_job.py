"""The worker folds what waits, by itself."""

import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from api.jobs import JobServices, create_job_app
from audits.photos.isolation import CleaningLimits
from audits.photos.stores import FolderStore
from geo.db.session import session_factory
from geo.tiles.models import PlaceCluster, PlaceClusterDelta
from tests.support.corner import LON, make_place


async def test_the_worker_folds_what_waits(
    committed_db: AsyncSession, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """After its turn nothing waits, and the counts stand in the pyramid."""
    committed_db.add_all(make_place(LON + n * 0.01) for n in range(3))
    await committed_db.commit()
    services = JobServices(
        write_sessions=session_factory(engine),
        store=FolderStore(tmp_path),
        cleaning=CleaningLimits(1, None),
        original_lifetime=timedelta(days=30),
    )
    app = create_job_app(libpq_url, services)
    async with app.open_async():
        deferrer = app.configure_task("esik:fold_clusters", queue="folding test")
        await deferrer.defer_async(timestamp=int(time.time()))
        await app.run_worker_async(
            queues=["folding test"], wait=False, install_signal_handlers=False, listen_notify=False
        )
    assert await committed_db.scalar(select(func.count()).select_from(PlaceClusterDelta)) == 0
    whole = select(func.sum(PlaceCluster.__table__.c.total)).where(
        PlaceCluster.zoom == 0, PlaceCluster.category == ""
    )
    assert await committed_db.scalar(whole) == 3


def test_it_has_its_turn_every_ten_seconds() -> None:
    """Nobody has to ask for it."""
    app = create_job_app("")
    crons = {
        periodic.task.name: periodic.cron
        for periodic in app.periodic_registry.periodic_tasks.values()
    }
    assert crons["esik:fold_clusters"] == "* * * * * */10"
