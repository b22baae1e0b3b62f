"""A found path as walks along edges, what they cost, and where the knowledge of them comes from."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Rules, exceeds, price, seconds_on
from geo.routing.encoding import ARC
from geo.routing.kernels import inline, kernel
from geo.routing.overlay import Overlay


class Walk(NamedTuple):
    """A part of an edge as walked. `edge` below zero is a link: -1 - its number."""

    edge: int
    against: bool
    """Walked from its last to its first vertex."""
    start: float = 0.0
    end: float = 1.0
    """Shares of the length, in walking order."""


Walks = NDArray[np.float64]
"""Some walks, a row each, as kernels take them."""


def shares_of(walks: Walks) -> NDArray[np.float64]:
    """Return which part of its edge each walk covers."""
    return np.asarray(walks[:, 3] - walks[:, 2])


class Judged(NamedTuple):
    """What the kernel says about walks: one row each."""

    seconds: NDArray[np.float64]
    cost: NDArray[np.float64]
    hard: NDArray[np.int64]
    soft: NDArray[np.int64]


@kernel
def _judge(
    rules: Rules, records: NDArray[Any], signs: NDArray[np.int64], out: NDArray[np.float64]
) -> None:
    for row in range(len(records)):
        out[row, 0] = seconds_on(rules, records[row], signs[row])
        out[row, 1] = price(rules, records[row], signs[row])
        out[row, 2] = exceeds(rules, records[row], signs[row], True)
        out[row, 3] = exceeds(rules, records[row], signs[row], False)


def judge(overlay: Overlay, rules: Rules, walks: Walks) -> tuple[Judged, NDArray[Any]]:
    """Return time, cost and broken limits of whole edges, and their forward records."""
    records = read_records(overlay, walks)
    signs = np.where(walks[:, 1] > 0, -1, 1)
    return judge_records(rules, records, signs), records


def judge_records(rules: Rules, records: NDArray[Any], signs: NDArray[np.int64]) -> Judged:
    """Return time, cost and broken limits of forward records, walked with or against (-1) them."""
    out = np.zeros((len(records), 4), np.float64)
    if len(records):
        _judge(rules, records, signs, out)
    hard, soft = out[:, 2].astype(np.int64), out[:, 3].astype(np.int64)
    return Judged(out[:, 0], out[:, 1], hard, soft)


class Changed(NamedTuple):
    """Walks whose records are not those of the base: changed stretches, and links."""

    places: NDArray[np.int64]
    """Which walks, in order."""
    records: NDArray[Any]
    """The forward record of each, as it counts now."""


def find_changed(overlay: Overlay, walks: Walks) -> Changed:
    """Return what along a path is not as in the base."""
    if not overlay.records and not overlay.links.edges:
        return _UNCHANGED
    places, records = [], []
    for place, edge in enumerate(walks[:, 0].astype(np.int64).tolist()):
        if edge < 0:
            places.append(place)
            records.append(overlay.links.edges[-1 - edge].record)
        elif edge in overlay.records:
            places.append(place)
            records.append(overlay.records[edge])
    if not places:
        return _UNCHANGED
    return Changed(np.array(places, np.int64), np.array(records, ARC))


_UNCHANGED = Changed(np.zeros(0, np.int64), np.zeros(0, ARC))


def read_records(overlay: Overlay, walks: Walks) -> NDArray[Any]:
    """Return forward records as they count now."""
    chosen = walks[:, 0].astype(np.int64)
    forward = overlay.graph.arrays.edges["arc_forward"]
    records: NDArray[Any] = overlay.view.arcs[forward[np.maximum(chosen, 0)]]
    changed = find_changed(overlay, walks)
    records[changed.places] = changed.records
    return records


def lay_walks(
    overlay: Overlay, first: Sequence[Walk], codes: NDArray[np.int64], last: Sequence[Walk]
) -> Walks:
    """Return a traced path (2 * arc, plus 1 where walked against it) between other walks."""
    walks = np.empty((len(first) + len(codes) + len(last), 4))
    for row, walk in enumerate(first):
        walks[row] = walk
    for row, walk in enumerate(last, len(walks) - len(last)):
        walks[row] = walk
    _lay_path(overlay.view.arcs, overlay.view.links, codes, walks[len(first) :])
    return walks


@kernel
def _lay_path(
    arcs: NDArray[Any], links: NDArray[Any], codes: NDArray[np.int64], walks: Walks
) -> None:
    lay_path(arcs, links, codes, walks)


@inline
def lay_path(
    arcs: NDArray[Any], links: NDArray[Any], codes: NDArray[np.int64], walks: Walks
) -> None:
    """Write a traced path as walks along whole edges."""
    for place in range(len(codes)):
        arc, against = codes[place] >> 1, (codes[place] & 1) != 0
        edge, turned = 0, False
        if arc < len(arcs):
            edge, turned = arcs[arc].edge, arcs[arc].reversed != 0
        else:
            edge, turned = links[arc - len(arcs)].edge, links[arc - len(arcs)].reversed != 0
        walks[place, 0], walks[place, 1] = edge, turned != against
        walks[place, 2], walks[place, 3] = 0.0, 1.0
