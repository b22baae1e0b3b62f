"""Rows of a collection streamed out of one snapshot of the database.

A cursor of the server gives a few thousand rows at a time, so memory does not grow with the
city.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from audits.opendata.collections import Collection
from audits.opendata.selecting import select_all
from audits.opendata.walking import Walker, say_words

Connection = psycopg.Connection[TupleRow]
_BATCH = 1_000
_POINT = ("ST_AsBinary({})", "ST_AsGeoJSON({}, 7)", "ST_X({})", "ST_Y({})")
_LINE = ("ST_AsBinary({})", "ST_AsGeoJSON({}, 7)", "ST_AsText({}, 7)")


@dataclass(frozen=True, slots=True)
class Row:
    """One published row with the forms of its geometry that files need."""

    values: Sequence[Any]
    """In the order of the collection's columns."""
    wkb: bytes | None = None
    geojson: str | None = None
    place: Sequence[Any] = ()
    """Longitude and latitude of a point; the WKT of anything else."""


def iter_rows(connection: Connection, collection: Collection, walker: Walker) -> Iterator[Row]:
    """Give every row in the order of its key, with what `walker` says about streets."""
    count = len(collection.columns)
    shapes = _POINT if collection.shape == "Point" else _LINE
    with connection.cursor(name=f"open_{collection.name}") as cursor:
        cursor.execute(select_all(collection, shapes).encode())
        while batch := cursor.fetchmany(_BATCH):
            said: Sequence[Sequence[str]] = [()] * len(batch)
            if collection.said:
                said = say_words(walker, [found[0] for found in batch])
            for found, words in zip(batch, said, strict=True):
                values = (*found[:count], *words)
                if collection.geometry is None:
                    yield Row(values)
                else:
                    wkb, geojson, *place = found[count:]
                    yield Row(values, bytes(wkb), geojson, place)
