"""Bring a database to the newest schema: our tables by Alembic, then the job queue's own."""

from pathlib import Path

import procrastinate
import psycopg
from alembic import command
from alembic.config import Config

from api.jobs import create_job_app
from api.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def migrate(settings: Settings) -> None:
    """Apply every migration that is missing; safe when two replicas start together."""
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.attributes["url"] = settings.database.url.get_secret_value()
    command.upgrade(config, "head")
    with psycopg.connect(settings.database.conninfo) as connection:
        # Two replicas that start together must not both create the queue.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('esik-queue'))")
        known = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
        if known is None or known[0] is None:
            connection.execute(_queue_schema(create_job_app(settings.database.conninfo)))


def _queue_schema(app: procrastinate.App) -> str:
    return app.schema_manager.get_schema()
