"""Databases of the running city: made when absent, and marked once a city is in them.

The mark is a comment on the database itself, so it is true exactly when the load that
wrote it has finished, and it goes where the database goes.
"""

import hashlib
import re
from pathlib import Path

import psycopg
from psycopg import sql

from api.local.errors import SetupError

_MARK = "esik: loaded "
_SLUG_LIMIT = 40


def name_database(osm: Path | None) -> str:
    """Return `esik_demo`, or a name made from the extract's file name.

    Letters that a plain name cannot hold are told apart by a digest.  At most 63 bytes,
    since PostgreSQL cuts longer names silently.
    """
    if osm is None:
        return "esik_demo"
    stem = osm.name.lower().removesuffix(".pbf").removesuffix(".osm")
    slug = re.sub(r"[^a-z0-9]+", "_", stem).strip("_")
    if not stem.isascii() or slug in {"", "demo"} or len(slug) > _SLUG_LIMIT:
        digest = hashlib.sha256(stem.encode()).hexdigest()[:8]
        slug = f"{slug[:_SLUG_LIMIT]}_{digest}".strip("_")
    return f"esik_{slug}"


def swap_database(url: str, name: str) -> str:
    """Return the same server's libpq address with another database name."""
    return f"{url.rpartition('/')[0]}/{name}"


def normalise_url(url: str) -> str:
    """Return a libpq address whatever dialect name the given one carries.

    Raises SetupError when it is no PostgreSQL address at all.
    """
    found = re.match(r"^postgres(?:ql)?(?:\+\w+)?://(.+)$", url.strip())
    if not found:
        raise SetupError(
            "DATABASE_URL is not the address of a PostgreSQL server.",
            "It looks like postgresql://user:password@host:5432/name.",
        )
    return f"postgresql://{found[1]}"


def as_sqlalchemy(url: str) -> str:
    """Return a libpq address in the form the application's settings want."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def ensure_database(server: str, name: str) -> str:
    """Create the database on our own server when absent; return its libpq address."""
    with psycopg.connect(server, autocommit=True) as admin:
        known = admin.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if known is None:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return swap_database(server, name)


def check_database(url: str) -> None:
    """Raise SetupError with a remedy when a server someone named cannot be used."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            found = connection.execute(
                "SELECT FROM pg_available_extensions WHERE name = 'postgis'"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise SetupError(
            f"The server of DATABASE_URL does not answer: {str(error).strip()}",
            "Check address, password and that the database exists; or unset DATABASE_URL.",
        ) from None
    if found is None:
        raise SetupError(
            "The server of DATABASE_URL has no PostGIS.",
            "Install PostGIS 3 on that server (Debian: postgresql-15-postgis-3).",
        )


def describe_source(osm: Path | None, *companions: Path | None) -> str:
    """Name what a database is loaded from; differs when a file has changed."""
    if osm is None:
        return "demo"
    parts = []
    for each in (osm, *companions):
        if each is not None:
            stat = each.stat()
            parts.append(f"{each.name} {stat.st_size} {stat.st_mtime_ns}")
    return " | ".join(parts)


def find_source(url: str) -> str | None:
    """Return what the database was loaded from, or None when no load has finished."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
    comment = row[0] if row else None
    if comment and comment.startswith(_MARK):
        return str(comment.removeprefix(_MARK))
    return None


def has_streets(url: str) -> bool:
    """Say whether a migrated database holds a street network already."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM street_edges)").fetchone()
    return bool(row and row[0])


def mark_loaded(url: str, source: str) -> None:
    """Note that the load has finished; silently not, where we do not own the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            name = connection.info.dbname
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(name), sql.Literal(_MARK + source)
                )
            )
        except psycopg.errors.InsufficientPrivilege:
            return
