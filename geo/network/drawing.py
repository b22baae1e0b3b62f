"""Which roads are drawn at which zoom (pure data): the importer and the tiles agree by it."""

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
