"""Databases that live for one measurement, and what need not be filled in them."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tests.support import postgres

_NOT_OF_TILES = {
    "SELECT attname FROM pg_attribute WHERE attrelid = 'places'::regclass"
    " AND attgenerated = 's' AND NOT attisdropped": "ALTER TABLE places DROP COLUMN {} CASCADE",
    "SELECT tgname FROM pg_trigger WHERE tgrelid = 'places'::regclass"
    " AND NOT tgisinternal AND tgname NOT LIKE 'place\\_clusters\\_%'": (
        "DROP TRIGGER {} ON places"
    ),
    "SELECT indexname FROM pg_indexes WHERE tablename = 'places'"
    " AND indexname NOT IN ('pk_places', 'ix_places_point')": "DROP INDEX {}",
}
"""What to look for, and how to drop what was found."""


@contextmanager
def open_database(ending: str = "bench") -> Iterator[str]:
    """Give the address (libpq) of a migrated database of its own, dropped at the end."""
    name = postgres.name_database(ending)
    url = postgres.create_database(name)
    try:
        yield url
    finally:
        postgres.drop_database(name)


def keep_what_tiles_read(connection: psycopg.Connection) -> None:
    """Drop indexes, computed columns and triggers of others: filling them takes minutes."""
    for found, drop in _NOT_OF_TILES.items():
        for (name,) in connection.execute(found.encode()).fetchall():
            connection.execute(sql.SQL(drop).format(sql.Identifier(name)))
