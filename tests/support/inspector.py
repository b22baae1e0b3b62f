"""Walks an answer again, piece by piece of its line, and says where this person cannot pass.

Knows the answer only by its line: it finds the edge under each piece and the direction in which
it is walked by geometry, and judges it with `Walker`. Shares nothing with the kernel, and takes
nothing that the answer says of itself for true.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geo.mobility import Help, Word
from geo.mobility.surfaces import find_smoothness_rank, find_surface_rank
from geo.routing.answer import Place, Route, Segment, SegmentKind
from geo.routing.needs import Needs
from geo.routing.overlay import Overlay
from geo.routing.rows import EdgeRow
from tests.support.walker import WHEELS, Walker

_Spot = tuple[int, int]
_BESIDE = {SegmentKind.ACCESS, SegmentKind.RAMP, SegmentKind.DOOR}
_NEAR = 3.0
"""Units of the last digit that a place on a line may lie beside it, for rounding."""


@dataclass(frozen=True)
class Stretch:
    """An edge as walked; below zero a link."""

    edge: int
    against: bool


@dataclass(frozen=True)
class Violation:
    """What the person cannot pass, and where."""

    what: str
    place: Place


class Inspector:
    """Finds edges under lines, for one pair of base and overlay."""

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        self.whole: dict[tuple[_Spot, _Spot], list[Stretch]] = {}
        starts, steps, stretches = [], [], []
        for edge, line in self._lines():
            for one, other in itertools.pairwise(line):
                self.whole.setdefault((one, other), []).append(Stretch(edge, against=False))
                self.whole.setdefault((other, one), []).append(Stretch(edge, against=True))
                starts.append(one)
                steps.append((other[0] - one[0], other[1] - one[1]))
                stretches.append(edge)
        self.starts = np.array(starts, np.float64).reshape(-1, 2)
        self.steps = np.array(steps, np.float64).reshape(-1, 2)
        self.edges = stretches

    def find_violations(self, route: Route, needs: Needs) -> list[Violation]:
        """Return everything on a way that this person cannot pass, in walking order."""
        walker = Walker(needs)
        # Who has a companion needs help here; who is alone then cannot pass.
        accompanied = Walker(replace(needs, help=None)) if needs.help is Help.ALONE else None
        found: list[Violation] = []
        last: Place | None = None
        for segment in route.segments:
            if last is not None and math.dist(last, segment.shape[0]) > _NEAR * 1e-7:
                found.append(Violation("gap", last))
            last = segment.shape[-1]
        for segment in self._on_streets(route.segments):
            for place, stretches in self.trace(segment.shape):
                what = self._judge_best(stretches, walker, accompanied)
                found += [Violation(each, place) for each in what]
        return found

    def _on_streets(self, segments: Sequence[Segment]) -> list[Segment]:
        """Return the segments between the steps from and to a door, which no street lies under."""
        first, last = 0, len(segments)
        while first < last and self._is_step(segments[first]):
            first += 1
        while last > first and self._is_step(segments[last - 1]):
            last -= 1
        return list(segments[first:last])

    def _is_step(self, segment: Segment) -> bool:
        """Whether a segment at an end of a way lies beside the streets: it may cross one."""
        if segment.kind in _BESIDE:
            return True
        if segment.kind is not SegmentKind.CROSSING or segment.edge_id:
            return False
        # Nobody starts on a crossing, so one that is walked is walked whole.
        spots = [_round(place) for place in segment.shape]
        return not any(pair in self.whole for pair in itertools.pairwise(spots))

    def trace(self, shape: list[Place]) -> Iterator[tuple[Place, list[Stretch]]]:
        """Give each piece of a line with the edges that may lie under it, as walked."""
        for one, other in itertools.pairwise(shape):
            first, last = _round(one), _round(other)
            if math.dist(first, last) <= 1.0:
                continue
            yield one, self.whole.get((first, last)) or self._find_part(first, last)

    def _judge_best(
        self, stretches: list[Stretch], walker: Walker, accompanied: Walker | None
    ) -> list[str]:
        """Return what is wrong with the best of the edges that lie on one another."""
        if not stretches:
            return ["nowhere"]
        return min((self._judge(each, walker, accompanied) for each in stretches), key=len)

    def _judge(self, stretch: Stretch, walker: Walker, accompanied: Walker | None) -> list[str]:
        record = self._record(stretch.edge)
        opinion = walker.judge(record, against=stretch.against)
        wrong = [name for name, word in opinion.words.items() if word is Word.NO]
        if not wrong and math.isinf(opinion.cost):
            wrong.append("unknown")
        if accompanied is not None:
            words = accompanied.judge(record, against=stretch.against).words
            wrong += [f"help: {name}" for name, word in words.items() if word is Word.WITH_HELP]
        return wrong

    def _record(self, edge: int) -> Any:  # noqa: ANN401 - a numpy record
        if edge < 0:
            return self.overlay.links.edges[-1 - edge].record
        return self.overlay.get_record(edge)

    def _lines(self) -> Iterator[tuple[int, list[_Spot]]]:
        graph = self.overlay.graph
        for edge in range(graph.edge_count):
            yield edge, [_round(each) for each in graph.get_shape(edge).tolist()]
        for number, link in enumerate(self.overlay.links.edges):
            yield -1 - number, [_round(each) for each in np.asarray(link.shape).tolist()]

    def _find_part(self, one: _Spot, other: _Spot) -> list[Stretch]:
        """Return the edges on one of whose straight pieces both places lie."""
        shares, away = self._project(one), self._project(other)
        near = np.flatnonzero((shares[1] <= _NEAR) & (away[1] <= _NEAR))
        return [
            Stretch(self.edges[each], against=bool(shares[0][each] > away[0][each]))
            for each in near.tolist()
        ]

    def _project(self, spot: _Spot) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return share and distance of the nearest place on each straight piece."""
        squared = np.maximum((self.steps**2).sum(axis=1), 1e-9)
        share = ((np.array(spot) - self.starts) * self.steps).sum(axis=1) / squared
        share = np.clip(share, 0.0, 1.0)
        feet = self.starts + self.steps * share[:, None]
        return share, np.hypot(*(feet - np.array(spot)).T)


def _round(place: Any) -> _Spot:  # noqa: ANN401 - a pair of numbers
    return round(place[0] * 1e7), round(place[1] * 1e7)


def find_tag_violations(rows: dict[int, EdgeRow], route: Route, needs: Needs) -> list[Violation]:
    """Return what the tags of the map forbid on a way, without any array in between.

    Looks at ways that are walked themselves; what a tag of a road says of its pavement is
    another matter.
    """
    found: list[Violation] = []
    for segment in route.segments:
        row = rows.get(segment.edge_id)
        if row is None or row.kind == "road" or segment.kind in _BESIDE:
            continue
        here, there = (_along(row, segment.shape[end]) for end in (0, -1))
        if here != there:
            what = _read_tags(row, needs, against=here > there)
            found += [Violation(each, segment.shape[0]) for each in what]
    return found


def _along(row: EdgeRow, place: Place) -> float:
    """Return how far along a straight edge a place lies."""
    step = row.shape[-1] - row.shape[0]
    return float((np.array(place) - row.shape[0]) @ step)


def _read_tags(row: EdgeRow, needs: Needs, *, against: bool) -> list[str]:
    limits, alone = needs.limits(), needs.help in {Help.ALONE, Help.STAFF}
    slope = row.incline_permille if row.kind not in {"steps", "lift", "escalator"} else None
    rise = None if slope is None else slope * (-1 if against else 1)
    ramps = {"wheelchair"} if needs.profile in WHEELS else set()
    if needs.profile.value == "pushchair":
        ramps |= {"stroller", "yes"}
    steps = row.step_count if row.kind == "steps" and row.ramp not in ramps else None
    checks = (
        ("uphill", limits.max_incline_up_permille, rise if rise and rise > 0 else None),
        ("downhill", limits.max_incline_down_permille, -rise if rise and rise < 0 else None),
        ("cross slope", limits.max_cross_slope_permille, row.cross_slope_permille),
        ("width", limits.min_width_mm, row.width_mm),
        ("kerb", limits.max_kerb_mm, row.kerb_height_mm),
        ("steps", limits.max_steps, steps),
        ("surface", limits.max_surface_rank, find_surface_rank(row.surface or "")),
        ("smoothness", limits.max_smoothness_rank, find_smoothness_rank(row.smoothness or "")),
    )
    refused = {Word.NO, Word.WITH_HELP} if alone else {Word.NO}
    wrong = [n for n, limit, v in checks if v is not None and limit.word(int(v)) in refused]
    if not (row.walk_backward if against else row.walk_forward):
        wrong.append("one way")
    return wrong
