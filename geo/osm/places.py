"""Buildings, organisations, stops and outdoor places, their doors and their addresses.

One OSM object is one place. A building with an organisation's tags is the building, under the
organisation's category and name; an organisation mapped as a point or an area of its own stands
beside it, with the building around it as parent (set in the database, where all are known).
Doors are nodes on a building's outline; a door drawn beside it is attached in the database too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from geo.ids import uuid7
from geo.osm.geometry import point_ewkb
from geo.osm.staging import Stage, encode_row
from geo.osm.tags import Tags
from geo.osm.tags.categories import Offer
from geo.osm.tags.features import keep_hints
from geo.osm.tags.naming import (
    read_address,
    read_names,
    read_opening_hours,
    read_phone,
    read_website,
)
from geo.osm.tags.values import split_values
from geo.places.kinds import ElementKind, PlaceKind

_BATCH = 2000
_SRID = 4326
_NO_DOORS = frozenset({"no", "garage", "parking", "emergency"})


@dataclass(frozen=True, slots=True)
class Door:
    """An entrance node that waits for its building."""

    lon: float
    lat: float
    tags: Tags


@dataclass(slots=True)
class PlaceCounts:
    """What was found and what could not be used."""

    by_kind: dict[str, int] = field(default_factory=dict)
    by_sector: dict[str, int] = field(default_factory=dict)
    entrances: int = 0
    broken: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Area:
    osm_type: str
    osm_id: int
    offer: Offer
    tags: Tags
    wkb: str


def is_door(tags: Tags) -> bool:
    """Tell whether people go in here; garage doors and emergency exits are not entrances."""
    if "entrance" in tags:
        return tags["entrance"] not in _NO_DOORS
    return tags.get("building") == "entrance"


class Places:
    """Queues the rows of places, doors and addresses."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._areas: list[_Area] = []
        self.doors: dict[int, Door] = {}
        self._attached: set[int] = set()
        self.counts = PlaceCounts()

    def add_point(self, osm_id: int, lon: float, lat: float, offer: Offer, tags: Tags) -> None:
        """Queue a place mapped as a node."""
        point = point_ewkb(lon, lat)
        self._write("node", osm_id, offer, tags, point=point, footprint=None)

    def add_area(self, osm_type: str, osm_id: int, offer: Offer, tags: Tags, wkb: str) -> None:
        """Queue a place mapped as an area; `wkb` is a multipolygon in hexadecimal text."""
        self._areas.append(_Area(osm_type, osm_id, offer, tags, wkb))
        if len(self._areas) >= _BATCH:
            self.flush()

    def add_line(
        self, osm_type: str, osm_id: int, offer: Offer, tags: Tags, line: shapely.Geometry
    ) -> None:
        """Queue a place mapped as lines: a platform edge, an over- or underpass."""
        first = shapely.get_parts(line)[0]
        middle = shapely.line_interpolate_point(first, 0.5, normalized=True)
        point, footprint = (_hex(shapely.set_srid(each, _SRID)) for each in (middle, line))
        self._write(osm_type, osm_id, offer, tags, point=point, footprint=footprint)

    def add_address(self, lon: float, lat: float, tags: Tags) -> None:
        """Queue an address mapped as a node, for the building around it."""
        self._stage.add("staging_addresses", encode_row((point_ewkb(lon, lat), read_address(tags))))

    def add_outline(self, osm_type: str, osm_id: int, refs: Iterable[int]) -> None:
        """Attach the doors on a building's outline to it."""
        for ref in refs:
            if (door := self.doors.get(ref)) is not None:
                self._attached.add(ref)
                self._write_door(ref, door, osm_type, osm_id)

    def add_part(
        self,
        *,
        owner: tuple[str, int],
        kind: ElementKind,
        geom: str,
        tags: Tags,
        osm_node_id: int | None = None,
        osm_way_id: int | None = None,
    ) -> None:
        """Queue an element of a place."""
        row = (
            uuid7(),
            *owner,
            kind.value,
            read_names(tags),
            tags.get("level"),
            geom,
            osm_node_id,
            osm_way_id,
            keep_hints(tags),
        )
        self._stage.add("staging_elements", encode_row(row))

    def finish(self) -> None:
        """Queue what waits: the last areas, and doors that lie on no outline."""
        self.flush()
        for ref, door in self.doors.items():
            if ref not in self._attached:
                self._write_door(ref, door, None, None)

    def flush(self) -> None:
        """Turn the waiting areas into rows."""
        waiting, self._areas = self._areas, []
        if not waiting:
            return
        shapes = shapely.from_wkb([area.wkb for area in waiting], on_invalid="ignore")
        for index in np.flatnonzero(~shapely.is_valid(shapes) & (shapes != None)):  # noqa: E711
            shapes[index] = shapely.make_valid(shapes[index], method="structure")
            self.counts.repaired.append(f"{waiting[index].osm_type}/{waiting[index].osm_id}")
        single = shapely.get_num_geometries(shapes) == 1
        shapes[single] = shapely.get_geometry(shapes[single], 0)
        points = shapely.centroid(shapes)
        outside = ~shapely.covers(shapes, points)
        points[outside] = shapely.point_on_surface(shapes[outside])
        usable = ~(shapely.is_empty(shapes) | shapely.is_missing(shapes) | shapely.is_empty(points))
        texts = zip(
            _hex(shapely.set_srid(points, _SRID)),
            _hex(shapely.set_srid(shapes, _SRID)),
            strict=True,
        )
        for area, good, (point, footprint) in zip(waiting, usable, texts, strict=True):
            if good:
                self._write(
                    area.osm_type,
                    area.osm_id,
                    area.offer,
                    area.tags,
                    point=point,
                    footprint=footprint,
                )
            else:
                self.counts.broken.append(f"{area.osm_type}/{area.osm_id}")

    def _write_door(self, ref: int, door: Door, osm_type: str | None, osm_id: int | None) -> None:
        self.counts.entrances += 1
        row = (
            uuid7(),
            osm_type,
            osm_id,
            ElementKind.ENTRANCE.value,
            read_names(door.tags),
            door.tags.get("level"),
            point_ewkb(door.lon, door.lat),
            ref,
            None,
            keep_hints(door.tags),
        )
        self._stage.add("staging_elements", encode_row(row))

    def _write(
        self,
        osm_type: str,
        osm_id: int,
        offer: Offer,
        tags: Tags,
        *,
        point: str,
        footprint: str | None,
    ) -> None:
        counts = self.counts
        counts.by_kind[offer.kind] = counts.by_kind.get(offer.kind, 0) + 1
        counts.by_sector[offer.sector] = counts.by_sector.get(offer.sector, 0) + 1
        level = split_values(tags.get("level"))
        row = (
            uuid7(),
            osm_type,
            osm_id,
            offer.kind.value,
            read_names(tags),
            offer.category,
            offer.sector.value,
            offer.ownership.value if offer.ownership else None,
            read_address(tags),
            read_phone(tags),
            read_opening_hours(tags),
            read_website(tags),
            level[0] if level and offer.kind is not PlaceKind.BUILDING else None,
            keep_hints(tags),
            point,
            footprint,
        )
        self._stage.add("staging_places", encode_row(row))


def _hex(shapes: Any) -> Any:  # noqa: ANN401 - one shape or an array of them
    return shapely.to_wkb(shapes, hex=True, include_srid=True, output_dimension=2)
