"""Streets as the builder gets them: one plain row per node and per edge.

Field names are those of the tables, so that a row from the database and a planted city in a
test look the same. Coordinates are degrees, longitude before latitude.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class NodeRow:
    """A vertex of the street network with what stands on it."""

    id: int
    lon: float
    lat: float
    kerb: str | None = None
    kerb_height_mm: int | None = None
    crossing: str | None = None
    signal_sound: bool | None = None
    tactile_paving: str | None = None
    obstacle: str | None = None
    obstacle_width_mm: int | None = None
    locked: bool | None = None
    lift: bool = False
    level: str | None = None


@dataclass(slots=True)
class EdgeRow:
    """A stretch of way between two nodes; signed values run from `from_node_id` on."""

    id: int
    from_node_id: int
    to_node_id: int
    shape: NDArray[np.float64]
    """Coordinates, (n, 2) degrees, n ≥ 2."""
    kind: str = "footway"
    highway: str = "footway"
    osm_way_id: int = 0
    name: dict[str, str] = field(default_factory=dict)
    walk_forward: bool = True
    walk_backward: bool = True
    access: str | None = None
    layer: int = 0
    level: str | None = None
    bridge: bool = False
    tunnel: bool = False
    indoor: bool = False
    surface: str | None = None
    smoothness: str | None = None
    width_mm: int | None = None
    incline_permille: int | None = None
    climb: int | None = None
    dem_incline_permille: int | None = None
    cross_slope_permille: int | None = None
    kerb_height_mm: int | None = None
    step_count: int | None = None
    handrail: bool | None = None
    ramp: str | None = None
    conveying: str | None = None
    crossing: str | None = None
    crossing_island: bool | None = None
    signal_sound: bool | None = None
    tactile_paving: str | None = None
    lit: bool | None = None
    sidewalk_left: str | None = None
    sidewalk_right: str | None = None
    lanes: int | None = None
    wheelchair: str | None = None
