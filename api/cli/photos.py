"""Commands about photos."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.running import load_settings, open_sessions, run
from api.settings import Settings

if TYPE_CHECKING:
    from audits.photos.reconciler import Differences


def reconcile_photos(
    repair: Annotated[
        bool,
        typer.Option(
            help="Delete objects without a row, and let photos be made again whose files are gone."
        ),
    ] = False,
    grace_hours: Annotated[
        int, typer.Option(min=1, help="What changed within so many hours is left alone.")
    ] = 24,
) -> None:
    """Compare the photo store with the database; ends with 1 while they differ."""
    found = run(_reconcile(load_settings(), repair=repair, grace=timedelta(hours=grace_hours)))
    for line in found.lines():
        typer.echo(line)
    if not found.is_empty and not repair:
        raise typer.Exit(1)


async def _reconcile(settings: Settings, *, repair: bool, grace: timedelta) -> "Differences":
    from api.stores import open_store
    from audits.photos.reconciler import reconcile

    async with open_sessions(settings, pool_size=2) as sessions:
        return await reconcile(
            sessions,
            open_store(settings),
            now=datetime.now(UTC),
            grace=grace,
            repair=repair,
        )
