"""What an import draws: roads per range of zooms, the sea, names."""

from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from tests.support.osm_file import make_town

Look = psycopg.AsyncConnection[dict[str, Any]]


async def _rows(look: Look, query: str) -> list[dict[str, Any]]:
    return await (await look.execute(query.encode())).fetchall()


async def test_roads_are_drawn_that_nobody_walks(
    load: Callable[..., Awaitable[Any]], look: Look
) -> None:
    """A motorway is no street to walk, and still on the map from far away."""
    town = make_town()
    for number in range(4):
        town.node(700 + number, number * 900, 2000)
    town.way(701, [700, 701, 702], highway="motorway", ref="A1")
    town.way(702, [702, 703], highway="motorway", ref="A1")
    town.way(703, [700, 701], highway="construction")
    await load(town)
    assert not await _rows(look, "SELECT FROM street_edges WHERE osm_way_id IN (701, 702, 703)")
    drawn = await _rows(
        look,
        "SELECT band, count(*) AS n, sum(ST_NPoints(geom)) AS points FROM map_roads"
        " WHERE class = 'motorway' GROUP BY band ORDER BY band",
    )
    assert [row["band"] for row in drawn] == [5, 8, 10, 12, 14]
    # Two ways in one line are one line of two points.
    assert {(row["n"], row["points"]) for row in drawn} == {(1, 2)}


async def test_small_streets_come_near_the_ground_only(
    load: Callable[..., Awaitable[Any]], look: Look
) -> None:
    """Far away there are no residential streets, and no names where none is written."""
    await load(make_town())
    bands = await _rows(look, "SELECT DISTINCT band FROM map_roads WHERE class = 'minor'")
    assert {row["band"] for row in bands} == {12, 14}
    named = await _rows(look, "SELECT band FROM map_roads WHERE name <> '{}'")
    assert {row["band"] for row in named} <= {12, 14}
    assert named


async def test_the_sea_and_names_are_drawn(load: Callable[..., Awaitable[Any]], look: Look) -> None:
    """A coastline becomes a surface of water in the south; a suburb becomes a name."""
    town = make_town()
    town.node(801, -3000, 30)
    town.node(802, 3000, 30)
    town.node(803, 50, 50, place="suburb", name="Коктем")
    town.way(801, [801, 802], natural="coastline")
    await load(town)
    water = await _rows(
        look, "SELECT first_zoom, ST_YMax(geom) AS north FROM map_features WHERE kind = 'water'"
    )
    north_m = [(row["north"] - 43.25) * 111_110 for row in water]
    assert [round(each) for each in north_m] == [30]
    labels = await _rows(look, "SELECT name, first_zoom FROM map_features WHERE kind = 'suburb'")
    assert [(row["name"], row["first_zoom"]) for row in labels] == [({"": "Коктем"}, 12)]
