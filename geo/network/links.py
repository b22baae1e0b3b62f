"""Numbers of links among street edges: ways that an approved audit added and the map lacks.

Wherever street edges are published they go by the number of their row. A link has no such row,
so its number is made of the UUID of its override: the same in every snapshot, on every server
and after every import, never that of an edge, and exact in programs that count in doubles.
"""

from uuid import UUID

LINKS_FROM = 10**14
"""No edge has so high a number; spreadsheets still keep all fifteen digits."""
_BITS = 48
"""Ten thousand links share a number with one chance in five million."""


def number_link(link_id: UUID) -> int:
    """Return the number under which the link of an override is published."""
    return LINKS_FROM + (link_id.int & ((1 << _BITS) - 1))


def link_number_sql(column: str) -> str:
    """Write SQL for the number of the link whose override has its UUID in a column."""
    digits = f"right(CAST({column} AS text), {_BITS // 4})"
    return f"{LINKS_FROM} + CAST(CAST('x' || {digits} AS bit({_BITS})) AS bigint)"
