"""Landmarks as they are read from the tables of places and of the map."""

import psycopg

from geo.ids import uuid7
from geo.routing.landmarks.reading import read_landmarks

_PLACE = (
    "INSERT INTO places (id, kind, state, name, category, sector, point, footprint) VALUES"
    " (%s, %s, %s, %s, %s, 'other', ST_SetSRID(ST_MakePoint(76.9, 43.24), 4326),"
    " ST_GeomFromText(%s, 4326))"
)
SQUARE = "POLYGON((76.9 43.24, 76.902 43.24, 76.902 43.241, 76.9 43.241, 76.9 43.24))"


async def test_named_places_and_stops_are_landmarks_and_a_park_is_where_its_edge_is(
    clean_database: str, libpq_url: str
) -> None:
    """A nameless shop and a place that is gone are none; a nameless stop is one."""
    assert clean_database
    async with await psycopg.AsyncConnection.connect(libpq_url, autocommit=True) as connection:
        for values in (
            ("outdoor", "active", '{"ru": "Парк"}', "park", SQUARE),
            ("organisation", "active", "{}", "convenience", None),
            ("organisation", "gone", '{"ru": "Магнум"}', "supermarket", None),
            ("organisation", "active", '{"ru": "Жилой дом"}', "apartments", None),
            ("stop", "active", "{}", "bus_stop", None),
        ):
            await connection.execute(_PLACE, (uuid7(), *values))
        landmarks = await read_landmarks(connection)
    assert landmarks.count == 2
    corner = landmarks.near((76.902, 43.2405))
    assert {anchor.landmark.kind for anchor in corner} == {"park"}
    assert not landmarks.near((76.901, 43.2405))
    assert {a.landmark.kind for a in landmarks.near((76.9, 43.24))} == {"park", "bus_stop"}
