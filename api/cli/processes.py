"""Commands that run the service: everything at once, or one process each."""

import asyncio
import os
import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli.running import load_settings, run
from api.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def up(
    osm: Annotated[
        Path | None, typer.Option(help="OpenStreetMap extract (.osm.pbf) instead of the demo city.")
    ] = None,
    dem: Annotated[
        Path | None, typer.Option(help="Folder with elevation files (.hgt, .hgt.zip, .tif).")
    ] = None,
    districts: Annotated[
        Path | None, typer.Option(help="GeoJSON file with the districts of the city.")
    ] = None,
    port: Annotated[
        int, typer.Option(help="Port of the web server; the next free one if taken.")
    ] = 8000,
) -> None:
    """Start everything on this machine and stop it all again with Ctrl-C.

    Makes a private PostgreSQL with PostGIS below .local, unless DATABASE_URL names a server.
    """
    from api.local.up import UpOptions, read_database_url, up as start  # noqa: I001
    from audits.demo.accounts import DEMO_ACCOUNTS

    options = UpOptions(
        root=ROOT,
        local=ROOT / ".local",
        osm=osm.absolute() if osm else None,
        dem=dem.absolute() if dem else None,
        districts=districts.absolute() if districts else None,
        port=port,
        database_url=read_database_url(),
        accounts=[f"{a.role.value:<10} {a.login} / {a.password}" for a in DEMO_ACCOUNTS],
    )
    raise typer.Exit(start(options))


def serve(
    port: Annotated[int | None, typer.Option(help="Port; ESIK_SERVER__PORT otherwise.")] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; this machine only by default.")
    ] = None,
) -> None:
    """Run one web server process."""
    import uvicorn

    from api.app import create_app
    from api.logging import configure_logging

    settings = load_settings()
    configure_logging(as_json=settings.log_json, level=settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=host or settings.server.host,
        port=settings.server.port if port is None else port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
        proxy_headers=False,  # `api.client_address` decides whom to believe
    )


def worker(
    once: Annotated[bool, typer.Option(help="Do what is waiting, then end.")] = False,
) -> None:
    """Run one worker process: photos, expiry, long computations."""
    from api.logging import configure_logging

    settings = load_settings()
    configure_logging(as_json=settings.log_json, level=settings.log_level)
    run(_work(settings, once=once))


async def _work(settings: Settings, *, once: bool) -> None:
    import api.account_jobs
    import api.photo_jobs  # noqa: F401 - both register their jobs
    from api.delivery import make_senders, site_host
    from api.jobs import JobServices, begin_renewal, create_job_app, list_lanes
    from api.open_data_jobs import begin_open_data
    from api.stores import cleaning_limits, open_store
    from geo.db.engine import create_write_engine
    from geo.db.session import session_factory

    engine = create_write_engine(settings.database.url.get_secret_value(), pool_size=2)
    services = JobServices(
        write_sessions=session_factory(engine),
        store=open_store(settings),
        cleaning=cleaning_limits(settings),
        original_lifetime=timedelta(days=settings.photos.original_lifetime_days),
        senders=make_senders(settings),
        host=site_host(settings),
    )
    app = create_job_app(settings.database.conninfo, services)
    os.nice(5)  # answering people comes before cleaning photos
    async with app.open_async():
        await begin_renewal(app, services.write_sessions)
        if not once:
            await begin_open_data(app, services.store)
        lanes = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=queues,
                    wait=not once,
                    concurrency=1,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=_patience_s(queues, once=once),
                    delete_jobs="successful",
                )
            )
            for queues in list_lanes(app)
        ]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: [lane.cancel() for lane in lanes])
        await _finish(lanes)
    await engine.dispose()


_A_DAY_S = 86_400.0


def _patience_s(queues: list[str], *, once: bool) -> float:
    """Give how long a lane that ends waits for its job."""
    from api.jobs import SLOW_QUEUE

    if once:
        return _A_DAY_S
    # What takes minutes is not waited for: it begins again.
    return 0.0 if queues == [SLOW_QUEUE] else 10.0


async def _finish(lanes: Sequence[asyncio.Task[None]]) -> None:
    """Wait for every lane, also after a signal; if one fails, stop the others and say why."""
    _, others = await asyncio.wait(lanes, return_when=asyncio.FIRST_EXCEPTION)
    for lane in others:
        lane.cancel()
    if others:
        await asyncio.wait(others)
    for lane in lanes:
        if not lane.cancelled() and (error := lane.exception()):
            raise error


def migrate() -> None:
    """Bring the database to the newest schema; harmless when it is there already."""
    from api.migrations import migrate as bring_up

    bring_up(load_settings())
    typer.echo("The database has the newest schema.")
