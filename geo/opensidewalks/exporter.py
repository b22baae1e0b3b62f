"""The network in force as files in the OpenSidewalks format, as it counts now.

What audits measured stands in place of what the map says, and beside each value stands where
it comes from (`ext:evidence_…`: audited, mapped or assumed). Links that audits added are edges
with `ext:link`, joined by nodes of their own where the map has none. Rows stream from one
snapshot of the database to the files, which appear under their names only when they are whole.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import IO, Any

import psycopg
import shapely
from psycopg import sql
from psycopg.rows import TupleRow

from geo.network.models import EdgeKind
from geo.opensidewalks.fields import EXT, LINK, Row, write_edge, write_node
from geo.opensidewalks.joining import Joints, Line, Link, Part, read_joints, share_out
from geo.osm.staging import COLUMNS
from geo.routing.attributes import encode_edge, write_values
from geo.routing.encoding import Evidence, LimitKind, unpack_evidence
from geo.routing.plane import measure_m
from geo.routing.rows import EdgeRow

SCHEMA = "https://sidewalks.washington.edu/opensidewalks/0.2/schema.json"
_SOURCE = {
    "name": "OpenStreetMap",
    "copyright": "https://www.openstreetmap.org/copyright",
    "license": "https://opendatacommons.org/licenses/odbl/1-0/",
}
_BATCH = 5_000
_NODE_COLUMNS = [name for name in COLUMNS["staging_street_nodes"] if name != "geom"]
_EDGE_COLUMNS = [name for name in COLUMNS["staging_street_edges"] if name != "geom"]
_ROW_FIELDS = {each.name for each in fields(EdgeRow)}
_OVERRIDES = """
SELECT target, edge_ids, node_id, attributes, ST_AsBinary(geom)
FROM edge_overrides WHERE state = 'active' AND target <> 'link'
ORDER BY observed_at NULLS FIRST, id
"""
Connection = psycopg.Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    nodes: Path
    edges: Path
    node_count: int
    edge_count: int


@dataclass(slots=True)
class _Measured:
    """What audits say, oldest first, by row."""

    edges: dict[int, list[tuple[Row, Any]]] = field(default_factory=dict)
    nodes: dict[int, Row] = field(default_factory=dict)


async def export_opensidewalks(
    *,
    database_url: str,
    folder: Path,
    progress: Callable[[str], None],
    snapshot: str | None = None,
) -> Exported:
    """Write the network in force into a folder; `progress` is called from another thread.

    With the id of an exported snapshot (`pg_export_snapshot`) the network is read as of then.
    Raises `psycopg.Error` when the database cannot be read and `OSError` when the folder
    cannot be written; a file is never left half-written.
    """
    conninfo = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    return await asyncio.to_thread(_export, conninfo, folder, progress, snapshot)


def _export(
    conninfo: str, folder: Path, progress: Callable[[str], None], snapshot: str | None
) -> Exported:
    folder.mkdir(parents=True, exist_ok=True)
    nodes, edges = folder / "network.nodes.OSW.geojson", folder / "network.edges.OSW.geojson"
    with psycopg.connect(conninfo, application_name="esik-export") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        if snapshot is not None:
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        head, measured = _describe(connection), _read_measured(connection)
        joints = read_joints(connection)
        node_count = _write(nodes, head, _iter_nodes(connection, measured, joints))
        progress(f"{node_count:,} nodes")
        edge_count = _write(edges, head, _iter_edges(connection, measured, joints))
        progress(f"{edge_count:,} edges")
    return Exported(nodes, edges, node_count, edge_count)


def _describe(connection: Connection) -> Row:
    row = connection.execute(
        "SELECT coalesce(source_timestamp, imported_at), ST_AsGeoJSON(ST_Multi(bounds), 7)"
        " FROM network_imports ORDER BY imported_at DESC, id DESC LIMIT 1"
    ).fetchone()
    head: Row = {"$schema": SCHEMA, "dataSource": _SOURCE}
    if row is not None:
        head |= {"dataTimestamp": row[0].isoformat(), "region": json.loads(row[1])}
    return head


def _read_measured(connection: Connection) -> _Measured:
    measured = _Measured()
    for target, edge_ids, node_id, attributes, geom in connection.execute(_OVERRIDES):
        if target == "node" and node_id is not None:
            measured.nodes.setdefault(node_id, {}).update(attributes)
        elif target == "edge":
            for edge_id in edge_ids:
                measured.edges.setdefault(edge_id, []).append((attributes, geom))
    return measured


def _iter_nodes(connection: Connection, measured: _Measured, joints: Joints) -> Iterator[Row]:
    for x, y, values in _iter_rows(
        connection, "street_nodes", _NODE_COLUMNS, "ST_X(geom), ST_Y(geom)"
    ):
        row = dict(zip(_NODE_COLUMNS, values, strict=True))
        key = row.pop("id")
        audited = measured.nodes.get(key, {})
        row["osm_id"] = row["osm_id"] if row["osm_id"] != key else None
        properties = {"_id": str(key), **write_node(row | audited)}
        for name in audited:
            properties[f"{EXT}evidence_{name}"] = Evidence.AUDITED.name.lower()
        yield _feature("Point", [x, y], properties)
    for cuts in joints.cuts.values():
        for cut in cuts:
            yield _feature("Point", cut.spot.tolist(), {"_id": cut.node})


def _iter_edges(connection: Connection, measured: _Measured, joints: Joints) -> Iterator[Row]:
    for geom, _, values in _iter_rows(
        connection, "street_edges", _EDGE_COLUMNS, "ST_AsBinary(geom), 0"
    ):
        row = dict(zip(_EDGE_COLUMNS, values, strict=True))
        shape = shapely.get_coordinates(shapely.from_wkb(geom))
        refs, length_mm = row.pop("osm_node_ids"), row.pop("length_mm")
        audited = _merge_audited(measured.edges.get(row["id"], ()), shape)
        ends = row["from_node_id"], row["to_node_id"]
        parts = joints.split(row["id"], (str(ends[0]), str(ends[1])), shape, refs)
        for number, (part, steps) in enumerate(_share_steps(row | audited, parts), 1):
            length_m = length_mm / 1000 if len(parts) == 1 else measure_m(part.line)
            properties: Row = {
                "_id": str(row["id"]) if len(parts) == 1 else f"{row['id']}-{number}",
                "_u_id": part.first,
                "_v_id": part.last,
                "length": round(length_m, 1),
                **write_edge(row | audited | steps),
                **_write_evidence(row, audited, part.line),
            }
            if len(part.refs) > 1 and part.refs != [*ends]:
                properties[f"{EXT}osm_node_ids"] = ";".join(map(str, part.refs))
            yield _feature("LineString", part.line.tolist(), properties)
    for link in joints.links:
        yield _feature("LineString", link.line.tolist(), _describe_link(link))


def _share_steps(row: Row, parts: list[Part]) -> Iterator[tuple[Part, Row]]:
    """Give each part of an edge with its share of the steps, where there are any to share."""
    count = row["step_count"]
    if not count or len(parts) == 1:
        yield from ((part, {}) for part in parts)
        return
    for part, steps in zip(parts, share_out(count, parts), strict=True):
        yield part, {"step_count": steps}


def _describe_link(link: Link) -> Row:
    """Write a link: a footway, or stairs where steps were counted; only measures are known."""
    has_steps = (link.attributes.get("step_count") or 0) > 0
    kind = EdgeKind.STEPS if has_steps else EdgeKind.FOOTWAY
    row: Row = {"kind": kind, "highway": kind.value, **link.attributes}
    properties: Row = {
        "_id": f"link-{link.id}",
        "_u_id": link.first,
        "_v_id": link.last,
        "length": round(measure_m(link.line), 1),
        **write_edge(row),
        # As in routes: the map says nothing about it, so what nobody measured is missing.
        **_write_evidence(None, link.attributes, link.line),
        LINK: str(link.id),
    }
    if link.element_id is not None:
        properties[f"{EXT}element_id"] = str(link.element_id)
    return properties


def _merge_audited(rows: Iterable[tuple[Row, Any]], shape: Any) -> Row:  # noqa: ANN401 - an array
    """Return measures along the edge's own direction; the latest of each counts."""
    merged: Row = {}
    for attributes, geom in rows:
        values = dict(attributes)
        if values.get("incline_permille") is not None:
            line = shapely.get_coordinates(shapely.from_wkb(geom))
            along = float((shape[-1] - shape[0]) @ (line[-1] - line[0]))
            if along < 0:
                values["incline_permille"] = -values["incline_permille"]
            elif along == 0:
                values["incline_unsigned"] = True
        merged |= values
    return merged


def _write_evidence(row: Row | None, audited: Mapping[str, Any], shape: Line) -> Row:
    """Say where the limits of an edge come from; without a row the map knows nothing of it."""
    if row is None:
        record = encode_edge(EdgeRow(id=0, from_node_id=0, to_node_id=0, shape=shape))
        record["evidence"] = 0
    else:
        known = {name: row[name] for name in row.keys() & _ROW_FIELDS}
        record = encode_edge(EdgeRow(shape=shape, **known))
    write_values(record, audited, Evidence.AUDITED)
    packed = int(record["evidence"])
    found: Row = {}
    for limit in LimitKind:
        source = unpack_evidence(packed, limit)
        if source is not Evidence.MISSING:
            found[f"{EXT}evidence_{limit.name.lower()}"] = source.name.lower()
    if audited.get("incline_unsigned"):
        found[f"{EXT}incline_unsigned"] = True
    return found


def _iter_rows(
    connection: Connection, table: str, columns: list[str], place: str
) -> Iterator[tuple[Any, Any, list[Any]]]:
    with connection.cursor(name=table) as cursor:
        cursor.itersize = _BATCH
        cursor.execute(f"SELECT {place}, {', '.join(columns)} FROM {table} ORDER BY id")  # noqa: S608 - names are ours
        for first, second, *values in cursor:
            yield first, second, values


def _feature(kind: str, coordinates: list[Any], properties: Row) -> Row:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def _write(path: Path, head: Row, features: Iterable[Row]) -> int:
    """Write one file; it appears under its name only when it is whole."""
    count = 0
    with _whole(path) as file:
        start = json.dumps({"type": "FeatureCollection", **head}, ensure_ascii=False)
        file.write(start[:-1] + ', "features": [')
        for count, feature in enumerate(features, 1):
            text = json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
            file.write(("\n" if count == 1 else ",\n") + text)
        file.write("\n]}\n")
    return count


@contextmanager
def _whole(path: Path) -> Iterator[IO[str]]:
    part = path.with_suffix(".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
