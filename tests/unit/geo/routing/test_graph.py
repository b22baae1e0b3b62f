"""The base file: what is written is what is read, and nothing else is accepted."""

import random
from pathlib import Path

import numpy as np
import pytest

from geo.routing import kernels
from geo.routing.graph import DamagedGraphError, load, save
from tests.support.street_plans import StreetPlan, random_city


def test_a_base_survives_its_file(tmp_path: Path) -> None:
    """Every array and name comes back as it was, mapped read-only."""
    graph = random_city(random.Random(1)).graph("k1")
    read = load(save(graph, tmp_path))
    for name, array in graph.arrays._asdict().items():
        found = getattr(read.arrays, name)
        assert np.array_equal(array, found), name
        assert not found.flags.writeable
    assert (read.key, read.lat_limit, read.length_slack) == (
        graph.key,
        graph.lat_limit,
        graph.length_slack,
    )


@pytest.mark.parametrize("damage", ["cut", "flip", "magic", "empty"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    """A file cut short, changed in one bit, or of another sort is never mapped."""
    path = save(random_city(random.Random(2)).graph("k2"), tmp_path)
    data = bytearray(path.read_bytes())
    if damage == "cut":
        data = data[:-40]
    elif damage == "flip":
        data[-100] ^= 4
    elif damage == "magic":
        data[0] ^= 1
    else:
        data = bytearray()
    path.write_bytes(data)
    with pytest.raises(DamagedGraphError):
        load(path)


def test_an_empty_network_is_a_base_too(tmp_path: Path) -> None:
    """A city without streets yet can be opened."""
    graph = load(save(StreetPlan().graph("none"), tmp_path))
    assert (graph.vertex_count, graph.edge_count) == (0, 0)


def test_arcs_stand_at_their_tails_and_point_back_to_their_edges() -> None:
    """Each edge is stored at both ends; the second record is the first walked backwards."""
    graph = random_city(random.Random(3)).graph()
    arrays = graph.arrays
    tails = np.repeat(np.arange(graph.vertex_count), np.diff(arrays.first_arc))
    for edge, record in enumerate(arrays.edges):
        ahead, behind = int(record["arc_forward"]), int(record["arc_backward"])
        assert (tails[ahead], arrays.head[ahead]) == (record["first"], record["last"])
        assert (tails[behind], arrays.head[behind]) == (record["last"], record["first"])
        assert arrays.arcs[ahead]["edge"] == arrays.arcs[behind]["edge"] == edge
        assert arrays.arcs[ahead]["slope_permille"] == -arrays.arcs[behind]["slope_permille"]


def test_names_and_sources_are_found_again() -> None:
    """Edges are found by their row, vertices by their node, names by number."""
    plan = StreetPlan()
    one, other = plan.node(0, 0), plan.node(1, 0)
    edge = plan.road(one, other, "primary", name={"kk": "Абай даңғылы", "ru": "проспект Абая"})
    graph = plan.graph()
    assert len(graph.find_edges(edge)) == 2
    assert graph.find_edges(99) == []
    assert len(graph.find_vertices(one)) == 2
    name = int(graph.arrays.edges[graph.find_edges(edge)[0]]["name"])
    assert graph.get_name(name) == {"kk": "Абай даңғылы", "ru": "проспект Абая"}
    assert graph.get_name(0) == {}


def test_machine_code_is_kept_under_a_name_of_the_sources(tmp_path: Path) -> None:
    """The cache folder changes with any source file, so stale code is never run."""
    first = kernels._hash_sources()
    assert first == kernels._hash_sources()
    assert first in str(kernels.keep_code_in(tmp_path))
