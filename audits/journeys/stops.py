"""Ways with stops: into each stop through its door, and out again.

The router ends one leg before the door of a stop and begins the next one there. Here every leg
is walked from door to door like a way of its own, and the legs are joined again. Invariant: all
figures of the whole are the sums of those of its legs. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from audits.journeys.doorstep import Doorstep, list_doubts, walk_to_the_door
from audits.journeys.model import End, Ends, LegPart, ResolvedBy
from geo.mobility import Profile
from geo.routing.answer import Phrase, Route, Step
from geo.routing.directions.measures import measure
from geo.routing.directions.telling import add_phrases
from geo.routing.legs import join
from geo.routing.segments import pack
from geo.routing.texts import choose_name

Json = dict[str, Any]

_CLOSED = Phrase("warning.place_closed")


def choose_ends(route: Route, ends: Sequence[Ends]) -> list[End]:
    """Return which end was chosen at the start, at each stop and at the destination.

    `ends` are all that were asked for, in the order in which one comes to them.
    """
    stops = [leg.target_index for leg in route.legs[:-1]]
    numbers = [route.origin_index, *stops, route.target_index]
    return [each.usable[number] for each, number in zip(ends, numbers, strict=True)]


def walk_through_doors(route: Route, ends: Sequence[Ends], profile: Profile) -> Doorstep:
    """Return the way with the doors of its ends and stops in it; `route` is not changed.

    At a stop one goes in and comes out again by the same door. `ends` as in `choose_ends`. Where
    they are bare points, nothing is added to what the router says.
    """
    chosen = choose_ends(route, ends)
    if route.legs:
        return _walk_legs(route, ends, chosen, profile)
    found = walk_to_the_door(route, chosen[0], chosen[-1], profile)
    if not ends[-1].is_closed:
        return found
    warnings = add_phrases(found.route.warnings, [_CLOSED])
    return replace(found, route=replace(found.route, warnings=warnings))


def show_legs(route: Route) -> list[Json]:
    """Give the parts of a way between its stops; none for a way without stops."""
    return [
        {
            "first_segment": leg.first_segment,
            "segment_count": leg.segment_count,
            "first_step": leg.first_step,
            "step_count": leg.step_count,
            "distance_m": round(leg.length_mm / 1000, 1),
            "duration_s": round(leg.duration_s),
        }
        for leg in route.legs
    ]


def _walk_legs(
    route: Route, ends: Sequence[Ends], chosen: Sequence[End], profile: Profile
) -> Doorstep:
    if all(end.resolved_by is ResolvedBy.POINT for end in chosen):
        return Doorstep(_name_points(route, ends), {})
    legs: list[Route] = []
    parts: dict[int, LegPart] = {}
    walked = 0
    for number, leg in enumerate(_take_apart(route), 1):
        found = walk_to_the_door(leg, chosen[number - 1], chosen[number], profile)
        walked_leg = found.route
        if number < len(route.legs):
            said = _say_stop(number, ends[number], chosen[number])
            walked_leg = replace(walked_leg, steps=_remark(walked_leg.steps, -1, said))
        legs.append(walked_leg)
        parts |= {walked + place: part for place, part in found.parts.items()}
        walked += len(found.route.segments)
    joined = join(legs, [leg.target_index for leg in route.legs])
    closed = [
        name_stop("warning.place_closed.stop", number, stop)
        for number, stop in enumerate(ends[1:-1], 1)
        if stop.is_closed
    ]
    if ends[-1].is_closed:
        closed.append(_CLOSED)
    warnings = _add_new(route.warnings, [*joined.warnings, *closed])
    return Doorstep(replace(joined, cost_s=route.cost_s, warnings=warnings), parts)


def _name_points(route: Route, ends: Sequence[Ends]) -> Route:
    """Say at which stop one is; everything else stays as the router says it."""
    steps = route.steps
    for number, leg in enumerate(route.legs[:-1], 1):
        where = name_stop("via.reached", number, ends[number])
        steps = _remark(steps, leg.first_step + leg.step_count - 1, [where])
    return replace(route, steps=steps)


def _take_apart(route: Route) -> Iterator[Route]:
    """Give each leg as a way of its own, without warnings: those are of the whole way."""
    for leg in route.legs:
        first, last = leg.first_segment, leg.first_segment + leg.segment_count
        segments = route.segments[first:last]
        steps = route.steps[leg.first_step : leg.first_step + leg.step_count]
        measures = measure(pack(segments).way)
        yield replace(
            route,
            segments=segments,
            steps=[replace(step, first_segment=step.first_segment - first) for step in steps],
            length_mm=leg.length_mm,
            duration_s=leg.duration_s,
            climb_mm=measures.climb_mm,
            descent_mm=measures.descent_mm,
            evidence_mm=measures.evidence_mm.tolist(),
            target_index=leg.target_index,
            warnings=[],
            legs=(),
        )


def _say_stop(number: int, ends: Ends, end: End) -> list[Phrase]:
    """Say which stop one is at, lest one takes it for the end, and what is doubtful about it."""
    where = name_stop("via.reached", number, ends)
    if end.resolved_by is ResolvedBy.POINT:
        return [where]
    return [where, *list_doubts(end), *([_CLOSED] if ends.is_closed else [])]


def name_stop(key: str, number: int, ends: Ends) -> Phrase:
    """Return what is said of a stop under its name, or else its number; 1 is the first."""
    if choose_name(ends.name, ""):
        return Phrase(f"{key}.named", {"place": ends.name})
    return Phrase(key, {"n": number})


def _remark(steps: Sequence[Step], place: int, said: Sequence[Phrase]) -> list[Step]:
    """Return steps with more remarks at one of them."""
    remarked = list(steps)
    remarked[place] = replace(remarked[place], remarks=(*remarked[place].remarks, *said))
    return remarked


def _add_new(some: Sequence[Phrase], more: Sequence[Phrase]) -> list[Phrase]:
    return [*some, *(each for each in more if each not in some)]
