"""How roads are drawn (pure), agreed by the importer, the tiles and the sketches."""

ROAD_ZOOMS = {
    "motorway": 5,
    "primary": 7,
    "secondary": 9,
    "tertiary": 11,
    "minor": 12,
    "pedestrian": 13,
    "service": 14,
    "path": 14,
    "steps": 14,
    "driveway": 16,
    "sidewalk": 16,
    "crossing": 16,
    "lift": 16,
}
"""Classes of `map_roads`, and the zoom from which each is drawn."""

BANDS = (5, 8, 10, 12, 14)
"""First zooms of the ranges for which roads are generalised; the last has no end."""


def find_band(zoom: int) -> int:
    """Return the range that a zoom belongs to, by its first zoom."""
    return max((band for band in BANDS if band <= zoom), default=BANDS[0])


def class_of_edges(*own_kinds: str) -> str:
    """Write SQL that gives the class in which a row of `street_edges` is drawn.

    `own_kinds` are kinds of edge that are classes of their own; other ways on foot are `path`.
    """
    kinds = ", ".join(f"'{kind}'" for kind in own_kinds)
    return f"""CASE
        WHEN kind IN ('steps', 'escalator') THEN 'steps'
        WHEN kind IN ({kinds}) THEN kind
        WHEN kind NOT IN ('road', 'pedestrian') THEN 'path'
        WHEN highway IN ('motorway', 'motorway_link', 'trunk', 'trunk_link') THEN 'motorway'
        WHEN highway IN ('primary', 'primary_link') THEN 'primary'
        WHEN highway IN ('secondary', 'secondary_link') THEN 'secondary'
        WHEN highway IN ('tertiary', 'tertiary_link') THEN 'tertiary'
        WHEN highway IN ('unclassified', 'residential', 'living_street', 'road') THEN 'minor'
        WHEN kind = 'pedestrian' THEN 'pedestrian'
        ELSE 'service' END"""
