"""The words of streets as parameters of a statement (pure).

The router says what each profile can use; this module puts it beside the rows that a tile
draws, each combination of words written once.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import TextClause, text

from geo.mobility.profiles import PROFILES
from geo.tiles.grid import Bounds

if TYPE_CHECKING:
    from geo.street_words import Said

_NAMES = [f"{prefix}_{profile}" for prefix in ("can", "known") for profile in PROFILES]

STREET_FRAGMENTS = {
    "street_words": ", ".join(f"w.{name}" for name in _NAMES),
    "street_word_types": ", ".join(f"{name} text" for name in _NAMES),
    "link_words": ", ".join(f"n.{name}" for name in _NAMES),
}
"""Columns of words for the statement of the layer `streets`."""

_EDGES = text(
    "SELECT id FROM street_edges"
    " WHERE geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326) ORDER BY id"
)


def edges_in(params: Mapping[str, object]) -> tuple[TextClause, dict[str, object]]:
    """Give the statement for the street edges that a tile with these parameters draws."""
    return _EDGES, {side: params[side] for side in Bounds._fields}


def say_words(
    said: "Iterable[Said]", links: "Mapping[str, Said] | None" = None
) -> dict[str, object]:
    """Give the parameters that put words onto street edges, and onto links by their override."""
    sorts: dict[tuple[str, ...], int] = {}

    def number(each: "Said") -> int:
        return sorts.setdefault((*map(str, each.words), *each.known), len(sorts))

    edges, sides, chosen = [], [], []
    for each in said:
        edges.append(each.edge_id)
        sides.append(each.side)
        chosen.append(number(each))
    joined = {key: number(each) for key, each in (links or {}).items()}
    rows = [
        {"sort": number, **dict(zip(_NAMES, names, strict=True))} for names, number in sorts.items()
    ]
    return {
        "said_edges": edges,
        "said_sides": sides,
        "said_sorts": chosen,
        "said_links": list(joined),
        "said_link_sorts": list(joined.values()),
        "said_words": json.dumps(rows),
    }
