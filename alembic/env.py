"""Migrations: one transaction each, under time-outs and an advisory lock.

A migration that waits for a lock must give up quickly rather than stop the city behind it, and
two replicas that start together must not migrate at the same time.
"""

import os

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, pool, text
from sqlalchemy.dialects.postgresql.base import ischema_names

import audits.accounts.models
import audits.models
import audits.photos.models
import geo.db.changes
import geo.network.models
import geo.places.models
import geo.tiles.models
from geo.db.base import Base
from geo.db.changes import XactId

# Importing a module of tables registers them; naming them here keeps the imports in use.
MODELS = (
    geo.db.changes,
    geo.places.models,
    geo.tiles.models,
    geo.network.models,
    audits.models,
    audits.accounts.models,
    audits.photos.models,
)
ischema_names["xid8"] = XactId

_LOCK = 0x6573696B  # "esik"
_SESSION = "-c lock_timeout=4000 -c statement_timeout=600000 -c timezone=UTC"


def _include(obj: object, name: str | None, kind: str, *rest: object) -> bool:
    """Leave out what other tools own: the job queue and PostGIS's own tables."""
    if kind == "table" and name is not None and name.startswith(("procrastinate_", "staging_")):
        return False
    return bool(alembic_helpers.include_object(obj, name, kind, *rest))


def _configure(**options: object) -> None:
    context.configure(
        target_metadata=Base.metadata,
        include_object=_include,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
        **options,
    )


def _url() -> str:
    url = context.config.attributes.get("url") or os.environ.get("ESIK_DATABASE__URL")
    if not url:
        raise SystemExit("Set ESIK_DATABASE__URL to the database to migrate")
    return str(url)


def run_online() -> None:
    """Migrate the database that the settings name."""
    engine = create_engine(_url(), poolclass=pool.NullPool, connect_args={"options": _SESSION})
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        _configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


def run_offline() -> None:
    """Print the SQL instead of running it."""
    _configure(url=_url(), literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
