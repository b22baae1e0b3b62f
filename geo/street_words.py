"""What each profile can use on the street, in the four words, and how it is known.

The words come from the router's own prices over the router's own network, so a map never says
more than a route: `yes` is what somebody alone passes with every limit known, `with_help` what
a companion or a key makes passable, `unknown` what only an optimist walks, `no` what nobody of
this profile gets through. A stretch that can be walked both ways has the worse of two words.

Owns no data: it reads the router's pinned pair of base and overlay. Words of the base are
priced once per sort of stretch (a few thousand in a city), those of changed stretches when they
change. Pricing is numpy and compiled code: call it in a thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.mobility import Help
from geo.mobility.profiles import PROFILES, Profile
from geo.mobility.words import Word
from geo.routing.costs import Rules, limits_in_force, make_rules, revise
from geo.routing.encoding import Evidence, Flag, LimitKind, Side
from geo.routing.graph import Graph
from geo.routing.links import make_links
from geo.routing.needs import Needs, Unknown
from geo.routing.overlay import Overlay, Override
from geo.routing.view import View, plain_view
from geo.routing.weights import AHEAD, BEHIND, price_all

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

_FORBID = dict.fromkeys(LimitKind, Unknown.FORBID)
_ALLOW = dict.fromkeys(LimitKind, Unknown.ALLOW)
_RANKED = (Word.NO, Word.UNKNOWN, Word.WITH_HELP, Word.YES)
_CODES = np.array([word.code for word in _RANKED], np.uint8)
_SHUT = {AHEAD: np.uint32(Flag.CLOSED_FORWARD), BEHIND: np.uint32(Flag.CLOSED_BACKWARD)}
_BIG = np.int32(1 << 20)
_OPEN: dict[LimitKind, dict[str, np.int32]] = {
    LimitKind.INCLINE: {"hard_up": _BIG, "hard_down": _BIG},
    LimitKind.CROSS_SLOPE: {"hard_cross_slope": _BIG},
    LimitKind.WIDTH: {"hard_width": np.int32(0), "hard_passage": np.int32(0)},
    LimitKind.KERB: {"hard_kerb": _BIG},
    LimitKind.STEPS: {"hard_steps": _BIG},
    LimitKind.SURFACE: {"hard_surface": _BIG},
    LimitKind.SMOOTHNESS: {"hard_smoothness": _BIG},
}
"""Figures under which one limit stops nobody."""
_SIDE_NAMES: dict[int, str | None] = {Side.NONE: None, Side.LEFT: "left", Side.RIGHT: "right"}
_KNOWN_NAMES = tuple(each.name.lower() for each in Evidence)


class Pinned(Protocol):
    """One immutable pair, as the router gives it."""

    @property
    def overlay(self) -> Overlay:
        """The network with everything that lies over it."""


class Said(NamedTuple):
    """What is said about one stretch, or about one side of it."""

    edge_id: int
    """Row of `street_edges`."""
    side: str | None
    """`left` or `right` along the row's line where the sides differ, else `None`."""
    words: tuple[Word, ...]
    """In the order of `PROFILES`."""
    known: tuple[str, ...]
    """`audited`, `mapped`, `assumed` or `missing`, in the same order: the weakest that the
    word rests on; for `no` the strongest that closes it."""


_Key = tuple[bytes, bytes]
"""Words and evidence of one record, a byte for each profile."""


class Judged(NamedTuple):
    """Words and evidence of some records, (n, 6) each; codes as stored and of `Evidence`."""

    words: NDArray[np.uint8]
    known: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Base:
    """What is worked out once per network."""

    graph: Graph
    keys: list[_Key]
    """By sort of arc."""
    source_ids: NDArray[np.int64]
    """Sorted, as the edges in `by_source`."""


class StreetWords:
    """Words of the streets of one router."""

    def __init__(self, pin: Callable[[], Pinned]) -> None:
        """Follow a router; `pin` gives its pair in force."""
        self._pin = pin
        self._base: _Base | None = None
        self._changed: dict[int, tuple[NDArray[Any], _Key]] = {}
        self._links: dict[str, tuple[Override, _Key]] = {}
        self._seen: Overlay | None = None

    def warm_up(self) -> None:
        """Compile, and judge the base. Blocking; call it before the first tile."""
        self._prepare(self._pin().overlay)

    def find(self, edge_ids: Sequence[int]) -> list[Said]:
        """Find what is said about rows of `street_edges`; blocking, for a thread.

        A row that nobody walks along (its pavements are ways of their own) and one that the
        router does not know yet are left out.
        """
        overlay = self._pin().overlay
        base = self._prepare(overlay)
        arrays = overlay.graph.arrays
        wanted = np.unique(np.asarray(edge_ids, np.int64))
        wanted = wanted[wanted > 0]
        first = np.searchsorted(base.source_ids, wanted, "left")
        counts = np.searchsorted(base.source_ids, wanted, "right") - first
        # Positions first … first + count - 1 of each, one after the other.
        steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        edges = arrays.by_source[np.repeat(first, counts) + steps]
        sorts = arrays.sort[arrays.edges["arc_forward"][edges]]
        changed = self._judge_changes(overlay)
        parts: dict[int, dict[str | None, _Key]] = {}
        for source, edge, sort, side in zip(
            np.repeat(wanted, counts).tolist(),
            edges.tolist(),
            sorts.tolist(),
            arrays.edges["side"][edges].tolist(),
            strict=True,
        ):
            key = changed.get(edge) or base.keys[sort]
            parts.setdefault(source, {})[_SIDE_NAMES[side]] = key
        return [each for source, sides in parts.items() for each in _say(source, sides)]

    def find_links(self) -> dict[str, Said]:
        """Find what is said about connections that the map lacks, by the id of the override.

        Blocking, for a thread. One that joins no street is left out: nobody gets there.
        """
        overlay, before = self._pin().overlay, self._links
        known = {
            key: before[key]
            for key, row in overlay.overrides.items()
            if key in before and before[key][0] is row
        }
        for key, row in overlay.overrides.items():
            if row.target == "link" and key not in known:
                made = make_links(overlay.graph, [row], overlay.records).edges
                records = [edge.record for edge in made if edge.base_edge < 0]
                if records:
                    dtype = overlay.graph.arrays.sorts.dtype
                    judged = judge(overlay.graph, np.array(records[:1], dtype))
                    known[key] = (row, _as_keys(judged)[0])
        self._links = known
        return {key: Said(0, None, *_name(*found)) for key, (_, found) in known.items()}

    def take_changes(self) -> list[Box] | None:
        """Return where words changed since the last call; `None` stands for everywhere."""
        overlay, seen = self._pin().overlay, self._seen
        self._seen = overlay
        if seen is None or seen.graph is not overlay.graph:
            return None
        if seen is overlay:
            return []
        edges = {
            edge
            for edge in {*seen.records, *overlay.records}
            if seen.records.get(edge) is not overlay.records.get(edge)
        }
        shapes = [overlay.graph.get_shape(edge) for edge in edges]
        for old, new in (
            (seen.overrides, overlay.overrides),
            (seen.obstacles, overlay.obstacles),
        ):
            for key in {*old, *new}:
                was, now = old.get(key), new.get(key)
                if was is not now:
                    shapes += [row.shape for row in (was, now) if row is not None]
        return [_box_of(shape) for shape in shapes if len(shape)]

    def _prepare(self, overlay: Overlay) -> _Base:
        # Threads may hold pairs of two networks; each goes on with the base of its own.
        graph, base = overlay.graph, self._base
        if base is None or base.graph is not graph:
            arrays = graph.arrays
            base = _Base(
                graph=graph,
                keys=_as_keys(judge(graph, arrays.sorts)),
                source_ids=np.asarray(arrays.edges["source_id"])[arrays.by_source],
            )
            self._base = base
        return base

    def _judge_changes(self, overlay: Overlay) -> dict[int, _Key]:
        before = self._changed
        known = {
            edge: before[edge]
            for edge, record in overlay.records.items()
            if edge in before and before[edge][0] is record
        }
        fresh = [(edge, rec) for edge, rec in overlay.records.items() if edge not in known]
        if fresh:
            records = np.array([rec for _, rec in fresh], overlay.graph.arrays.sorts.dtype)
            keys = _as_keys(judge(overlay.graph, records))
            for (edge, rec), key in zip(fresh, keys, strict=True):
                known[edge] = (rec, key)
        self._changed = known
        return {edge: each for edge, (_, each) in known.items()}


def _say(source: int, sides: dict[str | None, _Key]) -> list[Said]:
    """Name the words of a row: once where its sides agree, else for each side."""
    if len(sides) > 1 and len(set(sides.values())) == 1:
        sides = {None: next(iter(sides.values()))}
    return [Said(source, side, *_name(*key)) for side, key in sides.items()]


def _as_keys(judged: Judged) -> list[_Key]:
    return [
        (words.tobytes(), known.tobytes())
        for words, known in zip(judged.words, judged.known, strict=True)
    ]


def judge(graph: Graph, records: NDArray[Any]) -> Judged:
    """Return the word and the evidence of records (`ARC`, forward) for every profile."""
    words = np.zeros((len(records), len(PROFILES)), np.uint8)
    known = np.zeros((len(records), len(PROFILES)), np.uint8)
    if len(records):
        view = _as_view(graph, records)
        for number, profile in enumerate(PROFILES):
            words[:, number], known[:, number] = _judge_for(view, profile)
    return Judged(words, known)


def _judge_for(view: View, profile: Profile) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    records = view.sorts
    ranks = np.full(len(records), len(_RANKED) - 1, np.int64)
    steps = (
        Needs(profile=profile, help=Help.ALONE, unknown=_FORBID),
        Needs(profile=profile, unknown=_FORBID),
        Needs(profile=profile, unknown=_ALLOW),
    )
    for side in (AHEAD, BEHIND):
        walked = (records["flags"] & _SHUT[side]) == 0
        rank = np.zeros(len(records), np.int64)
        for needs in steps:
            rank += _passable(view, make_rules(needs), side)
        ranks = np.where(walked, np.minimum(ranks, rank), ranks)
    doubtful = (records["flags"] & np.uint32(Flag.DOUBTFUL)) != 0
    ranks = np.where(doubtful, np.minimum(ranks, _RANKED.index(Word.UNKNOWN)), ranks)
    known = _weakest(records, profile, doubtful=doubtful)
    closed = ranks == _RANKED.index(Word.NO)
    known = np.where(closed, _strongest_closing(view, profile), known)
    return _CODES[ranks], known.astype(np.uint8)


def _passable(view: View, rules: Rules, side: int) -> NDArray[np.bool_]:
    weight = np.empty((2, len(view.head)), np.float32)
    price_all(view, rules, side, weight)
    return np.asarray(np.isfinite(weight[side]))


def _weakest(
    records: NDArray[Any], profile: Profile, *, doubtful: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the weakest evidence of the limits that can stop this profile at all."""
    weakest = np.full(len(records), int(Evidence.AUDITED), np.int64)
    limits = limits_in_force(Needs(profile=profile))
    for limit in limits:
        weakest = np.minimum(weakest, _evidence(records, limit))
    if not limits:
        weakest[:] = Evidence.MAPPED
    return np.where(doubtful, int(Evidence.MISSING), weakest)


def _strongest_closing(view: View, profile: Profile) -> NDArray[np.int64]:
    """Return the evidence of what closes a record: of the surest limit that is broken."""
    records = view.sorts
    strongest = np.full(len(records), int(Evidence.MAPPED), np.int64)
    needs = Needs(profile=profile, unknown=_ALLOW)
    rules = revise(make_rules(needs), closing_flags=np.uint32(0))
    for limit in limits_in_force(needs):
        others = {
            name: value
            for other, figures in _OPEN.items()
            if other is not limit
            for name, value in figures.items()
        }
        only = revise(rules, **others)
        for side in (AHEAD, BEHIND):
            walked = (records["flags"] & _SHUT[side]) == 0
            broken = walked & ~_passable(view, only, side)
            found = np.maximum(strongest, _evidence(records, limit))
            strongest = np.where(broken, found, strongest)
    return strongest


def _evidence(records: NDArray[Any], limit: LimitKind) -> NDArray[np.int64]:
    return np.asarray((records["evidence"].astype(np.int64) >> (2 * int(limit))) & 3)


def _as_view(graph: Graph, records: NDArray[Any]) -> View:
    """Return a view in which every record is the only arc of its sort, one metre long."""
    count = len(records)
    arrays = (
        np.zeros(count, np.int32),
        np.arange(count, dtype=np.int32),
        np.ones(count, np.float32),
        np.ascontiguousarray(records),
    )
    for array in arrays:
        # As in a base that is mapped from a file: one kind of array, one compiled kernel.
        array.setflags(write=False)
    head, sort, length_m, sorts = arrays
    return plain_view(graph)._replace(head=head, sort=sort, length_m=length_m, sorts=sorts)


@lru_cache(maxsize=4096)
def _name(words: bytes, known: bytes) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    return tuple(map(Word.from_code, words)), tuple(_KNOWN_NAMES[code] for code in known)


def _box_of(shape: NDArray[np.float64]) -> Box:
    (west, south), (east, north) = shape.min(axis=0).tolist(), shape.max(axis=0).tolist()
    return float(west), float(south), float(east), float(north)
