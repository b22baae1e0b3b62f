"""The base: the whole network as arrays in spatial order, in one file mapped into memory.

Vertices stand in Morton order, edges by their first vertex, arcs by their tail (CSR), so a
search touches few pages. The file is written once under a name that says what it was built
from, moved into place atomically, checked against its own digest when it is opened, and never
changed afterwards; every process of a machine maps the same pages.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import DomainError, ErrorKind
from geo.routing.attributes import classify_road
from geo.routing.components import label_components
from geo.routing.encoding import ARC, EDGE, LAYOUT, UNKNOWN_MM, Flag
from geo.routing.rows import EdgeRow
from geo.routing.sketch import Piece, Sketch

_MAGIC = b"ESIKGRF1"
_ALIGN = 64
DEGREES_E7 = 1e-7
"""Coordinates are stored as whole ten-millionths of a degree, about 1 cm."""


class DamagedGraphError(DomainError):
    """A base file is not what was written: cut short, changed, or of another layout."""

    code = "damaged-graph"
    title = "The routing graph on disk is damaged; it is built anew"
    kind = ErrorKind.UNAVAILABLE


class Arrays(NamedTuple):
    """Every array of the base, by name; what the file holds, in this order."""

    lon: NDArray[np.int32]
    """Per vertex, 1e-7 degrees."""
    lat: NDArray[np.int32]
    node_id: NDArray[np.int64]
    """The map's node of each vertex; corners of one junction share it."""
    first_arc: NDArray[np.int64]
    """CSR: arcs of vertex v are first_arc[v] … first_arc[v + 1]."""
    head: NDArray[np.int32]
    arcs: NDArray[np.void]
    edges: NDArray[np.void]
    shapes: NDArray[np.int32]
    """(n, 2) packed coordinates of all edges."""
    walls: NDArray[np.int32]
    """(n, 6) centrelines of bigger roads on the ground: two packed points, class, name."""
    by_source: NDArray[np.int32]
    """Edges ordered by `source_id`."""
    by_node: NDArray[np.int32]
    """Vertices ordered by `node_id`."""
    name_start: NDArray[np.int64]
    names: NDArray[np.uint8]
    """UTF-8 JSON objects of names by language, end to end."""
    length_m: NDArray[np.float32]
    """Per arc. With `sort` it is all that a search reads of an arc: 8 bytes instead of 36."""
    sort: NDArray[np.int32]
    """Per arc, the row in `sorts`."""
    sorts: NDArray[np.void]
    """Every arc record that occurs, without length and edge; a city has a few thousand."""


@dataclass(frozen=True)
class Graph:
    """A base in memory. Immutable: arrays are read-only."""

    key: str
    """Name of what it was built from."""
    arrays: Arrays
    lat_limit: float
    """The largest absolute latitude of a vertex, degrees: scales distances safely."""
    length_slack: float
    """At most 1: no edge is shorter than this times the distance between its ends."""
    _names: dict[int, dict[str, str]] = field(default_factory=dict, compare=False, repr=False)
    """Names read so far; a city has a few thousand."""

    @property
    def vertex_count(self) -> int:
        """Number of vertices."""
        return len(self.arrays.lon)

    @property
    def edge_count(self) -> int:
        """Number of edges; each has two arcs."""
        return len(self.arrays.edges)

    def get_shape(self, edge: int) -> NDArray[np.float64]:
        """Return the line of an edge, first to last vertex, (n, 2) degrees."""
        record = self.arrays.edges[edge]
        start, count = int(record["shape_start"]), int(record["shape_count"])
        return np.asarray(self.arrays.shapes[start : start + count] * DEGREES_E7)

    @property
    def name_count(self) -> int:
        """Number of names; the first is that of nameless streets."""
        return len(self.arrays.name_start) - 1

    def get_name(self, number: int) -> dict[str, str]:
        """Return the names by language with that number; 0 has none."""
        found = self._names.get(number)
        if found is None:
            start, end = self.arrays.name_start[number : number + 2].tolist()
            found = json.loads(self.arrays.names[start:end].tobytes() or b"{}")
            self._names[number] = found
        return found

    def find_edges(self, source_id: int) -> list[int]:
        """Return the edges that came from one row of `street_edges`: one, or one per side."""
        ids = self.arrays.edges["source_id"]
        return _equal_run(ids, self.arrays.by_source, source_id)

    def find_vertices(self, node_id: int) -> list[int]:
        """Return the vertices of one node of the map."""
        return _equal_run(self.arrays.node_id, self.arrays.by_node, node_id)

    def list_edges_at(self, vertex: int) -> list[int]:
        """Return the edges that end at a vertex."""
        first, last = self.arrays.first_arc[vertex : vertex + 2].tolist()
        return [int(edge) for edge in self.arrays.arcs["edge"][first:last]]


def number(sketch: Sketch, key: str) -> Graph:
    """Put a sketch into spatial order and return it as arrays."""
    points = np.array(sketch.points, np.float64).reshape(-1, 2)
    order = order_in_space(points)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    pieces = sorted(sketch.pieces, key=lambda p: min(rank[p.first], rank[p.last]))
    edges, shapes, names = _collect_edges(pieces, rank)
    forward = np.array([piece.record for piece in pieces], ARC).reshape(-1)
    forward["edge"] = np.arange(len(pieces))
    return assemble(
        key,
        points=points[order],
        node_ids=np.array(sketch.node_ids, np.int64)[order],
        edges=edges,
        forward=forward,
        shapes=shapes,
        walls=_collect_walls(sketch.walls, names),
        names=names,
    )


def assemble(
    key: str,
    *,
    points: NDArray[np.float64],
    node_ids: NDArray[np.int64],
    edges: NDArray[np.void],
    forward: NDArray[np.void],
    shapes: NDArray[np.int32],
    names: list[str],
    walls: NDArray[np.int32] | None = None,
) -> Graph:
    """Return the arrays of vertices in spatial order and of edges ordered by their first one.

    `points` are degrees, `forward` the arc of each edge walked first to last, `shapes` packed
    coordinates. Arc numbers and components of `edges` are filled in here.
    """
    first_arc, head, arcs = _make_csr(len(points), edges, forward)
    whole = np.rint(points / DEGREES_E7).astype(np.int32)
    edges["component"] = label_components(len(points), edges["first"], edges["last"])[
        edges["first"]
    ]
    name_start, blob = _pack_names(names)
    sorts, sort = _sort_out(arcs)
    arrays = Arrays(
        lon=np.ascontiguousarray(whole[:, 0]),
        lat=np.ascontiguousarray(whole[:, 1]),
        node_id=node_ids,
        first_arc=first_arc,
        head=head,
        arcs=arcs,
        edges=edges,
        shapes=shapes,
        walls=np.zeros((0, 6), np.int32) if walls is None else walls,
        by_source=np.argsort(edges["source_id"], kind="stable").astype(np.int32),
        by_node=np.argsort(node_ids, kind="stable").astype(np.int32),
        name_start=name_start,
        names=blob,
        length_m=arcs["length_m"].copy(),
        sort=sort,
        sorts=sorts,
    )
    return _finish(key, arrays)


def reverse_arc(arc: np.ndarray) -> np.ndarray:
    """Return the records of walking the same edges the other way."""
    back = arc.copy()
    back["slope_permille"] = -arc["slope_permille"]
    back["reversed"] = 1 - arc["reversed"]
    flags = arc["flags"]
    swap = np.uint32(Flag.CLOSED_FORWARD | Flag.CLOSED_BACKWARD)
    ahead = (flags & np.uint32(Flag.CLOSED_FORWARD)) << np.uint32(1)
    behind = (flags & np.uint32(Flag.CLOSED_BACKWARD)) >> np.uint32(1)
    back["flags"] = (flags & ~swap) | ahead | behind
    return back


def save(graph: Graph, folder: Path) -> Path:
    """Write the base under its key, atomically; a file that is already there is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    target = path_of(folder, graph.key)
    digest, layout, offset = hashlib.sha256(), [], 0
    for name, array in graph.arrays._asdict().items():
        offset = -(-offset // _ALIGN) * _ALIGN
        layout.append({"name": name, "shape": array.shape, "offset": offset})
        offset += array.nbytes
        digest.update(_bytes_of(array))
    header = {
        "layout": LAYOUT,
        "key": graph.key,
        "sha256": digest.hexdigest(),
        "lat_limit": graph.lat_limit,
        "length_slack": graph.length_slack,
        "size": offset,
        "arrays": layout,
    }
    text = json.dumps(header).encode()
    start = -(-(len(_MAGIC) + 8 + len(text)) // _ALIGN) * _ALIGN
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".graph-", delete=False) as file:
        try:
            file.write(_MAGIC + len(text).to_bytes(8, "little") + text)
            for part, array in zip(layout, graph.arrays._asdict().values(), strict=True):
                file.seek(start + int(str(part["offset"])))
                file.write(_bytes_of(array))
            file.truncate(start + offset)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    return target


def load(path: Path) -> Graph:
    """Map a base file; raises `DamagedGraphError` when it is not what was written."""
    try:
        header, start = _read_header(path)
        if path.stat().st_size != start + int(header["size"]):
            raise DamagedGraphError(file=path.name, reason="length")
        pages = np.memmap(path, np.uint8, "r", offset=start) if header["size"] else np.zeros(0)
    except (OSError, ValueError, KeyError) as error:
        raise DamagedGraphError(file=path.name, reason=type(error).__name__) from error
    found, digest = {}, hashlib.sha256()
    for part in header["arrays"]:
        dtype = _DTYPES[part["name"]]
        size = int(np.prod(part["shape"])) * dtype.itemsize
        raw = np.asarray(pages)[part["offset"] : part["offset"] + size]
        digest.update(_bytes_of(raw))
        found[part["name"]] = raw.view(dtype).reshape(part["shape"])
    if digest.hexdigest() != header["sha256"]:
        raise DamagedGraphError(file=path.name, reason="digest")
    return Graph(
        key=header["key"],
        arrays=Arrays(**found),
        lat_limit=header["lat_limit"],
        length_slack=header["length_slack"],
    )


def path_of(folder: Path, key: str) -> Path:
    """Return where the base with that key lies."""
    return folder / f"streets-{key}.graph"


_DTYPES: dict[str, np.dtype[Any]] = {
    "lon": np.dtype(np.int32),
    "lat": np.dtype(np.int32),
    "node_id": np.dtype(np.int64),
    "first_arc": np.dtype(np.int64),
    "head": np.dtype(np.int32),
    "arcs": ARC,
    "edges": EDGE,
    "shapes": np.dtype(np.int32),
    "walls": np.dtype(np.int32),
    "by_source": np.dtype(np.int32),
    "by_node": np.dtype(np.int32),
    "name_start": np.dtype(np.int64),
    "names": np.dtype(np.uint8),
    "length_m": np.dtype(np.float32),
    "sort": np.dtype(np.int32),
    "sorts": ARC,
}


def _read_header(path: Path) -> tuple[dict[str, Any], int]:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError("not a graph")
        size = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(min(size, 1 << 20)))
    if header["layout"] != LAYOUT:
        raise ValueError("another layout")
    return header, -(-(len(_MAGIC) + 8 + size) // _ALIGN) * _ALIGN


def _bytes_of(array: NDArray[Any]) -> memoryview:
    flat: Any = np.ascontiguousarray(array).view(np.uint8).reshape(-1)
    return memoryview(flat)


def _equal_run(values: NDArray[Any], order: NDArray[np.int32], wanted: int) -> list[int]:
    """Return the positions of a value, by binary search through an order."""
    low, high = 0, len(order)
    while low < high:
        middle = (low + high) // 2
        if values[order[middle]] < wanted:
            low = middle + 1
        else:
            high = middle
    found = []
    while low < len(order) and values[order[low]] == wanted:
        found.append(int(order[low]))
        low += 1
    return found


def order_in_space(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return points in the order in which vertices are numbered: near ones close together."""
    return np.argsort(_morton(points), kind="stable")


def _morton(points: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return each point's place on a Z-shaped curve through the area."""
    if not len(points):
        return np.zeros(0, np.uint64)
    span = np.maximum(np.ptp(points, axis=0), 1e-9)
    cells = ((points - points.min(axis=0)) / span * 0xFFFF_FFFE).astype(np.uint64)
    return _spread(cells[:, 0]) | (_spread(cells[:, 1]) << np.uint64(1))


def _spread(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value


def _collect_edges(
    pieces: list[Piece], rank: NDArray[np.int64]
) -> tuple[NDArray[np.void], NDArray[np.int32], list[str]]:
    edges = np.zeros(len(pieces), EDGE)
    names: dict[str, int] = {"": 0}
    shapes = []
    position = 0
    for row, piece in enumerate(pieces):
        source = piece.source
        name = _name_of(piece)
        edges[row] = (
            source.id if source else 0,
            source.osm_way_id if source else 0,
            rank[piece.first],
            rank[piece.last],
            position,
            len(piece.shape),
            UNKNOWN_MM,
            UNKNOWN_MM,
            names.setdefault(name, len(names)),
            0,
            piece.kerb_first,
            piece.kerb_last,
            int(piece.side),
        )
        shapes.append(piece.shape)
        position += len(piece.shape)
    packed = np.rint(np.vstack(shapes) / DEGREES_E7) if shapes else np.zeros((0, 2))
    return edges, packed.astype(np.int32), list(names)


def _collect_walls(roads: list[EdgeRow], names: list[str]) -> NDArray[np.int32]:
    """Return the stretches of roads that nobody steps over; new names are added to the list."""
    numbers = {name: number for number, name in enumerate(names)}
    parts = []
    for row in roads:
        number = numbers.setdefault(_write_name(row), len(numbers))
        whole = np.rint(row.shape / DEGREES_E7).astype(np.int32)
        part = np.zeros((len(whole) - 1, 6), np.int32)
        part[:, :2], part[:, 2:4] = whole[:-1], whole[1:]
        part[:, 4:] = int(classify_road(row.highway)), number
        parts.append(part)
    names[:] = list(numbers)
    return np.vstack(parts) if parts else np.zeros((0, 6), np.int32)


def _write_name(row: EdgeRow) -> str:
    return json.dumps(row.name, ensure_ascii=False, sort_keys=True) if row.name else ""


def _name_of(piece: Piece) -> str:
    """Return the names of the way, or of the road that a nameless crossing crosses, as JSON."""
    for row in (piece.source, piece.road):
        if row is not None and row.name:
            return _write_name(row)
    return ""


def _make_csr(
    vertices: int, edges: NDArray[np.void], forward: NDArray[np.void]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.void]]:
    """Store each edge twice, at both ends, and note in the edge where."""
    arcs = np.concatenate([forward, reverse_arc(forward)])
    tail = np.concatenate([edges["first"], edges["last"]])
    head = np.concatenate([edges["last"], edges["first"]])
    order = np.lexsort((head, tail))
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    edges["arc_forward"], edges["arc_backward"] = place[: len(edges)], place[len(edges) :]
    first_arc = np.zeros(vertices + 1, np.int64)
    np.add.at(first_arc, tail.astype(np.int64) + 1, 1)
    return np.cumsum(first_arc), head[order].astype(np.int32), arcs[order]


def _sort_out(arcs: NDArray[Any]) -> tuple[NDArray[np.void], NDArray[np.int32]]:
    """Return the different arc records without length and place, and which each arc has."""
    plain = arcs.copy()
    for name in ("length_m", "edge", "reversed", "level"):
        plain[name] = 0
    words = plain.view(np.uint32).reshape(len(plain), ARC.itemsize // 4)
    # A hash sorts ten times faster than records; two records with one hash would show below.
    mixed = np.zeros(len(plain), np.uint64)
    for column in words.T:
        mixed = (mixed ^ column) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    _, first, sort = np.unique(mixed, return_index=True, return_inverse=True)
    if not np.array_equal(words[first][sort], words):
        _, first, sort = np.unique(plain, return_index=True, return_inverse=True)
    # Numbered as they are met: sorts that occur in one place only lie side by side.
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return np.asarray(plain[first[order]]), rank[sort.reshape(-1)]


def _pack_names(names: list[str]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    encoded = [name.encode() for name in names]
    starts = np.zeros(len(encoded) + 1, np.int64)
    starts[1:] = np.cumsum([len(each) for each in encoded])
    return starts, np.frombuffer(b"".join(encoded), np.uint8)


def _finish(key: str, arrays: Arrays) -> Graph:
    """Measure what keeps distance estimates safe: latitude and the shortest drawn edges."""
    for array in arrays:
        # Mapped pages are read-only too; kernels are compiled once for that.
        array.setflags(write=False)
    from_lat = np.abs(arrays.lat) * DEGREES_E7
    lat_limit = float(from_lat.max()) if len(from_lat) else 0.0
    slack = 1.0
    if len(arrays.edges):
        first, last = arrays.edges["first"], arrays.edges["last"]
        metres = 111_195.08 * DEGREES_E7
        kx = np.cos(np.radians(np.maximum(from_lat[first], from_lat[last])))
        dx = (arrays.lon[first].astype(np.float64) - arrays.lon[last]) * kx * metres
        dy = (arrays.lat[first].astype(np.float64) - arrays.lat[last]) * metres
        direct = np.hypot(dx, dy)
        lengths = arrays.arcs["length_m"][arrays.edges["arc_forward"]]
        slack = float(np.min(np.where(direct > 1.0, lengths / np.maximum(direct, 1e-6), 1.0)))
    return Graph(key=key, arrays=arrays, lat_limit=lat_limit, length_slack=min(slack, 1.0) * 0.999)
