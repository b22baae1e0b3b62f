"""The statements that load what is to be matched and the streets around it.

Shared by the importer, which matches against the staged network on its own connection, and by
`geo.network.overrides`, which matches against the network in force in a session.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import shapely

from geo.network.matching import SEARCH_M, Edge, Item, Match, Sort, match, preferred_kinds
from geo.network.models import EdgeKind, OverrideTarget

_STREET_KINDS = "('kerb', 'crossing', 'pavement')"
_OPEN_BARRIERS = "('reported', 'confirmed', 'expired')"

_ITEMS: Mapping[str, str] = {
    "edge_overrides": """
        SELECT o.id, o.xmin::text AS version, o.target AS sort, o.geom, o.osm_way_id,
               o.osm_node_ids, el.kind AS element,
               coalesce((SELECT array_agg(DISTINCT e.kind) FROM street_edges e
                         WHERE e.id = ANY (o.edge_ids)), '{}') AS kinds
        FROM edge_overrides o LEFT JOIN elements el ON el.id = o.element_id
        WHERE o.state <> 'retired'
    """,
    "barriers": """
        SELECT b.id, b.xmin::text AS version,
               CASE b.kind WHEN 'lift_out_of_order' THEN 'lift' ELSE 'obstacle' END AS sort,
               b.geom, b.osm_way_id, b.osm_node_ids, NULL::text AS element, '{}'::text[] AS kinds
        FROM barriers b
        LEFT JOIN elements el ON el.id = b.element_id
        LEFT JOIN places p ON p.id = el.place_id
        -- What lies at a building's door closes the door, not the street before it.
        WHERE b.state IN OPEN_BARRIERS
          AND (el.id IS NULL OR el.place_id IS NULL OR p.kind = 'crossing_structure')
    """.replace("OPEN_BARRIERS", _OPEN_BARRIERS),
    "elements": """
        SELECT l.id, l.xmin::text AS version,
               CASE l.kind WHEN 'kerb' THEN 'node' ELSE 'edge' END AS sort, l.geom,
               l.osm_way_id, l.osm_node_ids, l.kind AS element, '{}'::text[] AS kinds
        FROM elements l
        WHERE l.place_id IS NULL AND l.kind IN STREET_KINDS AND l.geom IS NOT NULL
    """.replace("STREET_KINDS", _STREET_KINDS),
}

_CANDIDATES = """
    WITH items AS (ITEMS)
    SELECT i.id, i.sort, ST_AsBinary(i.geom), i.osm_way_id, i.osm_node_ids, i.element, i.kinds,
           e.id, e.from_node_id, e.to_node_id, e.osm_way_id, e.osm_node_ids, e.kind,
           ST_AsBinary(e.geom),
           e.kind = 'lift' OR EXISTS (SELECT FROM NODES n
               WHERE n.id IN (e.from_node_id, e.to_node_id) AND n.lift),
           i.version
    FROM items i
    LEFT JOIN LATERAL (
        SELECT s.* FROM STREETS s WHERE s.geom && ST_Expand(i.geom, LON_DEGREES, LAT_DEGREES)
        UNION
        SELECT s.* FROM STREETS s WHERE s.osm_way_id = i.osm_way_id
    ) e ON true
    WHERE ONLY_THESE
    ORDER BY i.id, e.id
"""
_LAT_DEGREES = SEARCH_M / 111_000
_SORTS = {
    OverrideTarget.EDGE.value: Sort.STRETCH,
    OverrideTarget.NODE.value: Sort.NODE,
    OverrideTarget.LINK.value: Sort.LINK,
    "lift": Sort.LIFT,
}

_UPDATES: Mapping[str, str] = {
    "edge_overrides": """
        UPDATE edge_overrides SET edge_ids = %(edge_ids)s, node_id = %(node_id)s,
            state = CASE WHEN %(found)s THEN 'active' ELSE 'unmatched' END,
            osm_way_id = coalesce(%(osm_way_id)s, osm_way_id),
            osm_node_ids = coalesce(%(osm_node_ids)s, osm_node_ids),
            updated_at = now()
        WHERE id = %(id)s
    """,
    "barriers": """
        UPDATE barriers SET edge_ids = %(edge_ids)s,
            osm_way_id = coalesce(%(osm_way_id)s, osm_way_id),
            osm_node_ids = coalesce(%(osm_node_ids)s, osm_node_ids),
            updated_at = now()
        WHERE id = %(id)s
    """,
    "elements": """
        UPDATE elements SET osm_way_id = coalesce(%(osm_way_id)s, osm_way_id),
            osm_node_ids = coalesce(%(osm_node_ids)s, osm_node_ids),
            updated_at = now()
        WHERE id = %(id)s AND %(found)s
    """,
}


def versions_sql(table: str) -> str:
    """Give the statement that lists the id and row version of everything to be matched."""
    return "SELECT i.id, i.version FROM (ITEMS) i".replace("ITEMS", _ITEMS[table])


def candidates_sql(table: str, *, staged: bool, only: str) -> str:
    """Give the statement that loads items of a table with the streets around each.

    `staged` asks for the network that is being imported, `only` is a condition on `i.id`.
    """
    prefix = "staging_" if staged else ""
    return (
        _CANDIDATES.replace("ITEMS", _ITEMS[table])
        .replace("STREETS", f"{prefix}street_edges")
        .replace("NODES", f"{prefix}street_nodes")
        # A degree of longitude is shorter; at 60° north by half.
        .replace("LON_DEGREES", f"{_LAT_DEGREES * 2:.6f}")
        .replace("LAT_DEGREES", f"{_LAT_DEGREES:.6f}")
        .replace("ONLY_THESE", only)
    )


def update_sql(table: str) -> str:
    """Give the statement that stores a match, with named parameters in psycopg's style."""
    return _UPDATES[table]


def match_rows(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Item, str, Match]]:
    """Match every item of a candidate result; give it with the version of its row."""
    for _id, group in groupby(rows, key=lambda row: row[0]):
        listed = list(group)
        item, version = _as_item(listed[0]), str(listed[0][15])
        yield item, version, match(item, [_as_edge(r) for r in listed if r[7] is not None])


def match_parameters(item_id: UUID, found: Match) -> dict[str, object]:
    """Give the parameters of `update_sql`."""
    return {
        "id": item_id,
        "edge_ids": list(found.edge_ids),
        "node_id": found.node_id,
        "osm_way_id": found.osm_way_id,
        "osm_node_ids": list(found.osm_node_ids) or None,
        "found": found.found,
    }


def _as_item(row: Sequence[Any]) -> Item:
    kinds = frozenset(EdgeKind(kind) for kind in row[6]) or preferred_kinds(row[5])
    return Item(
        id=row[0],
        sort=_SORTS.get(row[1], Sort.OBSTACLE),
        geom=shapely.from_wkb(bytes(row[2])),
        osm_way_id=row[3],
        osm_node_ids=tuple(row[4] or ()),
        kinds=kinds,
    )


def _as_edge(row: Sequence[Any]) -> Edge:
    return Edge(
        id=row[7],
        from_node_id=row[8],
        to_node_id=row[9],
        osm_way_id=row[10],
        osm_node_ids=tuple(row[11]),
        kind=EdgeKind(row[12]),
        geom=shapely.from_wkb(bytes(row[13])),
        lift=row[14],
    )
