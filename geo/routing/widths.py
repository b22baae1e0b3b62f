"""How wide a bigger road is, and how far from its centreline one walks."""

from geo.routing.attributes import classify_road
from geo.routing.encoding import RoadClass
from geo.routing.rows import EdgeRow

LANE_M = 3.25
PAVEMENT_M = 2.0
"""From the kerb to where one walks (proposed; the norm wants 1.5 m and more of pavement)."""
HALF_WIDTH_M = {
    RoadClass.TERTIARY: 6.0,
    RoadClass.SECONDARY: 7.5,
    RoadClass.PRIMARY: 9.0,
    RoadClass.TRUNK: 10.0,
}
"""Half a carriageway where the map has no lanes (proposed)."""
_MOST_LANES = 10


def measure_half_width(row: EdgeRow) -> float:
    """Return the distance from the centreline of a bigger road to its kerb, metres."""
    if row.lanes:
        return min(row.lanes, _MOST_LANES) * LANE_M / 2
    return HALF_WIDTH_M[classify_road(row.highway)]


def measure_offset(row: EdgeRow) -> float:
    """Return the distance from the centreline of a bigger road to where one walks, metres."""
    return measure_half_width(row) + PAVEMENT_M
