"""A street corner in Almaty with a pharmacy, for tests of tiles and pages."""

import gzip
from typing import Any
from uuid import UUID

import mapbox_vector_tile
from geoalchemy2.shape import from_shape
from shapely.geometry import LineString, Point, Polygon, box
from sqlalchemy.ext.asyncio import AsyncSession

from geo.ids import uuid7
from geo.network.models import (
    Barrier,
    BarrierKind,
    BarrierState,
    EdgeKind,
    EdgeOverride,
    MapFeature,
    MapRoad,
    NetworkImport,
    OverrideState,
    OverrideTarget,
    StreetEdge,
    StreetNode,
)
from geo.places.kinds import ElementKind, PlaceKind, PlaceState, Sector
from geo.places.models import Element, Place
from geo.tiles.grid import Bounds, TileAddress, iter_tiles
from geo.tiles.service import Tile

LON, LAT = 76.9453, 43.2389


def make_place(
    lon: float = LON,
    lat: float = LAT,
    *,
    words: tuple[int, ...] = (3, 2, 1, 0, 3, 3),
    category: str = "pharmacy",
    kind: PlaceKind = PlaceKind.ORGANISATION,
    state: PlaceState = PlaceState.ACTIVE,
    footprint: Polygon | None = None,
) -> Place:
    """Make a place that can be told apart by its words."""
    return Place(
        id=uuid7(),
        kind=kind,
        state=state,
        name={"kk": "Дәріхана", "ru": "Аптека"},
        category=category,
        sector=Sector.HEALTH,
        point=from_shape(Point(lon, lat), 4326),
        footprint=from_shape(footprint, 4326) if footprint else None,
        entry_words=list(words),
        service_words=[0, 0, 0, 0, 0, 3],
        address={"housenumber": "12"},
    )


def tile_at(zoom: int, lon: float = LON, lat: float = LAT) -> TileAddress:
    """Find the tile that holds a point."""
    return next(iter_tiles(Bounds(lon, lat, lon, lat), zoom, 0))


def decode(tile: Tile) -> dict[str, list[dict[str, Any]]]:
    """Give the features of every layer of a tile."""
    if not tile.body:
        return {}
    layers = mapbox_vector_tile.decode(gzip.decompress(tile.body))
    return {name: layer["features"] for name, layer in layers.items()}


async def add_corner(db: AsyncSession) -> UUID:
    """Commit a corner: a street, stairs, a park, a house, a pharmacy with a door, ice."""
    house = make_place(
        kind=PlaceKind.BUILDING,
        category="apartments",
        footprint=box(LON - 0.0003, LAT - 0.0002, LON + 0.0003, LAT + 0.0002),
        words=(0,) * 6,
    )
    house.name = {}
    pharmacy = make_place()
    db.add_all([house, pharmacy])
    for number in range(1, 4):
        db.add(
            StreetNode(
                id=number, osm_id=number, geom=from_shape(Point(LON + number / 1e3, LAT), 4326)
            )
        )
    await db.flush()
    db.add_all(
        [
            _edge(1, 1, 2, EdgeKind.ROAD, "residential"),
            _edge(2, 2, 3, EdgeKind.STEPS, "steps"),
            Element(
                id=uuid7(),
                place_id=pharmacy.id,
                kind=ElementKind.ENTRANCE,
                state=PlaceState.ACTIVE,
                geom=from_shape(Point(LON, LAT + 0.0002), 4326),
                osm_tags={"entrance": "main"},
            ),
            Barrier(
                id=uuid7(),
                kind=BarrierKind.ICE,
                state=BarrierState.REPORTED,
                geom=from_shape(Point(LON, LAT - 0.0003), 4326),
            ),
            MapFeature(
                id=1,
                kind="park",
                geom=from_shape(box(LON - 0.002, LAT, LON - 0.001, LAT + 0.001), 4326),
            ),
            *(_road(band, "minor", 1) for band in (12, 14)),
            _road(14, "steps", 2),
            NetworkImport(
                id=uuid7(),
                source_name="corner",
                source_sha256="0" * 64,
                is_demo=True,
                counts={},
                bounds=from_shape(box(76.8, 43.1, 77.0, 43.3), 4326),
            ),
        ]
    )
    await db.commit()
    return pharmacy.id


def _road(band: int, road_class: str, start: int) -> MapRoad:
    line = LineString([(LON + start / 1e3, LAT), (LON + (start + 1) / 1e3, LAT)])
    name = {"kk": "Абай көшесі", "ru": "улица Абая"}
    return MapRoad(band=band, road_class=road_class, name=name, geom=from_shape(line, 4326))


def make_override(edge_id: int, **attributes: object) -> EdgeOverride:
    """Make an approved measurement of an edge of the corner."""
    return EdgeOverride(
        id=uuid7(),
        target=OverrideTarget.EDGE,
        state=OverrideState.ACTIVE,
        geom=from_shape(LineString([(LON + 0.001, LAT), (LON + 0.002, LAT)]), 4326),
        edge_ids=[edge_id],
        attributes=attributes,
    )


def _edge(edge_id: int, start: int, end: int, kind: EdgeKind, highway: str) -> StreetEdge:
    line = LineString([(LON + start / 1e3, LAT), (LON + end / 1e3, LAT)])
    return StreetEdge(
        id=edge_id,
        from_node_id=start,
        to_node_id=end,
        osm_way_id=edge_id,
        osm_node_ids=[start, end],
        geom=from_shape(line, 4326),
        length_mm=81_000,
        kind=kind,
        highway=highway,
        name={"kk": "Абай көшесі", "ru": "улица Абая"},
        surface="asphalt",
    )
