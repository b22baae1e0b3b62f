"""Reads landmarks from the tables of places and of the map's background."""

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import shapely

from geo.routing.answer import Place
from geo.routing.landmarks.grid import Landmark, Landmarks, make_landmarks
from geo.routing.landmarks.kinds import CATEGORIES, NAMELESS, classify

_PLACES = """
SELECT id::text, category, name, ST_AsBinary(coalesce(ST_Boundary(footprint), point))
FROM places WHERE state = 'active' AND category = ANY(%s) ORDER BY id
"""
_WATER = """
SELECT 'water ' || id, 'water', name, ST_AsBinary(ST_Boundary(geom))
FROM map_features WHERE kind = 'water' AND ST_Dimension(geom) = 2 ORDER BY id
"""
_EVERY_DEGREES = 0.0002
"""About 20 m between two points along an outline."""


async def read_landmarks(connection: psycopg.AsyncConnection[Any]) -> Landmarks:
    """Return every landmark of the database; a few thousand in a city."""
    async with connection.cursor() as cursor:
        await cursor.execute(_PLACES, (list(CATEGORIES),))
        rows = await cursor.fetchall()
        await cursor.execute(_WATER)
        rows += await cursor.fetchall()
    return await asyncio.to_thread(lambda: make_landmarks(_make(rows)))


def _make(rows: list[tuple[Any, ...]]) -> Iterator[Landmark]:
    for key, category, names, wkb in rows:
        kind = classify(category)
        if kind is None or (not names and kind not in NAMELESS) or wkb is None:
            continue
        yield Landmark(key, kind, names, _spread(shapely.from_wkb(bytes(wkb))))


def _spread(shape: shapely.Geometry) -> tuple[Place, ...]:
    """Return points along an outline, or the point itself."""
    dense = shapely.segmentize(shape, _EVERY_DEGREES)
    return tuple((float(lon), float(lat)) for lon, lat in shapely.get_coordinates(dense))
