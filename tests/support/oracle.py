"""Plain Dijkstra on independently computed weights, and the kernel's answer beside it."""

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.mobility import CustomLimits, Help, Profile
from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.costs import make_rules
from geo.routing.encoding import LimitKind
from geo.routing.graph import DEGREES_E7
from geo.routing.needs import Needs, Preference, Unknown
from geo.routing.overlay import Overlay
from geo.routing.plane import METRES_PER_DEGREE
from geo.routing.search import SLICE, Frame, Outcome, Scratch, advance, begin
from tests.support.walker import Walker


def random_needs(dice: random.Random) -> Needs:
    """Return somebody: a profile, often with limits of their own, help, keys and policies."""
    custom = None
    if dice.random() < 0.6:
        custom = CustomLimits(
            max_incline_up_permille=dice.choice((None, 30, 60, 100)),
            max_incline_down_permille=dice.choice((None, 40, 90)),
            max_cross_slope_permille=dice.choice((None, None, 20, 50)),
            min_width_mm=dice.choice((None, None, 800, 1200)),
            max_kerb_mm=dice.choice((None, 15, 60, 130)),
            max_steps=dice.choice((None, 0, 5)),
            worst_surface=dice.choice((None, *SurfaceRank)),
            worst_smoothness=dice.choice((None, *SmoothnessRank)),
        )
    policies = (Unknown.PREFER_KNOWN, Unknown.PREFER_KNOWN, Unknown.ALLOW, Unknown.FORBID)
    some = [limit for limit in LimitKind if dice.random() < 0.2]
    return Needs(
        profile=dice.choice(tuple(Profile)),
        custom=custom,
        help=dice.choice((None, *Help)),
        keys=frozenset(key for key in ("lift", "gate") if dice.random() < 0.3),
        unknown={limit: dice.choice(policies) for limit in some},
    )


def add_preferences(dice: random.Random, needs: Needs) -> Needs:
    """Return somebody who often would rather have it flat, surveyed or signalled."""
    wanted = frozenset(each for each in Preference if dice.random() < 0.2)
    return replace(needs, preferences=wanted)


def count_vertices(overlay: Overlay) -> int:
    """Return how many vertices base and links have together."""
    return overlay.graph.vertex_count + len(overlay.links.points)


def iter_edges(overlay: Overlay) -> Iterator[tuple[int, int, Any]]:
    """Give (first vertex, last vertex, forward record) of every edge and every link in force.

    Reads the list of edges and what is laid over them, not the arrays that a search reads: those
    are made from these, and a mistake in making them has to show.
    """
    edges = overlay.graph.arrays.edges
    ends = zip(edges["first"].tolist(), edges["last"].tolist(), strict=True)
    for edge, (first, last) in enumerate(ends):
        yield first, last, overlay.get_record(edge)
    for link in overlay.links.edges:
        yield link.tail, link.head, link.record


def reference_network(overlay: Overlay, needs: Needs) -> nx.DiGraph:
    """Return the network with the weights of the second opinion."""
    walker, network = Walker(needs), nx.DiGraph()
    network.add_nodes_from(range(count_vertices(overlay)))
    for first, last, record in iter_edges(overlay):
        for tail, head, against in ((first, last, False), (last, first, True)):
            cost = walker.judge(record, against=against).cost
            known = network.get_edge_data(tail, head, {"cost": math.inf})["cost"]
            if cost < known:
                network.add_edge(tail, head, cost=cost)
    return network


class WholeCity:
    """Plain Dijkstra of scipy over a real city, with the weights of the second opinion.

    A weight is a line over the length of its edge, so each sort of record is judged at two
    lengths and the rest follows.
    """

    def __init__(self, overlay: Overlay) -> None:
        rows = list(iter_edges(overlay))
        self.vertices = count_vertices(overlay)
        self.first = np.array([row[0] for row in rows])
        self.last = np.array([row[1] for row in rows])
        records = np.array([row[2] for row in rows])
        self.length = records["length_m"].astype(np.float64)
        records["length_m"], records["edge"] = 0, 0
        alike: dict[bytes, int] = {}
        self.sort = np.array([alike.setdefault(each.tobytes(), len(alike)) for each in records])
        chosen = np.unique(self.sort, return_index=True)[1]
        self.sorts = records[chosen]

    def weigh(self, needs: Needs) -> csr_array:
        """Return the matrix of the cheapest weights from vertex to vertex."""
        walker, both = Walker(needs), []
        for against in (False, True):
            lines = np.array([self._price(walker, each, against) for each in self.sorts])
            once, each = lines[self.sort].T
            with np.errstate(invalid="ignore"):
                both.append(np.where(np.isinf(once), np.inf, once + each * self.length))
        tails = np.concatenate([self.first, self.last])
        heads = np.concatenate([self.last, self.first])
        costs = np.concatenate(both)
        open_ = np.isfinite(costs)
        tails, heads, costs = tails[open_], heads[open_], costs[open_]
        assert not len(costs) or costs.min() > 0, "scipy takes a weight of zero for no edge"
        # Of edges between the same two vertices only the cheapest may stay: scipy would add them.
        order = np.lexsort((costs, heads, tails))
        tails, heads, costs = tails[order], heads[order], costs[order]
        new = np.ones(len(tails), np.bool_)
        new[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
        size = (self.vertices, self.vertices)
        return csr_array((costs[new], (tails[new], heads[new])), shape=size)

    @staticmethod
    def _price(walker: Walker, record: Any, against: bool) -> tuple[float, float]:  # noqa: ANN401, FBT001 - a numpy record
        short, long = record.copy(), record.copy()
        long["length_m"] = 1000.0
        once = walker.judge(short, against=against).cost
        if math.isinf(once):
            return math.inf, math.inf
        return once, (walker.judge(long, against=against).cost - once) / 1000.0

    def costs_from(self, weights: csr_array, start: int) -> NDArray[np.float64]:
        """Return the cost of every vertex, infinite where there is no way."""
        return np.asarray(dijkstra(weights, indices=start), np.float64)


def reference_costs(network: nx.DiGraph, start: int) -> dict[int, float]:
    """Return the cost of every vertex that can be reached, by plain Dijkstra."""
    costs: dict[int, float] = nx.single_source_dijkstra_path_length(network, start, weight="cost")
    return costs


def kernel_cost(overlay: Overlay, needs: Needs, scratch: Scratch, start: int, end: int) -> float:
    """Return what the router's own search says, infinite when there is no way."""
    view, graph, rules = overlay.view, overlay.graph, make_rules(needs)
    metre = METRES_PER_DEGREE * DEGREES_E7
    frame = Frame(
        metre * math.cos(math.radians(graph.lat_limit)),
        metre,
        overlay.least_pace(rules),
        *(float(view.lon[start]), float(view.lat[start]), 0.0),
        *(float(view.lon[end]), float(view.lat[end]), 0.0),
    )
    version = scratch.next_version()
    ends = [np.array([vertex], np.int32) for vertex in (start, end)]
    zero = np.zeros(1)
    begin(view, scratch.memory, frame, version, math.inf, ends[0], zero, ends[1], zero)
    outcome = advance(view, rules, scratch.memory, frame, version, SLICE)
    return float(scratch.memory.best[0]) if outcome == Outcome.FOUND else math.inf
