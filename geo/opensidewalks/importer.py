"""The import of a network in the OpenSidewalks format: all of it, or the old network stays.

The same road as an extract of OpenStreetMap: temporary tables first, then one short
transaction that swaps the streets, matches again what people said, and announces it. Places,
districts and the ground of the map are not in this format and stay as they are.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from geo.db.changes import ChangeKind
from geo.opensidewalks.errors import (
    BadFeatureError,
    FilesMissingError,
    LooseEdgesError,
    NothingInsideError,
    OutsideWorldError,
)
from geo.opensidewalks.features import Feature, iter_features
from geo.opensidewalks.fields import LINK, Row, read_edge, read_id, read_node
from geo.osm.geometry import LonLat, line_ewkb, measure_m, point_ewkb, step_m
from geo.osm.importer import CityImport, find_next_edge_id, hash_file, run_import
from geo.osm.roads import generalise
from geo.osm.staging import COLUMNS, Connection, Stage, encode_row
from geo.osm.streets import Bounds
from geo.osm.summary import ImportSummary, shorten
from geo.osm.swap import Plan, plan_matches, swap_streets

_NEAR_M = 5.0
"""An edge that begins farther from its node does not belong to it; mostly swapped axes."""
_LISTED = 10
_LARGEST_ID = 1 << 62
_CHECK_EVERY = 10_000
_NODE_COLUMNS = COLUMNS["staging_street_nodes"]
_EDGE_COLUMNS = COLUMNS["staging_street_edges"]


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one data set."""

    nodes: Path
    edges: Path
    points: Path | None


async def import_opensidewalks(
    *, database_url: str, folder: Path, progress: Callable[[str], None]
) -> ImportSummary:
    """Import the nodes and edges of a folder as the walking network of this database.

    `progress` is called from another thread. Raises a `DomainError` of `geo.opensidewalks` for
    files that cannot be used and of `geo.osm.errors` for what the database refuses; the old
    network then stays untouched.
    """
    work = _NetworkImport(database_url=database_url, path=folder, progress=progress)
    return await run_import(work)


def find_files(folder: Path) -> Files:
    """Return the files of a data set in a folder; raises `FilesMissingError`."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*json")):
        for part in ("nodes", "edges", "points"):
            if part in path.name.lower().split("."):
                found.setdefault(part, path)
    missing = [part for part in ("nodes", "edges") if part not in found]
    if missing:
        raise FilesMissingError(name=folder.name, missing=missing)
    return Files(found["nodes"], found["edges"], found.get("points"))


class _NetworkImport(CityImport):
    """Stages nodes and edges instead of an extract, and swaps the streets alone."""

    announced = (ChangeKind.NETWORK,)
    brings_places = False

    def check(self) -> None:
        """Find the files."""
        self._files = find_files(self._path)

    def prepare(self, connection: Connection) -> tuple[Plan, str, datetime | None]:
        """Stage and check the network; see `CityImport.prepare`."""
        with self._step("check"):
            parts = [hash_file(path) for path in (self._files.nodes, self._files.edges)]
            digest = hashlib.sha256("".join(parts).encode()).hexdigest()
        with self._step("read"):
            stage = Stage(connection)
            stage.create()
            network = _Network(stage, find_next_edge_id(connection), _read_links(connection))
            self._read_files(network)
            stage.finish()
            generalise(connection)
        with self._step("prepare"):
            self.validate(connection, network.bounds, network.edges)
            self._check_stopped()
            plan = plan_matches(connection)
        return plan, digest, None

    def take_over(self, connection: Connection) -> None:
        """Swap the streets and nothing else."""
        swap_streets(connection, ground=False)

    def _read_files(self, network: "_Network") -> None:
        for name, path, take in (
            ("nodes", self._files.nodes, network.add_node),
            ("edges", self._files.edges, network.add_edge),
        ):
            count = 0
            for count, feature in enumerate(iter_features(path), 1):
                _locate(take, feature, path.name, count)
                if count % _CHECK_EVERY == 0:
                    self._check_stopped()
                    self._progress(f"{count:,} {name}")
            if not count:
                raise NothingInsideError(file=path.name)
        network.finish()
        counts = self._summary.counts
        counts |= {"nodes": len(network.used), "edges": network.edges}
        counts["metres"] = network.length_mm // 1000
        self._summary.edges_by_kind = dict(network.by_kind)
        if network.not_walked:
            self._warn(f"{network.not_walked:,} edges are closed to walkers and were left out")
        if network.own_links:
            self._warn(f"{network.own_links:,} links of audits here lie over the network already")
        if network.loops:
            self._warn(f"edges that return to their start were left out: {shorten(network.loops)}")
        if self._files.points is not None:
            extra = sum(1 for _ in iter_features(self._files.points))
            self._warn(f"{extra:,} points are no part of the network and were not taken in")


def _locate(take: Callable[[Feature], None], feature: Feature, file: str, number: int) -> None:
    """Hand a feature on, and say which one it was when it cannot be used."""
    try:
        take(feature)
    except (BadFeatureError, OutsideWorldError) as error:
        params: dict[str, Any] = {**error.params, "file": file, "feature": number}
        raise type(error)(**params) from error


@dataclass(slots=True)
class _Network:
    """What has been read so far."""

    stage: Stage
    next_edge_id: int
    known_links: frozenset[str] = frozenset()
    """Links that audits of this database added: they lie over the network, not in it."""
    nodes: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    facts: dict[str, Row] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    loose: list[str] = field(default_factory=list)
    loops: list[str] = field(default_factory=list)
    bounds: Bounds = field(default_factory=Bounds)
    by_kind: dict[str, int] = field(default_factory=dict)
    edges: int = 0
    length_mm: int = 0
    not_walked: int = 0
    own_links: int = 0

    def add_node(self, feature: Feature) -> None:
        properties, (point,) = _open(feature, "Point")
        key = read_id(properties, "_id")
        if key in self.nodes:
            raise BadFeatureError(field="_id", value=key[:50], reason="twice")
        self.nodes[key] = (_number_id(key), *point)
        row = read_node(properties)
        if any(value is not None and value is not False for value in row.values()):
            self.facts[key] = row

    def add_edge(self, feature: Feature) -> None:
        properties, points = _open(feature, "LineString")
        key, first, last = (read_id(properties, name) for name in ("_id", "_u_id", "_v_id"))
        if key in self.seen:
            raise BadFeatureError(field="_id", value=key[:50], reason="twice")
        self.seen.add(key)
        if properties.get(LINK) in self.known_links:
            self.own_links += 1
            return
        row = read_edge(properties)
        if row is None:
            self.not_walked += 1
            return
        if first == last:
            self.loops.append(key)
            return
        if not (self._meets(first, points[0]) and self._meets(last, points[-1])):
            self.loose.append(key)
            return
        self._write_edge(row, (first, last), points)

    def _meets(self, key: str, point: LonLat) -> bool:
        node = self.nodes.get(key)
        return node is not None and step_m(node[1:], point) <= _NEAR_M

    def _write_edge(self, row: Row, ends: tuple[str, str], points: list[LonLat]) -> None:
        self.used.update(ends)
        first, last = (self.nodes[key][0] for key in ends)
        refs = [int(part) for part in str(row.get("osm_node_ids") or "").split(";") if part]
        length_mm = max(1, round(measure_m(points) * 1000))
        values: Row = row | {
            "id": self.next_edge_id,
            "from_node_id": first,
            "to_node_id": last,
            "osm_way_id": row.get("osm_way_id", 0),
            "osm_node_ids": refs or [first, last],
            "geom": line_ewkb(points),
            "length_mm": length_mm,
        }
        line = encode_row([values.get(name) for name in _EDGE_COLUMNS])
        self.stage.add("staging_street_edges", line)
        self.next_edge_id += 1
        self.edges += 1
        self.length_mm += length_mm
        self.by_kind[row["kind"].value] = self.by_kind.get(row["kind"].value, 0) + 1

    def finish(self) -> None:
        """Write the nodes in use; raise when edges hang loose or nothing can be walked."""
        if self.loose:
            raise LooseEdgesError(edges=self.loose[:_LISTED], count=len(self.loose))
        if not self.edges:
            raise NothingInsideError(closed=self.not_walked)
        for key in self.used:
            number, lon, lat = self.nodes[key]
            self.bounds.grow(lon, lat)
            values: Row = {"osm_id": number, "lift": False} | self.facts.get(key, {})
            values |= {"id": number, "geom": point_ewkb(lon, lat)}
            line = encode_row([values.get(name) for name in _NODE_COLUMNS])
            self.stage.add("staging_street_nodes", line)


def _open(feature: Feature, kind: str) -> tuple[dict[str, Any], list[LonLat]]:
    """Return fields and points of a feature of that geometry."""
    properties, geometry = feature.get("properties"), feature.get("geometry")
    if not isinstance(properties, dict) or not isinstance(geometry, dict):
        raise BadFeatureError(reason="no feature")
    if geometry.get("type") != kind:
        raise BadFeatureError(field="geometry", value=str(geometry.get("type"))[:50], wanted=kind)
    listed = geometry.get("coordinates")
    listed = [listed] if kind == "Point" else listed
    least = 1 if kind == "Point" else 2
    if not isinstance(listed, list) or len(listed) < least:
        raise BadFeatureError(field="geometry", reason="too few points")
    return properties, [_read_point(each) for each in listed]


def _read_point(value: object) -> LonLat:
    numbers = value[:2] if isinstance(value, list) else []
    if len(numbers) != 2 or not all(  # noqa: PLR2004 - longitude and latitude
        isinstance(n, int | float) and not isinstance(n, bool) for n in numbers
    ):
        raise BadFeatureError(field="geometry", value=str(value)[:50])
    lon, lat = float(numbers[0]), float(numbers[1])
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):  # noqa: PLR2004 - degrees on earth
        raise OutsideWorldError(lon=lon, lat=lat)
    return lon, lat


def _read_links(connection: Connection) -> frozenset[str]:
    rows = connection.execute("SELECT id FROM edge_overrides WHERE target = 'link'").fetchall()
    return frozenset(str(row[0]) for row in rows)


def _number_id(key: str) -> int:
    """Return an id as a number: itself where it is one, else one below zero made of it."""
    if key.isdecimal() and key.isascii() and str(int(key)) == key and int(key) < _LARGEST_ID:
        return int(key)
    return -int.from_bytes(hashlib.sha256(key.encode()).digest()[:7]) - 1
