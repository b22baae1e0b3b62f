"""Which landmark a step mentions, and on which side.

At most one where something is to be done and one or two on a long stretch, each once on a way:
more would hide the instruction. A landmark nearly ahead or behind is left out, because its side
could be said wrongly.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from geo.routing.answer import Phrase, Place
from geo.routing.directions.headings import Line, name_side
from geo.routing.directions.legs import Leg
from geo.routing.landmarks.grid import Anchor, Landmarks, title_of
from geo.routing.passing import LEFT, list_passed
from geo.routing.plane import METRES_PER_DEGREE

_AT_M = 22.0
"""A landmark this near to a turn or a crossing belongs to it."""
_LONG_MM, _VERY_LONG_MM = 60_000, 300_000


class Guide:
    """Picks landmarks for the steps of one way."""

    def __init__(self, landmarks: Landmarks, line: Line, legs: Sequence[Leg]) -> None:
        self._landmarks = landmarks
        self._said: set[str] = set()
        self._passed = _find_passed(landmarks, line, legs)

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
            yield from self._along(leg, 2 if length >= _VERY_LONG_MM else 1)

    def _at(self, at: str, here: Place, facing: float) -> Iterator[Phrase]:
        for anchor in self._landmarks.near(here):
            if _distance_m(here, anchor.place) > _AT_M or not self._is_new(anchor):
                continue
            if side := name_side(facing, here, anchor.place):
                self._say(anchor)
                yield _phrase(f"landmark.{at}.{side}", anchor)
                return

    def _along(self, leg: Leg, most: int) -> Iterator[Phrase]:
        """Yield the best landmarks in the order in which one passes them."""
        found = [
            (anchor.rank, order, anchor, side)
            for order, (anchor, side) in enumerate(self._passed[leg.first])
            if self._is_new(anchor)
        ]
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


def _find_passed(
    landmarks: Landmarks, line: Line, legs: Sequence[Leg]
) -> dict[int, list[tuple[Anchor, str]]]:
    """Return what one passes on each long walk, in order, by the first segment of the leg.

    What lies where the way ends is left out: one does not pass where one arrives.
    """
    walks = [leg for leg in legs if leg.form == "walk" and leg.length_mm >= _LONG_MM]
    spans = [(leg.first, leg.first + len(leg.segments)) for leg in walks]
    passed = list_passed(
        landmarks.beside,
        *line,
        np.array(spans, np.int64).reshape(-1, 2),
        np.full(landmarks.owner_count, -1, np.int64),
    )
    found: dict[int, list[tuple[Anchor, str]]] = defaultdict(list)
    for leg, anchor, side in passed.tolist():
        word = "left" if side == LEFT else "right"
        found[spans[leg][0]].append((landmarks.anchors[anchor], word))
    return found


def _distance_m(one: Place, other: Place) -> float:
    kx = math.cos(math.radians(one[1]))
    return math.hypot((other[0] - one[0]) * kx, other[1] - one[1]) * METRES_PER_DEGREE
