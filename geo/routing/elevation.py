"""The elevation strip of a way: how high each place lies against the start, and who says so.

Heights follow from slopes along the way, so they are relative, and where no slope is known the
strip is flat and says `missing`. Lifts change the height without a slope; nobody knows by how
much, so it stays and the stretch is `missing` as well.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.routing.answer import Route, Segment
from geo.routing.encoding import Evidence, LimitKind

MOST_POINTS = 200
_LEAST_POINTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevationStrip:
    """Columns of equal length, one entry per place along the way."""

    distance_m: list[float]
    height_m: list[float]
    """Against the start."""
    evidence: list[str]
    """Of the stretch before each place: `audited`, `mapped`, `assumed`, `missing`."""
    climb_m: float
    descent_m: float
    steepest_up_permille: int
    steepest_down_permille: int

    def as_json(self) -> dict[str, Any]:
        """Return the published form."""
        return {
            "distance_m": self.distance_m,
            "height_m": self.height_m,
            "evidence": self.evidence,
            "climb_m": self.climb_m,
            "descent_m": self.descent_m,
            "steepest_up_permille": self.steepest_up_permille,
            "steepest_down_permille": self.steepest_down_permille,
        }


def make_profile(route: Route, points: int = MOST_POINTS) -> ElevationStrip:
    """Return the strip of a way at no more than `points` places, at least 2, evenly apart.

    A way with fewer changes of slope than that keeps them all where they are. `climb_m` and
    `descent_m` are those of the route, whatever the number of places.
    """
    points = min(max(points, _LEAST_POINTS), MOST_POINTS)
    segments = [segment for segment in route.segments if segment.length_mm > 0]
    along = np.cumsum([0.0] + [segment.length_mm / 1000 for segment in segments])
    heights = np.cumsum([0.0] + [_rise_m(segment) for segment in segments])
    sources = [_source(segment) for segment in segments]
    places = along
    if len(along) > points:
        places = np.linspace(0.0, float(along[-1]), points)
    rows = np.clip(np.searchsorted(along, places, side="left") - 1, 0, max(len(sources) - 1, 0))
    slopes = [s.slope_permille or 0 for s in segments if _source(s) is not Evidence.MISSING]
    return ElevationStrip(
        distance_m=[round(float(place), 1) for place in places],
        height_m=[round(float(h), 2) for h in np.interp(places, along, heights)],
        evidence=[sources[row].name.lower() if sources else "missing" for row in rows.tolist()],
        climb_m=round(route.climb_mm / 1000, 1),
        descent_m=round(route.descent_mm / 1000, 1),
        steepest_up_permille=max([0, *slopes]),
        steepest_down_permille=-min([0, *slopes]),
    )


def _rise_m(segment: Segment) -> float:
    if segment.lift:
        return 0.0
    return segment.length_mm / 1000 * (segment.slope_permille or 0) / 1000


def _source(segment: Segment) -> Evidence:
    if segment.lift or segment.slope_permille is None:
        return Evidence.MISSING
    return segment.evidence[LimitKind.INCLINE]
