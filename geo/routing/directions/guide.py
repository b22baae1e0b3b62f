"""Which landmark a step mentions, and on which side.

At most one where something is to be done and one or two on a long stretch, each once on a way:
more would hide the instruction. A landmark nearly ahead or behind is left out, because its side
could be said wrongly.
"""

import math
from collections.abc import Iterator

from geo.routing.answer import Phrase, Place, Segment
from geo.routing.directions.headings import name_side
from geo.routing.directions.legs import Leg
from geo.routing.landmarks.grid import Anchor, Landmarks, title_of
from geo.routing.plane import METRES_PER_DEGREE

_AT_M = 22.0
"""A landmark this near to a turn or a crossing belongs to it."""
_BESIDE_M = 30.0
_LONG_MM, _VERY_LONG_MM = 60_000, 300_000
_STEP_M = 25.0
_CLEAR_M = 5.0
"""A drawn stretch of this length tells which way one faces."""


class Guide:
    """Picks landmarks for the steps of one way."""

    def __init__(self, landmarks: Landmarks, end: Place) -> None:
        self._landmarks = landmarks
        self._end = end
        self._said: set[str] = set()

    def mention(self, leg: Leg, heading: float | None) -> Iterator[Phrase]:
        """Yield what one sees at the start of a leg and along it."""
        if leg.form not in {"walk", "cross"}:
            return
        # What the leg itself is called says nothing more beside it.
        self._said |= {title_of(leg.name)} - {""}
        facing = leg.outset if heading is None else heading
        at = "start" if heading is None else "turn" if leg.form == "walk" else "cross"
        yield from self._at(at, leg.start, facing)
        length = leg.length_mm
        if leg.form == "walk" and length >= _LONG_MM:
            yield from self._along(leg.segments, 2 if length >= _VERY_LONG_MM else 1)

    def _at(self, at: str, here: Place, facing: float) -> Iterator[Phrase]:
        for anchor in self._landmarks.near(here):
            if _distance_m(here, anchor.place) > _AT_M or not self._is_new(anchor):
                continue
            if side := name_side(facing, here, anchor.place):
                self._say(anchor)
                yield _phrase(f"landmark.{at}.{side}", anchor)
                return

    def _along(self, segments: list[Segment], most: int) -> Iterator[Phrase]:
        """Yield the best landmarks in the order in which one passes them."""
        found: list[tuple[int, int, Anchor, str]] = []
        offered: set[str] = set()
        for order, (here, facing) in enumerate(_walk(segments)):
            for anchor in self._landmarks.near(here):
                key = anchor.landmark.key
                if key in offered or not self._is_new(anchor):
                    continue
                if _distance_m(anchor.place, self._end) <= _BESIDE_M:
                    continue  # One does not pass where one arrives.
                side = name_side(facing, here, anchor.place)
                if side and _distance_m(here, anchor.place) <= _BESIDE_M:
                    offered.add(key)
                    found.append((anchor.rank, order, anchor, side))
        best = sorted(sorted(found, key=lambda f: f[:2])[:most], key=lambda f: f[1])
        for _, _, anchor, _ in best:
            self._say(anchor)
        match best:
            case [(_, _, one, side), (_, _, other, same)] if side == same:
                yield _phrase(f"landmark.passes.{side}", one, other)
            case _:
                for _, _, anchor, side in best:
                    yield _phrase(f"landmark.pass.{side}", anchor)

    def _is_new(self, anchor: Anchor) -> bool:
        """Tell whether a landmark was not said yet, under its own or the same name."""
        return anchor.landmark.key not in self._said and anchor.title not in self._said

    def _say(self, anchor: Anchor) -> None:
        self._said |= {anchor.landmark.key, anchor.title} - {""}


def _phrase(key: str, anchor: Anchor, other: Anchor | None = None) -> Phrase:
    params: dict[str, object] = {"place": _as_param(anchor)}
    if other is not None:
        params["other"] = _as_param(other)
    return Phrase(key, params)


def _as_param(anchor: Anchor) -> dict[str, str]:
    return {**anchor.landmark.names, "kind": anchor.landmark.kind}


def _walk(segments: list[Segment]) -> Iterator[tuple[Place, float]]:
    """Yield points every few metres, without the two ends, and the direction there."""
    facing: float | None = None
    for segment in segments:
        for start, end in zip(segment.shape, segment.shape[1:], strict=False):
            length_m = _distance_m(start, end)
            if facing is None or length_m > _CLEAR_M:
                facing = _heading(start, end)
            count = math.ceil(length_m / _STEP_M)
            for part in range(count):
                share = (part + 0.5) / count
                lon = start[0] + (end[0] - start[0]) * share
                yield (lon, start[1] + (end[1] - start[1]) * share), facing


def _heading(start: Place, end: Place) -> float:
    """Return the direction from one place to another, radians from east."""
    kx = math.cos(math.radians(start[1]))
    return math.atan2(end[1] - start[1], (end[0] - start[0]) * kx)


def _distance_m(one: Place, other: Place) -> float:
    kx = math.cos(math.radians(one[1]))
    return math.hypot((other[0] - one[0]) * kx, other[1] - one[1]) * METRES_PER_DEGREE
