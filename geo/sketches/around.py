"""Find the named street beside each of a few points, to say where a door is."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_STREETS = text("""
SELECT spot.number, street.name
FROM unnest(CAST(:lons AS float[]), CAST(:lats AS float[]))
  WITH ORDINALITY AS spot (lon, lat, number)
CROSS JOIN LATERAL (
  SELECT name, geom, id
  FROM street_edges
  WHERE name <> '{}'::jsonb AND kind IN ('road', 'pedestrian')
    AND geom && ST_Expand(ST_SetSRID(ST_MakePoint(spot.lon, spot.lat), 4326), :reach)
  ORDER BY geom <-> ST_SetSRID(ST_MakePoint(spot.lon, spot.lat), 4326), id
  LIMIT 1
) AS street
""")
_REACH_DEGREES = 0.001
"""About 80 m: farther away a street says nothing about a door."""


async def list_streets_beside(
    db: AsyncSession, points: Sequence[tuple[float, float]]
) -> list[dict[str, str] | None]:
    """List, per point (lon, lat), the names of the nearest named street, `None` without one."""
    rows = await db.execute(
        _STREETS,
        {
            "lons": [lon for lon, _lat in points],
            "lats": [lat for _lon, lat in points],
            "reach": _REACH_DEGREES,
        },
    )
    found = {int(row.number): dict(row.name) for row in rows}
    return [found.get(number) for number in range(1, len(points) + 1)]
