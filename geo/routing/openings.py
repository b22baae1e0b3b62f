"""What would make a way where there is none: help, keys, another entrance.

Nothing is guessed: each change is planned with, and only changes that touch what stands in the
way are tried, single ones first and then all together. So an answer is never "ask for help"
where help changes nothing.
"""

from collections.abc import Callable
from dataclasses import replace

from geo.mobility import Help, Word
from geo.routing.answer import (
    Change,
    NoRoute,
    NoRouteReason,
    Opening,
    Route,
    RouteRequest,
    SearchTooLongError,
)
from geo.routing.costs import Hindrance

_Plan = Callable[[RouteRequest], Route | NoRoute]
_HELPED = frozenset(
    {
        Hindrance.INCLINE,
        Hindrance.CROSS_SLOPE,
        Hindrance.WIDTH,
        Hindrance.PASSAGE,
        Hindrance.KERB,
        Hindrance.STEPS,
        Hindrance.SURFACE,
        Hindrance.SMOOTHNESS,
        Hindrance.KEY,
        Hindrance.WHEELCHAIR_NO,
    }
)
"""What a companion may get somebody over."""
_ORDER = (
    Change.LIFT_KEY,
    Change.GATE_KEY,
    Change.STAFF,
    Change.COMPANION,
    Change.OTHER_ENTRANCE,
)


def find_openings(plan: _Plan, request: RouteRequest, answer: NoRoute) -> tuple[Opening, ...]:
    """Return what opens a way: single changes, or else all of them together.

    `plan` plans a changed request; running out of time ends the list.
    """
    changes = [change for change in _ORDER if change in _list_changes(request, answer)]
    found = []
    try:
        for change in changes:
            opening = _try(plan, request, (change,))
            if opening is not None:
                found.append(opening)
        if not found and len(changes) > 1:
            opening = _try(plan, request, tuple(changes))
            found = [opening] if opening else []
    except SearchTooLongError:
        pass
    return tuple(found)


def _list_changes(request: RouteRequest, answer: NoRoute) -> set[Change]:
    """Return the changes that touch what stands in the way."""
    met = {each.hindrance for each in answer.obstructions}
    changes = set()
    if Hindrance.KEY in met and "lift" not in request.needs.keys:
        changes.add(Change.LIFT_KEY)
    if Hindrance.LOCKED in met and "gate" not in request.needs.keys:
        changes.add(Change.GATE_KEY)
    if Hindrance.KEY in met and request.needs.help is Help.ALONE:
        changes.add(Change.STAFF)
    if met & _HELPED and request.needs.help in {Help.ALONE, Help.STAFF}:
        changes.add(Change.COMPANION)
    closed = any(place.word is Word.NO for place in request.targets)
    if closed and answer.reason is not NoRouteReason.NOT_CONNECTED:
        changes.add(Change.OTHER_ENTRANCE)
    return changes


def _try(plan: _Plan, request: RouteRequest, changes: tuple[Change, ...]) -> Opening | None:
    found = plan(_change(request, changes))
    if not isinstance(found, Route):
        return None
    helps = dict.fromkeys(h for segment in found.segments for h in segment.helps)
    return Opening(
        changes=changes,
        length_mm=found.length_mm,
        duration_s=found.duration_s,
        target_index=found.target_index,
        helps=tuple(helps),
    )


def _change(request: RouteRequest, changes: tuple[Change, ...]) -> RouteRequest:
    needs, targets = request.needs, request.targets
    keys = set(needs.keys)
    keys |= {"lift"} if Change.LIFT_KEY in changes else set()
    keys |= {"gate"} if Change.GATE_KEY in changes else set()
    helper = needs.help
    if Change.COMPANION in changes:
        helper = Help.COMPANION
    elif Change.STAFF in changes:
        helper = Help.STAFF
    if Change.OTHER_ENTRANCE in changes:
        targets = [
            replace(place, word=Word.UNKNOWN) if place.word is Word.NO else place
            for place in targets
        ]
    return replace(
        request,
        needs=replace(needs, keys=frozenset(keys), help=helper),
        targets=targets,
        why_not=False,
    )
