"""How much one question may ask, and the errors for what cannot be asked at all.

Every entry to the router checks here before anything is searched, so that no question costs
more than a few seconds and none fails somewhere deep inside. The figures are proposed: far
above what people ask, far below what one process can bear.
"""

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np

from geo.errors import DomainError, ErrorKind
from geo.mobility import Word
from geo.routing.answer import Place, RouteRequest, Target, TooFarError
from geo.routing.plane import scale_at

MOST_VIA = 8
MOST_ALTERNATIVES = 3
MOST_TARGETS = 200
"""Places at one end of a way, for instance entrances of one building."""
MOST_GROUPS = 2000
MOST_GROUP_TARGETS = 10_000
"""All targets of all groups together."""
MOST_CELLS = 2500
MOST_BUDGETS = 6
MOST_BUDGET_S = 7200.0
MOST_KM = 60.0
"""Longest straight distance that is planned for a walker."""
_EAST, _NORTH = 180.0, 90.0


class BadTargetsError(DomainError):
    """An end of the way has no place, too many, or one that is not on earth."""

    code = "bad-targets"
    title = "Name at least one place on earth for each end of the way"
    kind = ErrorKind.INVALID


class TooManyStopsError(DomainError):
    """More stops or alternatives are wanted than are planned at once."""

    code = "too-many-stops"
    title = "Too many stops or alternatives for one way"
    kind = ErrorKind.INVALID


class BadBudgetError(DomainError):
    """A time budget is not above zero, too large, or there are none or too many."""

    code = "bad-budget"
    title = "The time is not one that reach is computed for"
    kind = ErrorKind.INVALID


class TooManyCellsError(DomainError):
    """A matrix or a ranking has more pairs than are computed at once."""

    code = "too-many-cells"
    title = "Too many pairs of places for one question"
    kind = ErrorKind.INVALID


def check_route(request: RouteRequest) -> None:
    """Raise for an end, stop or number of alternatives that cannot be planned."""
    if len(request.via) > MOST_VIA:
        raise TooManyStopsError(stops=len(request.via), limit=MOST_VIA)
    if not 0 <= request.alternatives <= MOST_ALTERNATIVES:
        raise TooManyStopsError(alternatives=request.alternatives, limit=MOST_ALTERNATIVES)
    if request.alternatives and request.via:
        raise TooManyStopsError(alternatives=request.alternatives, stops=len(request.via))
    ends = [request.origins, *request.via, request.targets]
    for places in ends:
        check_targets(places)
    for one, other in itertools.pairwise(ends):
        check_distance(one[0], other[0])


def check_targets(places: Sequence[Target]) -> None:
    """Raise `BadTargetsError` unless there are some places, all of them on earth."""
    if not places or len(places) > MOST_TARGETS:
        raise BadTargetsError(targets=len(places), limit=MOST_TARGETS)
    for place in places:
        check_place((place.lon, place.lat))
        if not (math.isfinite(place.extra_seconds) and place.extra_seconds >= 0):
            raise BadTargetsError(reason="extra_seconds")


def check_place(place: Place) -> None:
    """Raise `BadTargetsError` for what is not a longitude and a latitude in degrees."""
    lon, lat = place
    # Written so that NaN fails too.
    if not (abs(lon) <= _EAST and abs(lat) <= _NORTH):
        raise BadTargetsError(reason="not on earth")


def check_groups(groups: Sequence[Sequence[Target]]) -> None:
    """Raise unless there are some groups of targets, not too many."""
    if not groups:
        raise BadTargetsError(targets=0)
    total = sum(len(group) for group in groups)
    if len(groups) > MOST_GROUPS or total > MOST_GROUP_TARGETS:
        raise TooManyCellsError(groups=len(groups), limit=MOST_GROUPS)
    for group in groups:
        check_targets(group)


def check_cells(origins: Sequence[Sequence[Target]], targets: Sequence[Sequence[Target]]) -> None:
    """Raise unless a matrix has some cells, not too many, of ends that are near enough."""
    if len(origins) * len(targets) > MOST_CELLS:
        raise TooManyCellsError(cells=len(origins) * len(targets), limit=MOST_CELLS)
    check_groups(origins)
    check_groups(targets)
    places = [
        np.array([(group[0].lon, group[0].lat) for group in groups])
        for groups in (origins, targets)
    ]
    kx, ky = scale_at(float(places[0][:, 1].mean()))
    apart = (places[0][:, None, :] - places[1][None, :, :]) * (kx, ky) / 1000
    km = float(np.hypot(apart[..., 0], apart[..., 1]).max())
    if km > MOST_KM:
        raise TooFarError(distance_km=round(km, 1), limit_km=MOST_KM)


def check_budgets(budgets_s: Sequence[float]) -> None:
    """Raise `BadBudgetError` unless there are one to six budgets of up to two hours."""
    if not 1 <= len(budgets_s) <= MOST_BUDGETS:
        raise BadBudgetError(budgets=len(budgets_s), limit=MOST_BUDGETS)
    for budget in budgets_s:
        if not 0.0 < budget <= MOST_BUDGET_S:
            raise BadBudgetError(limit_s=MOST_BUDGET_S)


def check_distance(one: Target, other: Target) -> None:
    """Raise `TooFarError` for two places farther apart than a walk is planned for."""
    kx, ky = scale_at((one.lat + other.lat) / 2)
    km = math.hypot((one.lon - other.lon) * kx, (one.lat - other.lat) * ky) / 1000
    if km > MOST_KM:
        raise TooFarError(distance_km=round(km, 1), limit_km=MOST_KM)


def usable(places: Iterable[Target]) -> bool:
    """Whether any of some places may be entered at all."""
    return any(place.word is not Word.NO for place in places)
