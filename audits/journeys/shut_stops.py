"""A stop that ends the way: which one it is, and what help or key would open it.

The router tries what opens a destination; it does not know which doors of stops somebody would
open, so those are tried here. Nothing is guessed: what is named was planned with.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from audits.journeys.model import Ends
from audits.journeys.stops import name_stop
from geo.errors import DomainError
from geo.mobility import Help, HelpKind, Word
from geo.routing.answer import NoRoute, NoRouteReason, Phrase, Route, RouteRequest, Target
from geo.routing.service import Pinned
from geo.routing.texts import render

Json = dict[str, Any]

_START_AND_END = 2
_TOUCHED_BY_HELP = frozenset({NoRouteReason.BARRIERS, NoRouteReason.NO_ENTRANCE})
_ON_A_LEG = frozenset({NoRouteReason.BARRIERS, NoRouteReason.NOT_CONNECTED})
"""What lies between two stops; an area to avoid may cut several legs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A way through doors that are closed to this person, but not to who has help or a key."""

    route: Route
    ends: Sequence[Ends]
    """As they were asked for; the way was planned with their closed doors among the rest."""
    with_companion: bool = False
    """Somebody comes along on the street too."""


def find_shut_stop(answer: NoRoute, ends: Sequence[Ends]) -> int | None:
    """Return which stop has no door for this person and so ends the way; 0 is the first."""
    is_last = answer.leg >= len(ends) - 2
    if answer.reason is not NoRouteReason.NO_ENTRANCE or is_last:
        return None
    return answer.leg if ends[answer.leg].usable else None


def plan_through_closed(
    network: Pinned, request: RouteRequest, ends: Sequence[Ends], answer: NoRoute
) -> Opened | None:
    """Return the way that help or a key at the doors of stops would make. Blocking.

    Doors that nothing would open stay closed. Where doors alone make no way, somebody comes
    along. `None` where no stop is shut, where nothing helps, or where the time of one more
    question is up.
    """
    if all(stop.usable for stop in ends[1:-1]) or answer.reason not in _TOUCHED_BY_HELP:
        return None
    until = time.perf_counter() + request.deadline_s
    for helper in dict.fromkeys((request.needs.help, Help.COMPANION)):
        wish = replace(
            request,
            targets=_open(ends[-1]),
            via=[_open(stop) for stop in ends[1:-1]],
            needs=replace(request.needs, help=helper),
            deadline_s=max(until - time.perf_counter(), 0.0),
            why_not=False,
            check_return=False,
        )
        with suppress(DomainError):
            found = network.plan_route(wish)
            if isinstance(found, Route):
                joined = helper is not request.needs.help
                return Opened(route=found, ends=ends, with_companion=joined)
    return None


def is_hopeless(answer: NoRoute, stops: Sequence[Ends]) -> bool:
    """Whether neither help nor a key makes a way, of one for which nothing was found to."""
    if any(not stop.usable and stop.openable for stop in stops):
        # Somebody would open this door; that it makes no way may be for want of time.
        return False
    return answer.reason in _TOUCHED_BY_HELP


def _open(ends: Ends) -> list[Target]:
    """Give what the router is told of an end whose doors somebody helps to open."""
    return [
        replace(target, word=Word.UNKNOWN) if _opening_kinds(ends, number) else target
        for number, target in enumerate(ends.targets)
    ]


def _opening_kinds(ends: Ends, number: int) -> Sequence[HelpKind]:
    """Return what would open one of the targets; nothing where it is open, or stays shut."""
    ref = ends.targets[number].ref
    return ends.openable.get(UUID(ref), ()) if ref and number >= len(ends.usable) else ()


def show_opened(opened: Opened, language: str) -> Json:
    """Say which help or key at which stop would make a way, and how long it would be."""
    route, (*stops, destination) = opened.route, opened.ends[1:]
    # Only a way with stops has legs, and the last of them ends at the destination.
    chosen = [leg.target_index for leg in route.legs[:-1]]
    at_stops = {
        number: kinds
        for number, (stop, target) in enumerate(zip(stops, chosen, strict=True))
        if (kinds := _opening_kinds(stop, target))
    }
    at_end = _opening_kinds(destination, route.target_index)
    texts = [
        _say([Phrase("stop.at_stop", {"n": number + 1}), *_name_help(kinds)], language)
        for number, kinds in at_stops.items()
    ]
    along = (HelpKind.COMPANION,) if opened.with_companion else ()
    every = dict.fromkeys([kind for kinds in (along, *at_stops.values(), at_end) for kind in kinds])
    if opened.with_companion:
        texts.insert(0, render(Phrase("open.companion"), language))
    helps = dict.fromkeys(each for segment in route.segments for each in segment.helps)
    return {
        "changes": [kind.value for kind in every],
        "texts": [*texts, _say(_name_help(at_end), language)] if at_end else texts,
        "distance_m": round(route.length_mm / 1000, 1),
        "duration_s": round(route.duration_s),
        "entrance_id": destination.targets[route.target_index].ref if at_end else None,
        "help": [each.name.lower() for each in helps],
        "stops": [
            {
                "stop": number,
                "entrance_id": stops[number].targets[chosen[number]].ref,
                "changes": [kind.value for kind in kinds],
            }
            for number, kinds in at_stops.items()
        ],
    }


def _name_help(kinds: Sequence[HelpKind]) -> list[Phrase]:
    return [Phrase(f"remark.door.help.{kind.value}") for kind in kinds]


def _say(phrases: Sequence[Phrase], language: str) -> str:
    return " ".join(render(phrase, language) for phrase in phrases)


def say_where(answer: NoRoute, ends: Sequence[Ends], language: str) -> list[str]:
    """Say which part of a way with stops cannot be walked, where it is one part."""
    if len(ends) <= _START_AND_END or answer.reason not in _ON_A_LEG:
        return []
    if answer.leg == len(ends) - 2:
        return [render(Phrase("stop.after_stops"), language)]
    stop = ends[answer.leg + 1]
    return [render(name_stop("stop.to_stop", answer.leg + 1, stop), language)]


def say_shut(stop: int, ends: Sequence[Ends], language: str) -> str:
    """Say that no door of a stop works for this person."""
    return render(name_stop("stop.no_entrance", stop + 1, ends[stop + 1]), language)
