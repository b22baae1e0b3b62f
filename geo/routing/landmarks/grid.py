"""Landmarks in a grid of small cells (pure).

Each cell lists the landmarks within reach of it, so a question costs one look-up. An outline
counts at points along it: a park is where its edge is, not where its middle is.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import Place
from geo.routing.landmarks.beside import ROW, Beside, cell_of, find_cell, place_cells
from geo.routing.landmarks.kinds import RANKS

_MOST_PER_CELL = 6
_MOST_POINTS = 60


class Landmark(NamedTuple):
    """One place with the points at which one passes it."""

    key: str
    kind: str
    names: Mapping[str, str]
    points: tuple[Place, ...]

    @property
    def title(self) -> str:
        """Its names as one value, the same for places that are called the same."""
        return title_of(self.names)


class Anchor(NamedTuple):
    """One point of one landmark."""

    rank: int
    landmark: Landmark
    place: Place
    title: str


class Landmarks:
    """All landmarks of a city. Immutable once made."""

    def __init__(self, cells: Mapping[int, tuple[Anchor, ...]], count: int) -> None:
        self._titles: dict[str, int] = {"": 0}
        self.count = count
        placed = place_cells(np.fromiter(cells, np.int64, len(cells)))
        here = [cells.get(cell, ()) for cell in placed.tolist()]
        self.anchors = [anchor for anchors in here for anchor in anchors]
        """As `beside` numbers them."""
        owners: dict[str, int] = {}
        for anchor in self.anchors:
            owners.setdefault(anchor.landmark.key, len(owners))
        titles = [
            self._titles.setdefault(anchor.title, len(self._titles)) for anchor in self.anchors
        ]
        places = np.array([anchor.place for anchor in self.anchors], np.float64).reshape(-1, 2)
        self.beside = Beside(
            cells=placed,
            start=np.cumsum([0, *map(len, here)], dtype=np.int64),
            lon=places[:, 0].copy(),
            lat=places[:, 1].copy(),
            owner=np.array([owners[each.landmark.key] for each in self.anchors], np.int64),
            rank=np.array([each.rank for each in self.anchors], np.int64),
            title=np.array(titles, np.int64),
        )
        self.owner_count, self.title_count = len(owners), len(self._titles)

    def near(self, place: Place) -> tuple[Anchor, ...]:
        """Return the anchors in the cell of a place and around it, the best first."""
        cell = find_cell(self.beside, cell_of(*place))
        first, end = self.beside.start[cell : cell + 2].tolist() if cell >= 0 else (0, 0)
        return tuple(self.anchors[first:end])

    def number_titles(self, names: Iterable[Mapping[str, str]]) -> NDArray[np.int64]:
        """Return for each of some names the number of the landmarks' title like it, 0 for none."""
        found = [self._titles.get(title_of(each), 0) if each else 0 for each in names]
        return np.array(found, np.int64)


def make_landmarks(found: Iterable[Landmark]) -> Landmarks:
    """Return landmarks ready to be asked; each kind must have a rank."""
    cells: dict[int, dict[str, Anchor]] = {}
    count = 0
    for landmark in found:
        count += 1
        rank, title = RANKS[landmark.kind], landmark.title
        for place in landmark.points[:_MOST_POINTS]:
            anchor = Anchor(rank, landmark, place, title)
            middle = cell_of(*place)
            for row in (-ROW, 0, ROW):
                for column in (-1, 0, 1):
                    cell = cells.setdefault(middle + row + column, {})
                    cell[f"{landmark.key} {place}"] = anchor
    packed = {
        cell: tuple(sorted(anchors.values(), key=lambda a: a.rank)[:_MOST_PER_CELL])
        for cell, anchors in cells.items()
    }
    return Landmarks(packed, count)


def title_of(names: Mapping[str, str]) -> str:
    """Return names as one value; nothing for a place without one."""
    return str(sorted(names.items())) if names else ""
