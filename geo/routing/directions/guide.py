"""Which landmark a step mentions, and on which side. Kernels.

At most one where something is to be done and one or two on a long stretch, each once on a way:
more would hide the instruction. A landmark nearly ahead or behind is left out, because its side
could be said wrongly.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Record
from geo.routing.directions import codes
from geo.routing.directions.codes import note
from geo.routing.directions.headings import AHEAD, find_side
from geo.routing.directions.legs import outset_of
from geo.routing.directions.passing import apart_m, list_passed
from geo.routing.directions.records import Form, Telling
from geo.routing.kernels import inline
from geo.routing.landmarks.beside import Beside, cell_of, find_cell

_AT_M = 22.0
"""A landmark this near to a turn or a crossing belongs to it."""
_LONG_MM, _VERY_LONG_MM = 60_000, 300_000
_WALK, _CROSS = int(Form.WALK), int(Form.CROSS)
_AT_START, _AT_TURN, _AT_CROSS = codes.LANDMARK_START, codes.LANDMARK_TURN, codes.LANDMARK_CROSS
_PASS, _PASSES = codes.LANDMARK_PASS, codes.LANDMARK_PASSES


class Anchors(NamedTuple):
    """The landmarks of a city, numbered for one way."""

    beside: Beside
    titles: NDArray[np.int64]
    """By name of the way: the number of the same title among landmarks, 0 for none."""
    owner_count: int
    title_count: int


class Guide(NamedTuple):
    """Landmarks, and which of them were said on this way."""

    beside: Beside
    titles: NDArray[np.int64]
    said: NDArray[np.bool_]
    """By number of a landmark."""
    said_titles: NDArray[np.bool_]
    """By number of a title; the first, of landmarks without a name, is never set."""
    passed: NDArray[np.int64]
    """Memory for what one passes on one leg."""


@inline
def mention(telling: Telling, guide: Guide, leg: Record, heading: float, comes: bool) -> None:  # noqa: FBT001 - numba has no keywords
    """Say what one sees at the start of a leg and along it."""
    if leg.form not in (_WALK, _CROSS):
        return
    # What the leg itself is called says nothing more beside it.
    _set(guide.said_titles, guide.titles[leg.name])
    _look_about(telling, guide, leg, heading, comes)
    if leg.form == _WALK and leg.length_mm >= _LONG_MM:
        _look_along(telling, guide, leg, 2 if leg.length_mm >= _VERY_LONG_MM else 1)


@inline
def _look_about(telling: Telling, guide: Guide, leg: Record, heading: float, comes: bool) -> None:  # noqa: FBT001 - numba has no keywords
    """Say the best landmark where the leg begins."""
    way, beside = telling.way, guide.beside
    start = way.bounds[leg.first]
    lon, lat = way.points[start, 0], way.points[start, 1]
    cell = find_cell(beside, cell_of(lon, lat))
    if cell < 0:
        return
    key = _AT_START
    if comes:
        key = _AT_TURN if leg.form == _WALK else _AT_CROSS
    else:
        heading = outset_of(way, telling.own, leg)
    for anchor in range(beside.start[cell], beside.start[cell + 1]):
        there_lon, there_lat = beside.lon[anchor], beside.lat[anchor]
        if apart_m(lon, lat, there_lon, there_lat) > _AT_M or not _is_new(guide, anchor):
            continue
        side = find_side(heading, lon, lat, there_lon, there_lat)
        if side != AHEAD:
            _say(guide, anchor)
            note(telling.notes, key + side - 1, anchor)
            return


@inline
def _look_along(telling: Telling, guide: Guide, leg: Record, most: int) -> None:
    """Say the best landmarks in the order in which one passes them."""
    passed = guide.passed
    count = list_passed(guide.beside, telling.way, leg.first, leg.first + leg.count, passed)
    first, second = -1, -1
    ranks = guide.beside.rank
    for place in range(count):
        if not _is_new(guide, passed[place, 0]):
            continue
        if first < 0 or ranks[passed[place, 0]] < ranks[passed[first, 0]]:
            first, second = place, first
        elif second < 0 or ranks[passed[place, 0]] < ranks[passed[second, 0]]:
            second = place
    if first < 0:
        return
    _say(guide, passed[first, 0])
    if most == 1 or second < 0:
        note(telling.notes, _PASS + passed[first, 1] - 1, passed[first, 0])
        return
    _say(guide, passed[second, 0])
    first, second = min(first, second), max(first, second)
    if passed[first, 1] == passed[second, 1]:
        key = _PASSES + passed[first, 1] - 1
        note(telling.notes, key, passed[first, 0], passed[second, 0])
        return
    note(telling.notes, _PASS + passed[first, 1] - 1, passed[first, 0])
    note(telling.notes, _PASS + passed[second, 1] - 1, passed[second, 0])


@inline
def _is_new(guide: Guide, anchor: int) -> bool:
    """Tell whether a landmark was not said yet, under its own or the same name."""
    beside = guide.beside
    said = guide.said[beside.owner[anchor]] or guide.said_titles[beside.title[anchor]]
    return not said


@inline
def _say(guide: Guide, anchor: int) -> None:
    guide.said[guide.beside.owner[anchor]] = True
    _set(guide.said_titles, guide.beside.title[anchor])


@inline
def _set(titles: NDArray[np.bool_], title: int) -> None:
    if title != 0:
        titles[title] = True
