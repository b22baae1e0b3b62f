"""Plain Dijkstra on independently computed weights, and the kernel's answer beside it."""

import math
import random

import networkx as nx
import numpy as np

from geo.mobility import CustomLimits, Help, Profile
from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.costs import lower_bound_pace, make_rules
from geo.routing.encoding import LimitKind
from geo.routing.graph import DEGREES_E7
from geo.routing.needs import Needs, Unknown
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


def reference_network(overlay: Overlay, needs: Needs) -> nx.DiGraph:
    """Return the network with the weights of the second opinion."""
    walker, network = Walker(needs), nx.DiGraph()
    network.add_nodes_from(range(overlay.graph.vertex_count))
    edges = overlay.graph.arrays.edges
    ends = list(zip(edges["first"].tolist(), edges["last"].tolist(), strict=True))
    for edge, (first, last) in enumerate(ends):
        record = overlay.get_record(edge)
        for tail, head, against in ((first, last, False), (last, first, True)):
            cost = walker.judge(record, against=against).cost
            known = network.get_edge_data(tail, head, {"cost": math.inf})["cost"]
            if cost < known:
                network.add_edge(tail, head, cost=cost)
    return network


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
        lower_bound_pace(rules, graph.length_slack, overlay.evidence),
        *(float(view.lon[start]), float(view.lat[start]), 0.0),
        *(float(view.lon[end]), float(view.lat[end]), 0.0),
    )
    version = scratch.next_version()
    ends = [np.array([vertex], np.int32) for vertex in (start, end)]
    zero = np.zeros(1)
    begin(view, scratch.memory, frame, version, math.inf, ends[0], zero, ends[1], zero)
    outcome = advance(view, rules, scratch.memory, frame, version, SLICE)
    return float(scratch.memory.best[0]) if outcome == Outcome.FOUND else math.inf
