"""Ordered scales for surface and smoothness, in OpenStreetMap's words.

A higher rank is worse. `limits.toml` states the worst rank that a profile passes. A value that
is not listed has no rank and counts as unknown.
"""

from enum import IntEnum


class SurfaceRank(IntEnum):
    """How a surface carries a small wheel or a crutch, from best to worst."""

    SMOOTH = 0
    """Asphalt, concrete, tiles, slabs."""
    UNEVEN = 1
    """Hard but bumpy: setts, bricks, metal grating, wood."""
    COMPACTED = 2
    """Compacted gravel and fine gravel; soft when wet."""
    LOOSE = 3
    """Gravel, earth, grass: small front wheels dig in."""
    SOFT = 4
    """Sand, mud, snow, loose stones."""


class SmoothnessRank(IntEnum):
    """OpenStreetMap `smoothness`, from best to worst."""

    EXCELLENT = 0
    GOOD = 1
    INTERMEDIATE = 2
    BAD = 3
    VERY_BAD = 4
    HORRIBLE = 5
    VERY_HORRIBLE = 6
    IMPASSABLE = 7


_SURFACES: dict[SurfaceRank, tuple[str, ...]] = {
    SurfaceRank.SMOOTH: (
        "asphalt",
        "concrete",
        "concrete:plates",
        "paved",
        "paving_stones",
        "tiles",
        "granite",
        "rubber",
        "acrylic",
        "chipseal",
        "linoleum",
        "carpet",
        "parquet",
    ),
    SurfaceRank.UNEVEN: (
        "sett",
        "cobblestone:flattened",
        "concrete:lanes",
        "bricks",
        "brick",
        "metal",
        "metal_grid",
        "wood",
    ),
    SurfaceRank.COMPACTED: ("compacted", "fine_gravel", "grass_paver"),
    SurfaceRank.LOOSE: (
        "cobblestone",
        "unhewn_cobblestone",
        "unpaved",
        "gravel",
        "ground",
        "dirt",
        "earth",
        "grass",
        "woodchips",
        "clay",
    ),
    SurfaceRank.SOFT: ("sand", "mud", "pebblestone", "rock", "stone", "snow", "ice", "shells"),
}

SURFACE_RANKS: dict[str, SurfaceRank] = {
    name: rank for rank, names in _SURFACES.items() for name in names
}
SMOOTHNESS_RANKS: dict[str, SmoothnessRank] = {rank.name.lower(): rank for rank in SmoothnessRank}


def find_surface_rank(surface: str | None) -> SurfaceRank | None:
    """Return the rank of an OSM `surface` value, `None` when it is empty or not listed."""
    return SURFACE_RANKS.get(surface) if surface else None


def find_smoothness_rank(smoothness: str | None) -> SmoothnessRank | None:
    """Return the rank of an OSM `smoothness` value, `None` when it is empty or not listed."""
    return SMOOTHNESS_RANKS.get(smoothness) if smoothness else None
