"""Streets by name, put together from the network and from the addresses of places.

Made again by every import, in its transaction. One street is one name as far as it goes on
without a gap: a name that two quarters share is two streets.
"""

from typing import Any

import psycopg

_GAP_DEGREES = 0.004
"""Stretches of one name farther apart than this, some 400 m, are different streets (P)."""

_FROM_NETWORK = f"""
INSERT INTO streets (name, geom)
SELECT name, ST_Multi(ST_Collect(geom))
FROM (SELECT name, geom, ST_ClusterDBSCAN(geom, eps => {_GAP_DEGREES}, minpoints => 1)
                         OVER (PARTITION BY name) AS part
      FROM street_edges WHERE name <> '{{}}') AS named
GROUP BY name, part
"""  # noqa: S608 - a number of this module
# Each address is a stretch without length: what lies between two houses nobody knows.
_FROM_ADDRESSES = f"""
INSERT INTO streets (name, geom)
SELECT name, geom
FROM (SELECT name, part, ST_Multi(ST_Collect(ST_MakeLine(point, point))) AS geom
      FROM (SELECT name, point, ST_ClusterDBSCAN(point, eps => {_GAP_DEGREES}, minpoints => 1)
                                OVER (PARTITION BY name) AS part
            FROM (SELECT point, (SELECT jsonb_object_agg(substr(key, 8), value)
                                 FROM jsonb_each_text(address)
                                 WHERE split_part(key, ':', 1) = 'street') AS name
                  FROM places WHERE state = 'active' AND address ? 'street') AS addressed
           ) AS named
      GROUP BY name, part) AS street
WHERE NOT EXISTS (
  SELECT FROM streets AS known
  WHERE known.search_words @> list_search_words(street.name, '{{}}', '', '{{}}')
    AND ST_DWithin(known.geom, street.geom, {_GAP_DEGREES}))
"""  # noqa: S608 - a number of this module


def make_streets(connection: psycopg.Connection[Any]) -> None:
    """Replace the streets by those of the network and the addresses there are now."""
    connection.execute("DELETE FROM streets")
    connection.execute(_FROM_NETWORK)
    connection.execute(_FROM_ADDRESSES)
