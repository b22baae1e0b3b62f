"""Commands that fill a city: a real one from OpenStreetMap, or the demo."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from api.cli.running import fail, load_settings, open_sessions, run
from api.settings import Mode, Settings

if TYPE_CHECKING:
    from audits.doskaz.importer import ImportSummary


def import_osm(
    file: Annotated[Path, typer.Argument(help="OpenStreetMap extract (.osm.pbf).")],
    dem: Annotated[
        Path | None, typer.Option(help="Folder with elevation files (.hgt, .hgt.zip, .tif).")
    ] = None,
    districts: Annotated[
        Path | None, typer.Option(help="GeoJSON file with the districts of the city.")
    ] = None,
) -> None:
    """Import a city from OpenStreetMap, or bring an imported one up to date.

    The old city stays in force until the new one is complete and checked. What people audited
    keeps its place; what cannot be matched any more is listed.
    """
    from geo.osm.importer import import_osm as import_file

    settings = load_settings()
    summary = run(
        import_file(
            database_url=settings.database.conninfo,
            path=file,
            dem=dem,
            districts=districts,
            progress=_say,
        )
    )
    for line in summary.lines():
        typer.echo(line)


def import_doskaz(
    file: Annotated[Path, typer.Argument(help="Objects of the Doskaz forms, .json or .csv.")],
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Date of answers whose row has no date of its own; today when not given.",
        ),
    ] = None,
) -> None:
    """Take over objects of the Doskaz forms as claims, with a table of before and after.

    Their yes and no prove inequalities, never measures; entrances wait for a position. Rows that
    cannot be read are listed and stop nothing. The same file twice changes nothing.
    """
    summary = run(_import_doskaz(load_settings(), file, as_of))
    for line in summary.lines():
        typer.echo(line)


async def _import_doskaz(settings: Settings, file: Path, as_of: datetime | None) -> "ImportSummary":
    from audits.doskaz.importer import import_file

    async with open_sessions(settings, pool_size=2) as sessions:
        return await import_file(
            sessions,
            path=file,
            now=datetime.now(UTC),
            as_of=as_of.replace(tzinfo=UTC) if as_of else None,
            progress=_say,
        )


def demo(
    seed: Annotated[int, typer.Option(help="Another seed gives another city.")] = 1,
) -> None:
    """Make the demo city: streets, buildings, accounts, audits, photos and barriers."""
    settings = load_settings()
    if settings.mode is Mode.PRODUCTION:
        fail("Production makes no demo accounts: unset ESIK_MODE to try the demo city.")
    run(_make_demo(settings, seed))


async def _make_demo(settings: Settings, seed: int) -> None:
    from api.jobs import create_job_app
    from api.photo_jobs import enqueue_photo
    from audits.demo.city import make_demo

    jobs = create_job_app(settings.database.conninfo)

    async def ask_for_cleaning(db: AsyncSession, photo_id: UUID) -> None:
        # What somebody sends while they try the demo out comes first.
        await enqueue_photo(jobs, db, photo_id, later=True)

    await make_demo(
        database_url=settings.database.url.get_secret_value(),
        seed=seed,
        progress=_say,
        enqueue_photo=ask_for_cleaning,
    )


def _say(text: str) -> None:
    typer.echo(f"         {text}")
