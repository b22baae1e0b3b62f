"""Which landmark a step mentions, and on which side.

At most one where something is to be done and one or two on a long stretch, each once on a way:
more would hide the instruction. A landmark nearly ahead or behind is left out, because its side
could be said wrongly.
"""

import math
from collections.abc import Iterator

from geo.routing.answer import Phrase, Place, Segment
from geo.routing.directions.headings import heading_at_start, name_side
from geo.routing.landmarks.grid import Anchor, Landmarks
from geo.routing.plane import METRES_PER_DEGREE

_AT_M = 22.0
"""A landmark this near to a turn or a crossing belongs to it."""
_BESIDE_M = 30.0
_LONG_MM, _VERY_LONG_MM = 60_000, 300_000
_STEP_M = 25.0


class Guide:
    """Picks landmarks for the steps of one way."""

    def __init__(self, landmarks: Landmarks) -> None:
        self._landmarks = landmarks
        self._said: set[str] = set()

    def mention(
        self, form: str, segments: list[Segment], outset: float, heading: float | None
    ) -> Iterator[Phrase]:
        """Yield what one sees at the start of a leg and along it."""
        if form == "access":
            return
        here = segments[0].shape[0]
        facing = outset if heading is None else heading
        at = "start" if heading is None else "turn" if form == "walk" else "cross"
        if form in {"walk", "cross"}:
            yield from self._at(at, here, facing)
        length = sum(segment.length_mm for segment in segments)
        if form == "walk" and length >= _LONG_MM:
            yield from self._along(segments, 2 if length >= _VERY_LONG_MM else 1)

    def _at(self, at: str, here: Place, facing: float) -> Iterator[Phrase]:
        for anchor in self._landmarks.near(here):
            if _distance_m(here, anchor.place) > _AT_M:
                continue
            if (side := name_side(facing, here, anchor.place)) and self._is_new(anchor):
                yield _phrase(f"landmark.{at}.{side}", anchor)
                return

    def _along(self, segments: list[Segment], most: int) -> Iterator[Phrase]:
        """Yield the best landmarks in the order in which one passes them."""
        found: list[tuple[int, int, Anchor, str]] = []
        offered: set[str] = set()
        for order, (here, facing) in enumerate(_walk(segments)):
            for anchor in self._landmarks.near(here):
                key = anchor.landmark.key
                if key in offered or key in self._said:
                    continue
                side = name_side(facing, here, anchor.place)
                if side and _distance_m(here, anchor.place) <= _BESIDE_M:
                    offered.add(key)
                    found.append((anchor.rank, order, anchor, side))
        best = sorted(sorted(found, key=lambda f: f[:2])[:most], key=lambda f: f[1])
        for _, _, anchor, side in best:
            if self._is_new(anchor):
                yield _phrase(f"landmark.pass.{side}", anchor)

    def _is_new(self, anchor: Anchor) -> bool:
        """Tell whether a landmark was not said yet, under its own or the same name."""
        key = anchor.landmark.key
        named = str(sorted(anchor.landmark.names.items())) + anchor.landmark.kind
        if key in self._said or named in self._said:
            return False
        self._said |= {key, named}
        return True


def _phrase(key: str, anchor: Anchor) -> Phrase:
    return Phrase(key, {"place": dict(anchor.landmark.names), "kind": anchor.landmark.kind})


def _walk(segments: list[Segment]) -> Iterator[tuple[Place, float]]:
    """Yield points every few metres, without the two ends, and the direction there."""
    for segment in segments:
        facing = heading_at_start([segment])
        for start, end in zip(segment.shape, segment.shape[1:], strict=False):
            count = math.ceil(_distance_m(start, end) / _STEP_M)
            if count > 1:
                facing = heading_at_start_of(start, end)
            for part in range(count):
                share = (part + 0.5) / count
                lon, lat = (a + (b - a) * share for a, b in zip(start, end, strict=True))
                yield (lon, lat), facing


def heading_at_start_of(start: Place, end: Place) -> float:
    """Return the direction from one place to another, radians from east."""
    kx = math.cos(math.radians(start[1]))
    return math.atan2(end[1] - start[1], (end[0] - start[0]) * kx)


def _distance_m(one: Place, other: Place) -> float:
    kx = math.cos(math.radians(one[1]))
    return math.hypot((other[0] - one[0]) * kx, other[1] - one[1]) * METRES_PER_DEGREE
