"""The command that makes open data."""

import os
import resource
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated

import typer

from api.cli.running import load_settings, open_sessions, run
from api.settings import Settings


def publish_open_data(
    quiet: Annotated[bool, typer.Option(help="Say nothing unless it fails.")] = False,
) -> None:
    """Make the files that everybody may take, from one snapshot, and show them at once.

    The worker does it every night; by hand it is never needed, but harmless.
    """
    from api.logging import configure_logging

    settings = load_settings()
    configure_logging(as_json=settings.log_json, level=settings.log_level)
    os.nice(5)  # answering people comes first
    name, count = run(_publish(settings, on_step=_nothing if quiet else _say))
    if quiet:
        return
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    typer.echo(f"{name}: {count / 1e6:,.1f} MB in files, {peak_mb:,.0f} MB of memory at most")


async def _publish(settings: Settings, on_step: Callable[[str], None]) -> tuple[str, int]:
    from api.stores import open_store
    from audits.opendata.publishing import Publisher

    async with open_sessions(settings, pool_size=1) as sessions:
        publisher = Publisher(
            sessions=sessions,
            store=open_store(settings),
            conninfo=settings.database.conninfo,
            folder=settings.data_dir / "open-data",
            graph_dir=settings.graph_dir,
            code_dir=settings.numba_dir,
            public_url=settings.server.public_url.rstrip("/"),
            version=version("esik"),
        )
        made = await publisher.publish(clock=lambda: datetime.now(UTC), on_step=on_step)
    return made.set_id, sum(file.byte_count for file in made.files)


def _nothing(_step: str) -> None:
    """Say nothing."""


def _say(step: str) -> None:
    typer.echo(f"         {step}")
