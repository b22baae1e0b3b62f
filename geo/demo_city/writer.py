"""Writes the demo city as an `.osm.pbf`, so that it takes the same import as a real extract.

Invariant: nodes, then ways, then relations, each by rising id, all with the same version and
time stamp: the same seed gives the same bytes.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import osmium
from osmium.osm import mutable

from geo.demo_city.drawing import Drawing
from geo.demo_city.plan import DemoCity, plan_demo_city
from geo.demo_city.records import DemoCitySummary

_STAMP: Final = datetime(2026, 1, 1, tzinfo=UTC)
_COMMON: Final[dict[str, Any]] = {"version": 1, "timestamp": _STAMP, "changeset": 1, "uid": 1}
_GENERATOR: Final = "esik demo city"


def write_demo_city(path: Path, *, seed: int = 1) -> DemoCitySummary:
    """Plan the city for a seed and write it to `path` (ending in .osm.pbf), replacing a file."""
    return write_plan(path, plan_demo_city(seed))


def write_plan(path: Path, city: DemoCity) -> DemoCitySummary:
    """Write a plan that exists already; returns the counts."""
    header = osmium.io.Header()
    header.set("generator", _GENERATOR)
    header.set("sorting", "Type_then_ID")
    writer = osmium.SimpleWriter(path, header=header, overwrite=True)
    try:
        _write_objects(writer, city.drawing)
    finally:
        writer.close()
    return summarise(city, path.stat().st_size)


def _write_objects(writer: osmium.SimpleWriter, drawing: Drawing) -> None:
    for node_id in sorted(drawing.nodes):
        node = drawing.nodes[node_id]
        writer.add_node(
            mutable.Node(id=node_id, location=node.lonlat, tags=_ordered(node.tags), **_COMMON)
        )
    for way_id in sorted(drawing.ways):
        way = drawing.ways[way_id]
        writer.add_way(mutable.Way(id=way_id, nodes=way.refs, tags=_ordered(way.tags), **_COMMON))
    for relation_id in sorted(drawing.relations):
        relation = drawing.relations[relation_id]
        writer.add_relation(
            mutable.Relation(
                id=relation_id,
                members=relation.members,
                tags=_ordered(relation.tags),
                **_COMMON,
            )
        )


def _ordered(tags: dict[str, str]) -> dict[str, str]:
    return dict(sorted(tags.items()))


def summarise(city: DemoCity, file_bytes: int) -> DemoCitySummary:
    """Count what a plan holds."""
    drawing = city.drawing
    doors = [door for building in city.buildings for door in building.entrances]
    return DemoCitySummary(
        seed=city.seed,
        file_bytes=file_bytes,
        nodes=len(drawing.nodes),
        ways=len(drawing.ways),
        relations=len(drawing.relations),
        buildings=len(city.buildings),
        buildings_with_entrances=sum(building.entrances_mapped for building in city.buildings),
        entrances=sum(door.node_id is not None for door in doors),
        organisations=sum(len(building.organisations) for building in city.buildings),
        stops=len(city.stops),
        crossings=len(city.crossing_node_ids),
    )
