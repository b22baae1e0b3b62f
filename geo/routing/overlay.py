"""What audits and reports changed, laid over the base without touching it.

An `Overlay` is immutable. A change makes a new one that shares what did not change; a search
keeps the pair it began with. What is laid over always follows from the rows in force
(`Override`, `Obstacle`) and the base alone, so applying a change twice changes nothing.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import Notice
from geo.routing.attributes import (
    NO_KERB,
    measure_kerb,
    set_evidence,
    write_obstacle,
    write_values,
)
from geo.routing.costs import Rules, lower_bound_pace
from geo.routing.encoding import ARC, UNKNOWN_MM, Evidence, Flag, Kind, LimitKind, Side
from geo.routing.graph import Graph, reverse_arc
from geo.routing.links import LinkSet, make_links
from geo.routing.plane import Shape, scale_at
from geo.routing.rows import NodeRow
from geo.routing.sketch import close_kerb_evidence
from geo.routing.view import View, index_patches, list_evidence, plain_view
from geo.routing.weights import find_least_pace

_CLOSES = {
    "lift_out_of_order": Flag.LIFT_BROKEN,
    "ice": Flag.SLIPPERY,
    "snow": Flag.SLIPPERY,
    "dug_up": Flag.BLOCKED,
    "construction": Flag.BLOCKED,
    "flooded": Flag.BLOCKED,
    "blocked": Flag.BLOCKED,
    "parked_vehicles": Flag.OBSTRUCTED,
    "broken_surface": Flag.OBSTRUCTED,
}
"""What a reported barrier does; a kind that is not listed makes the stretch doubtful."""
_Row = TypeVar("_Row")
_MOST_PACES, _ASKED_ONCE = 1000, 0.0
_SAME_SIDE_M = 2.0
"""A report belongs to both pavements unless one is nearer by more than this."""


@dataclass(frozen=True, slots=True)
class Override:
    """A row of `edge_overrides` in force."""

    id: str
    target: str
    attributes: Mapping[str, Any]
    edge_ids: tuple[int, ...]
    node_id: int | None
    shape: Shape
    """Points of its geometry, (n, 2) degrees."""
    observed_at: datetime | None = None
    """Of two measures of the same thing, the later one counts."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A row of `barriers` that is reported, confirmed or expired."""

    id: str
    kind: str
    state: str
    edge_ids: tuple[int, ...]
    shape: Shape
    expires_at: datetime | None = None
    note: str | None = None

    @property
    def closes(self) -> bool:
        """Whether it stands there as far as anybody knows."""
        return self.state in {"reported", "confirmed"}


@dataclass(frozen=True)
class Overlay:
    """Everything laid over one base. Immutable."""

    graph: Graph
    overrides: Mapping[str, Override] = field(default_factory=dict)
    obstacles: Mapping[str, Obstacle] = field(default_factory=dict)
    records: Mapping[int, NDArray[Any]] = field(default_factory=dict)
    """Changed forward record by edge."""
    notices: Mapping[int, tuple[Notice, ...]] = field(default_factory=dict)
    links: LinkSet = field(default_factory=LinkSet)
    version: int = 0
    evidence: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Every packed evidence of base and changes; of the base, values no longer in use too."""
    view: View = None  # type: ignore[assignment]  # set by `empty_overlay` and `apply`
    _paces: dict[int, float] = field(default_factory=dict, init=False, compare=False, repr=False)
    """By number of the rules, what `least_pace` found."""

    def get_record(self, edge: int) -> NDArray[Any]:
        """Return the record of an edge walked forward, as it counts now."""
        found = self.records.get(edge)
        if found is not None:
            return found
        arcs = self.graph.arrays.arcs
        return np.asarray(arcs[int(self.graph.arrays.edges[edge]["arc_forward"])])

    def least_pace(self, rules: Rules) -> float:
        """Return the weighed seconds per metre of straight distance that no way beats.

        The closer to what ways really cost, the less a search has to look at. New rules get what
        follows from them alone; to look at everything pays for who asks with them again.
        """
        found = self._paces.get(rules.number)
        if found is None:
            if len(self._paces) > _MOST_PACES:
                self._paces.clear()
            self._paces[rules.number] = _ASKED_ONCE
            return lower_bound_pace(rules, self.graph.length_slack, self.evidence)
        if found == _ASKED_ONCE:
            each = find_least_pace(self.view, rules)
            along = each if math.isfinite(each) else rules.min_pace
            # A little less, because weights are rounded to single precision.
            found = self._paces[rules.number] = along * self.graph.length_slack * (1.0 - 1e-6)
        return found


def empty_overlay(graph: Graph, *, version: int = 0) -> Overlay:
    """Return the base with nothing laid over it."""
    view = plain_view(graph)
    return Overlay(graph=graph, view=view, version=version, evidence=list_evidence(view))


def apply(
    overlay: Overlay,
    *,
    overrides: Mapping[str, Override | None] | None = None,
    obstacles: Mapping[str, Obstacle | None] | None = None,
) -> Overlay:
    """Return the overlay after some rows changed; `None` means that the row is gone.

    The work follows the number of changed rows and of edges laid over, not the network.
    """
    graph = overlay.graph
    all_overrides, old_and_new = _replace(overlay.overrides, overrides or {})
    all_obstacles, reports = _replace(overlay.obstacles, obstacles or {})
    touched = {edge for row in old_and_new for edge in _edges_of_override(graph, row)}
    touched |= {edge for row in reports for edge in edges_of_obstacle(graph, row)}
    links_changed = any(row.target == "link" for row in old_and_new)
    records, notices = dict(overlay.records), dict(overlay.notices)
    writer = _Writer(graph, all_overrides.values(), all_obstacles.values(), touched)
    for edge in touched:
        records.pop(edge, None)
        notices.pop(edge, None)
        changed, said = writer.write(edge)
        if changed is not None:
            records[edge] = changed
        if said:
            notices[edge] = said
    links = overlay.links
    if links_changed or (links.split_edges & touched):
        rows = [row for row in all_overrides.values() if row.target == "link"]
        links = make_links(graph, rows, records)
    view = _make_view(graph, records, links)
    return Overlay(
        graph=graph,
        overrides=all_overrides,
        obstacles=all_obstacles,
        records=records,
        notices=notices,
        links=links,
        version=overlay.version + 1,
        evidence=list_evidence(view, base=overlay.evidence),
        view=view,
    )


def _replace(
    rows: Mapping[str, _Row], changes: Mapping[str, _Row | None]
) -> tuple[dict[str, _Row], list[_Row]]:
    """Return the rows after some changes, and every row that was or is concerned."""
    after = dict(rows)
    concerned: list[_Row] = []
    for key, new in changes.items():
        concerned.extend(row for row in (after.pop(key, None), new) if row is not None)
        if new is not None:
            after[key] = new
    return after, concerned


def _make_view(graph: Graph, records: Mapping[int, NDArray[Any]], links: LinkSet) -> View:
    edges = graph.arrays.edges
    chosen = np.fromiter(records, np.int64, len(records))
    forward = np.array([records[edge] for edge in chosen.tolist()], ARC).reshape(-1)
    where = edges[chosen]
    arcs = np.concatenate([where["arc_forward"], where["arc_backward"]]).astype(np.int32)
    patches = np.concatenate([forward, reverse_arc(forward)])
    order = np.argsort(arcs, kind="stable")
    arcs = arcs[order]
    plain = plain_view(graph)
    view = plain._replace(
        patch_arc=arcs, patches=patches[order], patch_start=index_patches(graph, arcs)
    )
    return links.lay_over(view)


def edges_of_obstacle(graph: Graph, row: Obstacle) -> set[int]:
    """Return the edges on which a report stands: of two pavements the one it lies on."""
    return _edges_near(graph, row.edge_ids, row.shape)


def _edges_near(graph: Graph, source_ids: Iterable[int], shape: Shape) -> set[int]:
    found: set[int] = set()
    for source_id in source_ids:
        found |= choose_side(graph, graph.find_edges(source_id), shape)
    return found


def choose_side(graph: Graph, edges: list[int], shape: Shape) -> set[int]:
    """Return the edges of one street that a geometry speaks about.

    A bigger road has a pavement on each side, and crossings at its ends that are no rows of
    their own; what lies nearest is meant.
    """
    sides = [e for e in edges if graph.arrays.edges[e]["side"] != Side.NONE]
    if not sides or not len(shape):
        return set(edges)
    candidates = set(edges)
    for edge in sides:
        for end in ("first", "last"):
            beside = graph.list_edges_at(int(graph.arrays.edges[edge][end]))
            candidates |= {e for e in beside if graph.arrays.edges[e]["source_id"] == 0}
    away = [(_distance_m(graph.get_shape(edge), shape), edge) for edge in candidates]
    nearest = min(away)[0]
    return {edge for distance, edge in away if distance <= nearest + _SAME_SIDE_M}


def _distance_m(line: Shape, shape: Shape) -> float:
    """Return the mean distance of some points from a line, in metres."""
    scale = scale_at(float(line[0, 1]))
    flat, spots = line * scale, shape * scale
    steps = np.diff(flat, axis=0)
    squared = np.maximum((steps**2).sum(axis=1), 1e-9)
    total = 0.0
    for spot in spots:
        share = np.clip(((spot - flat[:-1]) * steps).sum(axis=1) / squared, 0.0, 1.0)
        feet = flat[:-1] + steps * share[:, None]
        total += float(np.sqrt(((feet - spot) ** 2).sum(axis=1)).min())
    return total / len(spots)


def _edges_of_override(graph: Graph, row: Override) -> set[int]:
    if row.target == "node" and row.node_id is not None:
        return {edge for edge, _ in _ends_at(graph, row)}
    # Something at a point between two vertices speaks about the stretch it stands on.
    return set() if row.target == "link" else _edges_near(graph, row.edge_ids, row.shape)


def _ends_at(graph: Graph, row: Override) -> list[tuple[int, bool]]:
    """Return (edge, at its end) for every edge that meets the node of an override.

    Where the node has several vertices (corners of a junction), only the nearest to the
    override's own point counts.
    """
    vertices = graph.find_vertices(row.node_id or 0)
    if len(vertices) > 1 and len(row.shape):
        vertices = [_nearest_vertex(graph, vertices, row.shape[0])]
    ends = []
    for vertex in vertices:
        for edge in graph.list_edges_at(vertex):
            record = graph.arrays.edges[edge]
            ends += [(edge, False)] if int(record["first"]) == vertex else []
            ends += [(edge, True)] if int(record["last"]) == vertex else []
    return ends


def _nearest_vertex(graph: Graph, vertices: list[int], spot: NDArray[np.float64]) -> int:
    kx, ky = scale_at(float(spot[1]))

    def away(vertex: int) -> float:
        dx = (graph.arrays.lon[vertex] * 1e-7 - spot[0]) * kx
        dy = (graph.arrays.lat[vertex] * 1e-7 - spot[1]) * ky
        return float(dx * dx + dy * dy)

    return min(vertices, key=away)


class _Writer:
    """Computes the record of an edge from the base and the rows that speak about it."""

    def __init__(
        self,
        graph: Graph,
        overrides: Iterable[Override],
        obstacles: Iterable[Obstacle],
        wanted: set[int],
    ) -> None:
        self.graph = graph
        self.about: dict[int, list[Override]] = {}
        self.nodes: dict[int, list[tuple[Override, bool]]] = {}
        self.reports: dict[int, list[Obstacle]] = {}
        for row in overrides:
            self._sort_override(row, wanted)
        for report in obstacles:
            for edge in edges_of_obstacle(graph, report) & wanted:
                self.reports.setdefault(edge, []).append(report)

    def _sort_override(self, row: Override, wanted: set[int]) -> None:
        if row.target == "node" and row.node_id is not None:
            for edge, at_end in _relevant_ends(self.graph, _ends_at(self.graph, row)):
                if edge in wanted:
                    self.nodes.setdefault(edge, []).append((row, at_end))
        else:
            for edge in _edges_of_override(self.graph, row) & wanted:
                self.about.setdefault(edge, []).append(row)

    def write(self, edge: int) -> tuple[NDArray[Any] | None, tuple[Notice, ...]]:
        """Return the changed forward record, `None` when nothing speaks about the edge."""
        about, nodes = self.about.get(edge, []), self.nodes.get(edge, [])
        reports = self.reports.get(edge, [])
        if not (about or nodes or reports):
            return None, ()
        where = self.graph.arrays.edges[edge]
        record = np.array(self.graph.arrays.arcs[int(where["arc_forward"])], ARC)
        values: dict[str, Any] = {}
        unsigned = False
        for row in sorted(about, key=_age):
            values |= row.attributes
            if "incline_permille" in row.attributes:
                sign = _direction(self.graph.get_shape(edge), row.shape)
                unsigned = sign == 0
                values["incline_permille"] = row.attributes["incline_permille"] * (sign or 1)
        if values:
            write_values(record, _with_kerb_height(values), Evidence.AUDITED)
            inferred = int(record["kind"]) == Kind.PAVEMENT
            record["flags"] &= ~np.uint32(Flag.INFERRED if inferred else 0)
            record["flags"] |= np.uint32(Flag.SLOPE_UNSIGNED if unsigned else 0)
        self._write_nodes(record, where, nodes)
        for report in reports:
            _write_report(record, report)
        return record, tuple(_notice_of(report) for report in reports)

    def _write_nodes(
        self, record: NDArray[Any], where: NDArray[Any], nodes: list[tuple[Override, bool]]
    ) -> None:
        kerbs = [int(where["kerb_first"]), int(where["kerb_last"])]
        audited = [False, False]
        for end in (False, True):
            values: dict[str, Any] = {}
            for row, at_end in sorted(nodes, key=lambda pair: _age(pair[0])):
                values |= row.attributes if at_end is end else {}
            kerb = measure_kerb(values.pop("kerb", None), values.pop("kerb_height_mm", None))
            if kerb != UNKNOWN_MM:
                kerbs[end], audited[end] = kerb, True
            node = NodeRow(0, 0.0, 0.0)
            node.obstacle = values.pop("obstacle", None)
            node.obstacle_width_mm = values.pop("obstacle_width_mm", None)
            node.locked = values.pop("locked", None)
            write_obstacle(record, node)
            write_values(record, values, Evidence.AUDITED)
        if any(audited):
            record["kerb_mm"] = UNKNOWN_MM
            here = [done for done, kerb in zip(audited, kerbs, strict=True) if kerb != NO_KERB]
            source = Evidence.AUDITED if all(here) else Evidence.MAPPED
            close_kerb_evidence(record, kerbs[0], kerbs[1], source)


def _age(row: Override) -> tuple[float, str]:
    """Order measures of one thing: the latest counts; the id only makes it certain."""
    return (row.observed_at.timestamp() if row.observed_at else 0.0, row.id)


def _with_kerb_height(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with the height that a kerb's word allows, where none was measured."""
    height = measure_kerb(values.get("kerb"), values.get("kerb_height_mm"))
    return values if height == UNKNOWN_MM else values | {"kerb_height_mm": height}


def _direction(edge: Shape, measured: Shape) -> int:
    """Return 1 when a measured line runs along an edge, -1 against it, 0 when one cannot say."""
    if len(measured) < 2:  # noqa: PLR2004 - a point has no direction
        return 0
    scale = scale_at(float(edge[0, 1]))
    along = float(((edge[-1] - edge[0]) * scale) @ ((measured[-1] - measured[0]) * scale))
    return 0 if abs(along) < 1e-6 else 1 if along > 0 else -1  # noqa: PLR2004 - square metres


def _relevant_ends(graph: Graph, ends: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """Return the ends that meet what stands on a node: crossings first, as in the base."""
    arcs = graph.arrays.arcs

    def kind(edge: int) -> int:
        return int(arcs[int(graph.arrays.edges[edge]["arc_forward"])]["kind"])

    crossings = [end for end in ends if kind(end[0]) == Kind.CROSSING]
    if crossings:
        return crossings
    ways = [end for end in ends if kind(end[0]) != Kind.STREET]
    return ways if 0 < len(ways) < len(ends) else ends[:1]


def _write_report(record: NDArray[Any], report: Obstacle) -> None:
    flag = _CLOSES.get(report.kind)
    lift = int(record["flags"]) & int(Flag.LIFT | Flag.HALF_LIFT)
    if report.kind == "lift_out_of_order" and not lift:
        return
    if report.closes and flag is not None:
        record["flags"] |= int(flag)
        return
    # The clock never opens a way: what stood here until some day is not known any more.
    record["flags"] |= int(Flag.DOUBTFUL)
    for limit in LimitKind:
        set_evidence(record, limit, Evidence.MISSING)


def _notice_of(report: Obstacle) -> Notice:
    return Notice(
        kind=report.kind,
        state=report.state,
        until=report.expires_at,
        ref=report.id,
        note=report.note,
    )
