"""Planted streets in the real tables, as an import leaves them."""

from dataclasses import fields
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from geo.ids import uuid7
from geo.routing.rows import EdgeRow, NodeRow
from tests.support.street_plans import StreetPlan

_NODE = [f.name for f in fields(NodeRow) if f.name not in {"lon", "lat"}]
_EDGE = [f.name for f in fields(EdgeRow) if f.name != "shape"]


async def store_plan(connection: psycopg.AsyncConnection[Any], plan: StreetPlan) -> None:
    """Replace the network by a plan in one transaction, under a new import."""
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.execute("DELETE FROM street_edges")
        await cursor.execute("DELETE FROM street_nodes")
        for node in plan.nodes.values():
            values = [getattr(node, name) for name in _NODE]
            point = f"SRID=4326;POINT({node.lon!r} {node.lat!r})"
            await _insert(
                cursor, "street_nodes", [*_NODE, "osm_id", "geom"], [*values, node.id, point]
            )
        for edge in plan.edges:
            values = [getattr(edge, name) for name in _EDGE]
            values[_EDGE.index("name")] = Jsonb(edge.name)
            line = ", ".join(f"{float(x)!r} {float(y)!r}" for x, y in edge.shape)
            refs = [edge.from_node_id, edge.to_node_id]
            extra = [refs, f"SRID=4326;LINESTRING({line})", 1000]
            columns = [*_EDGE, "osm_node_ids", "geom", "length_mm"]
            await _insert(cursor, "street_edges", columns, [*values, *extra])
        box = "SRID=4326;POLYGON((76 43, 77 43, 77 44, 76 44, 76 43))"
        columns = ["id", "source_name", "source_sha256", "counts", "bounds"]
        await _insert(cursor, "network_imports", columns, [uuid7(), "plan", "", Jsonb({}), box])


async def _insert(
    cursor: psycopg.AsyncCursor[Any], table: str, columns: list[str], values: list[Any]
) -> None:
    marks = ", ".join(["%s"] * len(columns))
    names = ", ".join(columns)
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names are ours
    await cursor.execute(statement.encode(), values)
