"""What tiles hold, compared with what the database holds."""

import random
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from geo.mobility.profiles import PROFILES
from geo.places.kinds import PlaceState
from geo.places.models import Place
from geo.tiles.clusters import fold_clusters
from geo.tiles.grid import TileAddress, tile_bounds
from geo.tiles.layers import LAYERS, WORDS
from geo.tiles.service import TileService
from geo.tiles.sql import build_statement
from tests.support.corner import LAT, LON, decode, make_override, make_place, tile_at


async def test_a_place_carries_its_words(tiles: TileService, corner: UUID) -> None:
    """Every profile's word for entry and service is in the tile, as published."""
    found = decode(await tiles.tile("places", *tile_at(15)))["places"]
    [pharmacy] = [each for each in found if each["properties"]["id"] == str(corner)]
    words = ["yes", "with_help", "no", "unknown", "yes", "yes"]
    for profile, word in zip(PROFILES, words, strict=True):
        assert pharmacy["properties"][f"entry_{profile}"] == word
    assert pharmacy["properties"]["service_deaf"] == "yes"
    assert pharmacy["properties"]["category"] == "pharmacy"


async def test_names_come_only_where_labels_are_drawn(tiles: TileService, corner: UUID) -> None:
    """Names would double the bytes of a tile, so they wait for zoom 16."""
    for zoom, named in ((15, False), (16, True)):
        found = decode(await tiles.tile("places", *tile_at(zoom)))["places"]
        [pharmacy] = [each for each in found if each["properties"]["id"] == str(corner)]
        assert ("name_kk" in pharmacy["properties"]) is named


async def test_plain_houses_wait_for_street_level(
    tiles: TileService, corner: UUID, committed_db: AsyncSession
) -> None:
    """A house without name and word is no place to look for; with a word it is."""
    for zoom, shown in ((15, 1), (16, 2)):
        found = decode(await tiles.tile("places", *tile_at(zoom)))["places"]
        assert len(found) == shown
        assert [each for each in found if each["properties"].get("plain")] == [
            each for each in found if each["properties"]["id"] != str(corner)
        ]
    [cell] = decode(await tiles.tile("places", *tile_at(13)))["clusters"]
    assert cell["properties"]["count"] == 1
    await committed_db.execute(text("UPDATE places SET entry_words = '{1,0,0,0,0,0}'"))
    await committed_db.commit()
    fresh = TileService(tiles._sessions)
    assert len(decode(await fresh.tile("places", *tile_at(15)))["places"]) == 2


async def test_a_place_that_is_not_active_is_not_drawn(
    tiles: TileService, committed_db: AsyncSession
) -> None:
    """A vanished place leaves the map at every zoom."""
    committed_db.add(make_place(state=PlaceState.GONE))
    await committed_db.commit()
    assert decode(await tiles.tile("places", *tile_at(15))) == {}
    assert decode(await tiles.tile("places", *tile_at(10))) == {}


async def test_cells_count_every_place_exactly_once(
    tiles: TileService, committed_db: AsyncSession
) -> None:
    """Counts per word over all tiles of a zoom equal a recount of the table."""
    dice = random.Random(7)
    committed_db.add_all(
        make_place(
            LON + dice.gauss(0, 0.05),
            LAT + dice.gauss(0, 0.05),
            words=tuple(dice.randrange(4) for _ in PROFILES),
            category=dice.choice(["pharmacy", "school"]),
        )
        for _ in range(400)
    )
    await committed_db.commit()
    expected = {
        f"{profile}_{word}": (
            await committed_db.execute(
                text("SELECT count(*) FROM places WHERE entry_words[:position] = :code"),
                {"position": position, "code": word.code},
            )
        ).scalar_one()
        for position, profile in enumerate(PROFILES, start=1)
        for word in WORDS
    }
    for zoom in (0, 8, 11, 13):
        middle = tile_at(zoom)
        reach = 0 if zoom < 8 else 20 if zoom == 13 else 6
        counted = dict.fromkeys(expected, 0)
        total = 0
        for x in range(middle.x - reach, middle.x + reach + 1):
            for y in range(middle.y - reach, middle.y + reach + 1):
                for cell in decode(await tiles.tile("places", zoom, x, y)).get("clusters", []):
                    total += cell["properties"]["count"]
                    for name in counted:
                        counted[name] += cell["properties"].get(name, 0)
        assert total == 400
        assert counted == expected


async def test_categories_limit_cells_and_places(
    tiles: TileService, committed_db: AsyncSession
) -> None:
    """The same filter works on counts and on single places, and is cached apart."""
    committed_db.add_all([make_place(), make_place(category="school")])
    await committed_db.commit()
    cells = decode(await tiles.tile("places", *tile_at(12), categories=["school"]))["clusters"]
    assert [each["properties"]["count"] for each in cells] == [1]
    found = decode(await tiles.tile("places", *tile_at(15), categories=["school"]))["places"]
    assert [each["properties"]["category"] for each in found] == ["school"]
    assert len(decode(await tiles.tile("places", *tile_at(15)))["places"]) == 2


async def test_doors_and_obstacles_are_drawn(tiles: TileService, corner: UUID) -> None:
    """Entrances name their place; a barrier says how sure we are."""
    [door] = decode(await tiles.tile("entrances", *tile_at(16, lat=LAT + 0.0002)))["entrances"]
    assert door["properties"]["place_id"] == str(corner)
    assert door["properties"]["role"] == "main"
    [ice] = decode(await tiles.tile("barriers", *tile_at(14)))["barriers"]
    assert (ice["properties"]["kind"], ice["properties"]["state"]) == ("ice", "reported")


async def test_the_basemap_draws_ground_houses_and_streets(
    tiles: TileService, corner: UUID
) -> None:
    """Steps have a class of their own and streets carry their names in both languages."""
    layers = decode(await tiles.tile("basemap", *tile_at(16)))
    layers_wide = decode(await tiles.tile("basemap", *tile_at(14)))
    assert {each["properties"]["class"] for each in layers_wide["roads"]} == {"minor", "steps"}
    [street] = [each for each in layers_wide["roads"] if each["properties"]["class"] == "minor"]
    assert street["properties"]["name_kk"] == "Абай көшесі"
    assert street["properties"]["name_ru"] == "улица Абая"
    assert [each["properties"]["kind"] for each in layers_wide["land"]] == ["park"]
    assert [each["properties"]["housenumber"] for each in layers["buildings"]] == ["12"]
    assert corner


async def test_far_out_only_big_streets_are_drawn(tiles: TileService, corner: UUID) -> None:
    """A residential street does not weigh down a tile of the whole city."""
    assert "roads" not in decode(await tiles.tile("basemap", *tile_at(10)))
    assert corner


async def test_a_measurement_speaks_before_the_map(
    tiles: TileService, corner: UUID, committed_db: AsyncSession
) -> None:
    """An approved width and surface replace what was mapped, and the evidence says so."""
    committed_db.add(make_override(1, width_mm=1650, surface="paving_stones"))
    await committed_db.commit()
    found = decode(await tiles.tile("streets", *tile_at(14)))["streets"]
    by_id = {each["id"]: each["properties"] for each in found}
    assert by_id[1]["width_mm"] == 1650
    assert by_id[1]["surface"] == "paving_stones"
    assert by_id[1]["evidence"] == "audited"
    assert by_id[2]["surface"] == "asphalt"
    assert by_id[2]["evidence"] == "mapped"
    assert corner


async def test_tiles_hold_only_described_fields(tiles: TileService, corner: UUID) -> None:
    """TileJSON and the statements agree about layers and fields."""
    for layer in LAYERS.values():
        described = {each.name: set(each.fields) for each in layer.contents}
        for zoom in range(layer.min_zoom, layer.max_zoom + 1):
            for name, features in decode(await tiles.tile(layer.name, *tile_at(zoom))).items():
                for feature in features:
                    assert set(feature["properties"]) <= described[name]
    assert corner


async def test_equal_data_give_equal_bytes(tiles: TileService, corner: UUID) -> None:
    """Two services render the same bytes, so caches in front of us may compare them."""
    other = TileService(tiles._sessions)
    for name in LAYERS:
        one = await tiles.tile(name, *tile_at(16))
        two = await other.tile(name, *tile_at(16))
        assert one == two
    assert corner


# Enough rows that the planner has a choice, spread over a city so that a tile holds few.
_A_WHOLE_CITY = """
CREATE TEMP TABLE spots ON COMMIT DROP AS
  SELECT n, ST_SetSRID(ST_MakePoint(76.7 + (n % 100) * 0.005, 43 + (n / 100) * 0.005), 4326) AS p
  FROM generate_series(1, 8000) AS n;
INSERT INTO places (id, kind, state, category, sector, point, footprint, entry_words)
  SELECT gen_random_uuid(), 'building', 'active', 'school', 'education', p,
         ST_Expand(p, 0.0001), '{3,3,3,3,3,3}' FROM spots;
INSERT INTO elements (id, place_id, kind, state, geom)
  SELECT gen_random_uuid(), id, 'entrance', 'active', point FROM places;
INSERT INTO barriers (id, kind, state, geom, expires_at)
  SELECT gen_random_uuid(), 'ice', 'reported', p, now() FROM spots;
INSERT INTO street_nodes (id, osm_id, geom) SELECT 900000 + n, n, p FROM spots;
INSERT INTO street_edges
  (id, from_node_id, to_node_id, osm_way_id, osm_node_ids, geom, length_mm, kind, highway)
  SELECT 900000 + n, 900000 + n, 900000 + n, 1, '{}',
         ST_MakeLine(p, ST_Translate(p, 0.001, 0)), 80000, 'road', 'residential' FROM spots;
INSERT INTO map_features (id, kind, geom)
  SELECT 900000 + n, 'park', ST_Expand(p, 0.0005) FROM spots;
INSERT INTO map_roads (band, class, geom)
  SELECT 14, 'minor', ST_MakeLine(p, ST_Translate(p, 0.001, 0)) FROM spots;
ANALYZE places, elements, barriers, street_nodes, street_edges, map_features, map_roads,
  place_cluster_deltas
"""


@pytest.mark.parametrize(
    ("name", "zoom", "indexes"),
    [
        ("places", 15, {"ix_places_point"}),
        ("places", 13, {"pk_place_clusters", "ix_place_cluster_deltas_x_y"}),
        ("entrances", 16, {"ix_elements_geom"}),
        ("barriers", 14, {"ix_barriers_geom"}),
        ("streets", 15, {"ix_street_edges_geom"}),
        ("basemap", 16, {"ix_map_roads_band_geom", "ix_places_footprint", "ix_map_features_"}),
    ],
)
async def test_statements_use_the_spatial_index(
    db: AsyncSession, name: str, zoom: int, indexes: set[str]
) -> None:
    """No tile reads a whole table."""
    for step in _A_WHOLE_CITY.split(";"):
        await db.execute(text(step))
    await fold_clusters(db, batch=1000)  # the other changes go on waiting
    await db.execute(text("ANALYZE place_clusters, place_cluster_deltas"))
    statement, params = build_statement(LAYERS[name], TileAddress(*tile_at(zoom)))
    plan = await db.execute(text(f"EXPLAIN {statement.text}"), params)
    lines = "\n".join(row[0] for row in plan)
    for index in indexes:
        assert index in lines
    assert "Parallel" not in lines


async def test_a_place_on_the_seam_of_two_tiles_is_drawn(
    tiles: TileService, committed_db: AsyncSession
) -> None:
    """A point that rounds to the far edge of one tile is inside its neighbour."""
    left = tile_at(15)
    seam = tile_bounds(left).east
    committed_db.add(make_place(seam - 1e-8, LAT))
    await committed_db.commit()
    drawn = []
    for tile in (left, left._replace(x=left.x + 1)):
        for each in decode(await tiles.tile("places", *tile)).get("places", []):
            x, _y = each["geometry"]["coordinates"]
            drawn.append(0 <= x < 4096)
    assert drawn.count(True) == 1
    assert len((await committed_db.scalars(select(Place))).all()) == 1
