"""One extract, read in two streams: first what is shared, then what is where.

Memory holds the node locations (in the library's compact index), the ids of way nodes, and the
tagged nodes; ways and areas pass through. An extract cut out of a larger one lacks nodes and
relation members at its rim: such objects are counted and listed, and never stop the import.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import osmium
import shapely
from osmium.filter import EmptyTagFilter, KeyFilter

from geo.osm.coast import Box, Coast
from geo.osm.districts import add_boundary
from geo.osm.errors import ExtractEmptyError, ExtractMissingError, ExtractUnreadableError
from geo.osm.geometry import LonLat, line_ewkb, point_ewkb, with_srid
from geo.osm.places import Door, Places, is_door
from geo.osm.staging import Stage, encode_row
from geo.osm.streets import Streets, Way
from geo.osm.structures import Structures
from geo.osm.tags import Tags, words
from geo.osm.tags.categories import find_offer
from geo.osm.tags.features import (
    find_area_feature,
    find_label,
    find_line_feature,
    find_line_zoom,
)
from geo.osm.tags.naming import read_names
from geo.osm.tags.roads import find_road_class, has_name_on_map
from geo.osm.tags.values import parse_layer
from geo.osm.tags.vertices import VertexFacts, find_vertex_facts
from geo.osm.tags.walking import find_walk, is_passage
from geo.places.kinds import PlaceKind

_STREET_KEYS = ("highway", "railway", "public_transport")
_AREA_KEYS = sorted(
    words(
        "building amenity healthcare social_facility shop office government tourism leisure "
        "craft club historic aeroway highway railway public_transport place landuse natural "
        "waterway boundary"
    )
)
_NODE_KEYS = sorted(
    words(
        "highway barrier kerb kerb:height crossing tactile_paving entrance building railway "
        "public_transport amenity healthcare social_facility shop office government tourism "
        "leisure craft club historic aeroway place natural addr:housenumber"
    )
)
_ANY_ZOOM = 5
"""Of an area the zoom follows from its size, once all are staged."""
_PROGRESS_EVERY = 100_000

Progress = Callable[[str], None]


@dataclass(slots=True)
class Scan:
    """What the first stream found."""

    vertices: set[int]
    ways: int = 0
    walkable_ways: int = 0
    rings: dict[int, Tags] = field(default_factory=dict)
    """Untagged ways that bound a walkable multipolygon, with the relation's tags."""
    newest: datetime | None = None


@dataclass(slots=True)
class Leftovers:
    """What the second stream could not use."""

    broken_areas: list[str] = field(default_factory=list)
    clipped_relations: list[int] = field(default_factory=list)
    unreadable: int = 0
    features: int = 0


@contextmanager
def _typed_errors(path: Path) -> Iterator[None]:
    """Turn the library's bare errors into ours."""
    try:
        yield
    except (RuntimeError, ValueError, OSError, UnicodeDecodeError) as error:
        raise ExtractUnreadableError(str(error)[:200], name=path.name) from error


def check_file(path: Path) -> None:
    """Refuse what cannot be an extract before anything else is touched."""
    if not path.is_file():
        raise ExtractMissingError(name=path.name)
    if path.stat().st_size == 0:
        raise ExtractEmptyError(name=path.name)


def find_timestamp(path: Path) -> datetime | None:
    """Give the replication time of the file's header."""
    with _typed_errors(path), osmium.io.Reader(str(path), osmium.osm.NOTHING) as reader:
        text = reader.header().get("osmosis_replication_timestamp")
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def scan(path: Path, keep: set[int]) -> Scan:
    """Find the nodes where walkable ways meet; `keep` are nodes that must stay vertices."""
    found = Scan(set(keep))
    # Eight bytes per way node: the library's bit set would take gigabytes for scattered ids.
    refs = array("q")
    with _typed_errors(path):
        relations: Iterable[Any] = osmium.FileProcessor(str(path), osmium.osm.RELATION).with_filter(
            KeyFilter("highway")
        )
        for relation in relations:
            tags = dict(relation.tags)
            if tags.get("type") == "multipolygon" and find_walk(tags) is not None:
                for member in relation.members:
                    if member.type == "w":
                        found.rings[member.ref] = tags | {"area": "yes"}
        for way in osmium.FileProcessor(str(path), osmium.osm.WAY):
            found.ways += 1
            if way.id in found.rings or (
                any(key in way.tags for key in _STREET_KEYS) and find_walk(dict(way.tags))
            ):
                found.walkable_ways += 1
                _note(way, refs, found)
    ids = np.sort(np.frombuffer(refs, dtype=np.int64)) if refs else np.empty(0, np.int64)
    found.vertices.update(ids[1:][ids[1:] == ids[:-1]].tolist())
    return found


def _note(way: Any, refs: "array[int]", found: Scan) -> None:  # noqa: ANN401 - a library object
    before = None
    for node in way.nodes:
        ref = node.ref
        if ref != before:
            refs.append(ref)
        before = ref
    if len(way.nodes):
        found.vertices.update((way.nodes[0].ref, way.nodes[-1].ref))
    stamp = way.timestamp
    if stamp.year > 1970 and (found.newest is None or stamp > found.newest):  # noqa: PLR2004 - unset
        found.newest = stamp.astimezone(UTC)


class _Drawn(NamedTuple):
    """What a way is on the map, whether it is walked or not."""

    feature: str | None
    road: str | None
    shore: bool


class Reader:
    """The second stream: hands every object to those who build rows from it."""

    def __init__(
        self,
        *,
        path: Path,
        stage: Stage,
        scan: Scan,
        streets: Streets,
        facts: dict[int, VertexFacts],
        progress: Progress,
        check: Callable[[], None],
    ) -> None:
        self._path = path
        self._stage = stage
        self._scan = scan
        self._streets = streets
        self._facts = facts
        self._progress = progress
        self._check = check
        self._wkb = osmium.geom.WKBFactory()
        self._whole_relations: set[int] = set()
        self.places = Places(stage)
        self.structures = Structures()
        self.coast = Coast()
        self.leftovers = Leftovers()

    def run(self) -> None:
        """Read the whole file once.

        Raises `ExtractUnreadableError` when the file breaks off or is damaged.
        """
        nodes = KeyFilter(*_NODE_KEYS)
        nodes.enable_for(osmium.osm.NODE)
        rest = EmptyTagFilter()
        rest.enable_for(osmium.osm.RELATION | osmium.osm.AREA)
        processor = (
            osmium.FileProcessor(str(self._path))
            .with_locations("flex_mem")
            .with_areas(KeyFilter(*_AREA_KEYS))
            .with_filter(nodes)
            .with_filter(rest)
        )
        readers = {"n": self._node, "w": self._way, "r": self._relation, "a": self._area}
        iterator = iter(processor)
        for number in range(1, 1 << 62):
            with _typed_errors(self._path):
                entity = next(iterator, None)
            if entity is None:
                break
            try:
                readers[entity.type_str()](entity)
            except (UnicodeDecodeError, osmium.InvalidLocationError):
                self.leftovers.unreadable += 1
            if number % _PROGRESS_EVERY == 0:
                self._check()
                self._progress(f"reading: {number:,} objects, {self._streets.counts.edges:,} edges")
        self.structures.write(self.places)
        self.places.finish()
        for surface in self.coast.draw_sea(self._find_box()):
            geom = shapely.to_wkb(shapely.set_srid(surface, 4326), hex=True, include_srid=True)
            self._add_feature("water", {}, geom)

    def _find_box(self) -> Box:
        """Give the box of the extract: as its header says, or around everything walked."""
        bounds = self._streets.bounds
        with _typed_errors(self._path), osmium.io.Reader(str(self._path)) as reader:
            box = reader.header().box()
        if not box.valid():
            return (bounds.west, bounds.south, bounds.east, bounds.north)
        low, high = box.bottom_left, box.top_right
        return (low.lon, low.lat, high.lon, high.lat)

    def _node(self, node: Any) -> None:  # noqa: ANN401 - a library object
        tags = dict(node.tags)
        lon, lat = node.lon, node.lat
        if (facts := find_vertex_facts(tags)) is not None:
            self._facts[node.id] = facts
            if facts.lift:
                self.structures.add_lift(node.id, (lon, lat), tags)
        if (label := find_label(tags)) is not None and (names := read_names(tags)):
            self._add_feature(label[0], names, point_ewkb(lon, lat), label[1])
        if is_door(tags):
            self.places.doors[node.id] = Door(lon, lat, tags)
        offer = find_offer(tags, is_area=False)
        if offer is not None:
            self.places.add_point(node.id, lon, lat, offer, tags)
        elif "addr:housenumber" in tags and not is_door(tags):
            self.places.add_address(lon, lat, tags)

    def _way(self, way: Any) -> None:  # noqa: ANN401 - a library object
        ring_tags = self._scan.rings.get(way.id)
        tags = dict(way.tags)
        if ring_tags is None and not tags:
            return
        walk = find_walk(tags)
        if walk is None and ring_tags is not None:
            walk = find_walk(ring_tags)
        drawn = _Drawn(
            find_line_feature(tags), find_road_class(tags), tags.get("natural") == "coastline"
        )
        platform = None if way.is_closed() else find_offer(tags, is_area=False)
        is_stop = platform is not None and platform.kind is PlaceKind.STOP
        if walk is None and not any(drawn) and not is_stop:
            return
        refs = [node.ref for node in way.nodes]
        points = [
            (node.location.lon, node.location.lat) if node.location.valid() else None
            for node in way.nodes
        ]
        if walk is not None:
            self._streets.add(Way(way.id, refs, points, walk))
            self.structures.add_way(way.id, refs, points, tags, walk)
        known = [point for point in points if point is not None]
        if len(known) < 2:  # noqa: PLR2004 - a line needs two points
            return
        if drawn.shore:
            self.coast.add(points)
        self._draw(drawn, tags, known)
        if platform is not None and is_stop:
            line = shapely.linestrings(known)
            self.places.add_line("way", way.id, platform, tags, line)

    def _draw(self, drawn: "_Drawn", tags: Tags, points: list[LonLat]) -> None:
        """Queue what a way is on the map."""
        if drawn.road is not None:
            names = read_names(tags) if has_name_on_map(drawn.road) else {}
            bridge, tunnel = (is_passage(tags.get(key)) for key in ("bridge", "tunnel"))
            layer = parse_layer(tags.get("layer"))
            row = (drawn.road, layer, bridge, tunnel, names, line_ewkb(points))
            self._stage.add("staging_map_ways", encode_row(row))
        if drawn.feature is not None:
            zoom = find_line_zoom(tags)
            self._add_feature(drawn.feature, read_names(tags), line_ewkb(points), zoom)

    def _relation(self, relation: Any) -> None:  # noqa: ANN401 - a library object
        if relation.tags.get("type") not in ("multipolygon", "boundary"):
            return
        if relation.id in self._whole_relations:
            return
        tags = dict(relation.tags)
        if find_offer(tags, is_area=True) or find_area_feature(tags):
            self.leftovers.clipped_relations.append(relation.id)

    def _area(self, area: Any) -> None:  # noqa: ANN401 - a library object
        tags = dict(area.tags)
        osm_type, osm_id = ("way" if area.from_way() else "relation"), area.orig_id()
        if osm_type == "relation":
            self._whole_relations.add(osm_id)
        is_area = _is_area(tags, osm_type)
        offer = find_offer(tags, is_area=is_area)
        feature = find_area_feature(tags) if is_area else None
        boundary = tags.get("boundary") == "administrative" and osm_type == "relation"
        if offer is None and feature is None and not boundary:
            return
        if area.num_rings()[0] == 0:
            if not boundary:  # a boundary that reaches beyond the extract is nobody's mistake
                self.leftovers.broken_areas.append(f"{osm_type}/{osm_id}")
            return
        wkb = self._wkb.create_multipolygon(area)
        if feature is not None:
            self._add_feature(feature, read_names(tags), with_srid(wkb))
        if boundary:
            add_boundary(self._stage, osm_id, tags, wkb)
        if offer is not None:
            self.places.add_area(osm_type, osm_id, offer, tags, wkb)
            if offer.kind is PlaceKind.BUILDING and self.places.doors:
                self.places.add_outline(osm_type, osm_id, _ring_nodes(area))

    def _add_feature(
        self, kind: str, names: dict[str, str], geom: str, first_zoom: int = _ANY_ZOOM
    ) -> None:
        self.leftovers.features += 1
        row = (self.leftovers.features, kind, names, first_zoom, geom)
        self._stage.add("staging_map_features", encode_row(row))


def _is_area(tags: Tags, osm_type: str) -> bool:
    """Tell whether a closed way is an area; a footway that returns to its start is a line."""
    if osm_type == "relation":
        return True
    if tags.get("area") == "no":
        return False
    return tags.get("area") == "yes" or "highway" not in tags or "building" in tags


def _ring_nodes(area: Any) -> set[int]:  # noqa: ANN401 - a library object
    """Give the nodes of all outlines, courtyards included."""
    outer = list(area.outer_rings())
    inner = [hole for ring in outer for hole in area.inner_rings(ring)]
    return {node.ref for ring in (*outer, *inner) for node in ring}
