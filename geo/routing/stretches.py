"""A way as rows of numbers: one row per stretch walked, for kernels and for the writer.

A `Segment` says the same of one stretch in words. Rows are what a search's path is read into;
segments are made of them only where somebody asks for one (`geo.routing.segments`).
"""

from enum import IntFlag
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import SegmentKind

UNKNOWN = -(1 << 31)
"""A value that nobody knows."""
UNCOUNTED = -1
"""Steps that nobody counted."""

STRETCH = np.dtype(
    [
        ("kind", np.int64),
        ("name", np.int64),
        ("side", np.int64),
        ("road_class", np.int64),
        ("crossing", np.int64),
        ("slope_permille", np.int64),
        ("cross_slope_permille", np.int64),
        ("width_mm", np.int64),
        ("passage_mm", np.int64),
        ("kerb_mm", np.int64),
        ("steps", np.int64),
        ("surface", np.int64),
        ("smoothness", np.int64),
        ("level_tenths", np.int64),
        ("evidence", np.int64),
        ("marks", np.int64),
        ("helps", np.int64),
        ("violations", np.int64),
        ("length_mm", np.int64),
        ("duration_s", np.float64),
        ("edge_id", np.int64),
        ("osm_way_id", np.int64),
        ("edge", np.int64),
        ("first_report", np.int64),
        ("report_count", np.int64),
    ]
)
"""One stretch as walked, all fields eight bytes wide; as `Segment`, with these differences.

`kind` is a place in `KINDS`, `name` a number in the names of the way (0: none), `side` as
walked. Slope, cross slope, width, passage, kerb, surface and smoothness are `UNKNOWN` where
nobody knows. `evidence` is packed as in `encoding`, `marks` are `Mark`, `helps` and
`violations` one bit per `Hindrance`. `edge` is the row in the network, below zero a link, and
`NO_EDGE` where there is none. What is reported here are `report_count` places of `Way.reports`
from `first_report` on.
"""

NO_EDGE = 1 << 31
KINDS = tuple(SegmentKind)
KIND = {kind.name: place for place, kind in enumerate(KINDS)}
"""Numbers of the kinds of segment, by name."""


class Mark(IntFlag):
    """Yes/no facts of a stretch; a missing mark means "not known to be so"."""

    INFERRED = 1
    NAME_INFERRED = 2
    LIFT = 4
    PRIVATE = 8
    TACTILE = 16
    SOUND = 32
    RAMP = 64
    HANDRAIL = 128


class Way(NamedTuple):
    """A whole way for kernels."""

    stretches: NDArray[np.void]
    """Rows of `STRETCH`, in walking order."""
    points: NDArray[np.float64]
    """All drawn points end to end, (n, 2), degrees."""
    bounds: NDArray[np.int64]
    """Stretch s is drawn from point `bounds[s]` to `bounds[s + 1]`."""
    reports: NDArray[np.int64]
    """What is reported along the way, stretch by stretch: numbers of phrases."""
