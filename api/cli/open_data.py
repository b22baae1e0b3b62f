"""The command that makes open data."""

import os
import resource
from datetime import UTC, datetime
from importlib.metadata import version

import typer

from api.cli.running import load_settings, run
from api.settings import Settings


def publish_open_data() -> None:
    """Make the files that everybody may take, from one snapshot, and show them at once.

    The worker does it every night; by hand it is never needed, but harmless.
    """
    settings = load_settings()
    os.nice(5)  # answering people comes first
    name, count = run(_publish(settings))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    typer.echo(f"{name}: {count / 1e6:,.1f} MB in files, {peak_mb:,.0f} MB of memory at most")


async def _publish(settings: Settings) -> tuple[str, int]:
    from api.stores import open_store
    from audits.opendata.publishing import Publisher
    from geo.db.engine import create_write_engine
    from geo.db.session import session_factory

    engine = create_write_engine(settings.database.url.get_secret_value(), pool_size=1)
    publisher = Publisher(
        sessions=session_factory(engine),
        store=open_store(settings),
        conninfo=settings.database.conninfo,
        folder=settings.data_dir / "open-data",
        graph_dir=settings.graph_dir,
        code_dir=settings.numba_dir,
        public_url=settings.server.public_url.rstrip("/"),
        version=version("esik"),
    )
    try:
        made = await publisher.publish(clock=lambda: datetime.now(UTC), on_step=_say)
    finally:
        await engine.dispose()
    return made.set_id, sum(file.byte_count for file in made.files)


def _say(step: str) -> None:
    typer.echo(f"         {step}")
