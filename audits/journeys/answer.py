"""The answer about a way: from door to door as GeoJSON, or why there is none and what helps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from audits.journeys.lifts import Lifts, describe_closure
from audits.journeys.model import Ends, LegPart
from audits.journeys.shut_stops import (
    Opened,
    find_shut_stop,
    is_hopeless,
    say_shut,
    say_where,
    show_opened,
)
from audits.journeys.stops import choose_ends, show_legs, walk_through_doors
from audits.verdicts.model import reason_as_json
from geo.mobility import Profile
from geo.routing.answer import Change, NoRoute, NoRouteReason, Opening, Phrase, Route, Routes
from geo.routing.elevation import make_profile
from geo.routing.geojson import as_geojson, as_written, explain_as_geojson
from geo.routing.gpx import as_gpx
from geo.routing.texts import render

Json = dict[str, Any]

_A_STEP_MM = 500
"""Who gets less far than this stands at the first barrier already; nothing is said of a way."""
_CHANGES = {
    Change.COMPANION: "open.companion",
    Change.STAFF: "open.staff",
    Change.LIFT_KEY: "open.key.lift",
    Change.GATE_KEY: "open.key.gate",
    Change.OTHER_ENTRANCE: "open.other_entrance",
}
_REASONS = {
    NoRouteReason.BARRIERS: "no_route.barriers",
    NoRouteReason.NOT_CONNECTED: "no_route.not_connected",
    NoRouteReason.NO_ENTRANCE: "no_route.no_entrance",
    NoRouteReason.AVOIDED: "no_route.avoided",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an answer has to know of its question."""

    profile: Profile
    starts: Ends
    ends: Ends
    at: datetime
    language: str
    lifts: Lifts
    stops: Sequence[Ends] = ()
    """In the order in which one comes to them."""
    elevation: bool = False

    @property
    def all_ends(self) -> list[Ends]:
        """The start, the stops and the destination."""
        return [self.starts, *self.stops, self.ends]


def show_routes(routes: Routes, asked: Asked) -> Json:
    """Give the best way as GeoJSON, the others beside it in `alternatives`."""
    shown = show_route(routes.best, asked)
    shown["properties"]["alternatives"] = [
        show_route(route, asked) | {"shared_percent": round(shared * 100)}
        for route, shared in zip(routes.routes[1:], routes.shared[1:], strict=True)
    ]
    return shown


def show_route(route: Route, asked: Asked) -> Json:
    """Give one way from door to door as GeoJSON."""
    ends = asked.all_ends
    start, *stops, end = choose_ends(route, ends)
    doorstep = walk_through_doors(route, ends, asked.profile)
    # Features that nobody changes any more can be written at once.
    show = as_geojson if doorstep.parts else as_written
    shown = show(doorstep.route, asked.language)
    for number, part in doorstep.parts.items():
        shown["features"][number]["properties"] |= _show_part(part)
    shown["properties"] |= {
        "found": True,
        "profile": asked.profile.value,
        "at": asked.at.isoformat(),
        "origin": start.as_json(),
        "target": end.as_json(),
        "stops": [stop.as_json() for stop in stops],
        "legs": show_legs(doorstep.route),
        **show_shut(asked),
        "address": show_hits(asked),
    }
    if asked.elevation:
        shown["properties"]["elevation"] = make_profile(doorstep.route).as_json()
    if route.way_back is not None:
        shown["properties"]["way_back"] = _show_way_back(route, asked)
    return shown


def show_gpx(route: Route, asked: Asked, name: str) -> bytes:
    """Give one way from door to door as GPX 1.1."""
    doorstep = walk_through_doors(route, asked.all_ends, asked.profile)
    return as_gpx(doorstep.route, asked.language, name=name)


def _show_part(part: LegPart) -> Json:
    return {
        "part_of": "entrance",
        "element_id": str(part.element_id) if part.element_id else None,
        "facts": dict(part.facts),
    }


def _show_way_back(route: Route, asked: Asked) -> Json:
    text = render(Phrase("return.none"), asked.language)
    barriers = NoRoute(reason=NoRouteReason.BARRIERS, obstructions=list(route.back_obstructions))
    return {
        "exists": route.way_back,
        "text": None if route.way_back else text,
        "barriers": explain_as_geojson(barriers, asked.language)["features"],
    }


def show_no_way(answer: NoRoute, asked: Asked, opened: Opened | None = None) -> Json:
    """Say why there is no way: barriers as features, how far one gets, what would open it.

    `opened` is a way through doors of stops that somebody would open.
    """
    shown = explain_as_geojson(answer, asked.language)
    for feature in shown["features"]:
        _name_closed_lifts(feature["properties"], asked.lifts)
    reached = answer.reason is NoRouteReason.BARRIERS
    texts = []
    if reached and answer.reached is not None and answer.reached_mm >= _A_STEP_MM:
        texts.append(Phrase("no_route.reached", {"distance_mm": answer.reached_mm}))
        texts.append(Phrase("no_route.remaining", {"distance_mm": answer.remaining_mm}))
    openings = _show_openings(answer, asked)
    if opened is not None:
        openings.append(show_opened(opened, asked.language))
    if not openings and is_hopeless(answer, asked.stops):
        texts.append(Phrase("open.nothing"))
    shown["properties"] |= {
        "found": False,
        "profile": asked.profile.value,
        "at": asked.at.isoformat(),
        "leg": answer.leg if asked.stops and answer.reason is not NoRouteReason.AVOIDED else None,
        "shut_stop": find_shut_stop(answer, asked.all_ends),
        "texts": [
            *_say_reason(answer, asked),
            *(render(text, asked.language) for text in texts),
        ],
        **show_shut(asked),
        "would_open": openings,
        "address": show_hits(asked),
    }
    return shown


def _say_reason(answer: NoRoute, asked: Asked) -> list[str]:
    """Say why there is no way, and where on a way with stops."""
    ends, language = asked.all_ends, asked.language
    shut = find_shut_stop(answer, ends)
    if shut is not None:
        return [say_shut(shut, ends, language)]
    reason = render(Phrase(_REASONS[answer.reason]), language)
    return [reason, *say_where(answer, ends, language)]


def _name_closed_lifts(properties: Json, lifts: Lifts) -> None:
    """Say the hours of a lift that is not broken but closed at the time."""
    for notice in properties.get("notices", ()):
        found = describe_closure(notice["ref"], lifts)
        if found is not None:
            properties["lift"] = found
            if not found["out_of_order"]:
                properties["hindrance"] = "lift_closed"


def _show_openings(answer: NoRoute, asked: Asked) -> list[Json]:
    """Say what would make a way; getting to a door that stays shut is none."""
    shown = [each for each in map(partial(show_opening, asked), answer.would_open) if each]
    distinct = {(tuple(each["changes"]), each["entrance_id"]): each for each in shown}
    return list(distinct.values())


def show_opening(asked: Asked, opening: Opening) -> Json | None:
    """Say what would make a way and how long it would be.

    `None` where the way leads to an entrance through which no help would bring this person.
    """
    targets = asked.ends.targets
    index = opening.target_index
    changes = [change.value for change in opening.changes]
    texts = [_CHANGES[each] for each in opening.changes]
    entrance = None
    if Change.OTHER_ENTRANCE in opening.changes and 0 <= index < len(targets):
        entrance = targets[index].ref
        kinds = asked.ends.openable.get(UUID(entrance)) if entrance else None
        if kinds is None:
            return None
        changes = [each for each in changes if each != Change.OTHER_ENTRANCE.value]
        changes += [kind.value for kind in kinds if kind.value not in changes]
        texts = [each for each in texts if each != _CHANGES[Change.OTHER_ENTRANCE]]
        texts += [f"remark.door.help.{kind.value}" for kind in kinds]
    return {
        "changes": changes,
        "texts": [render(Phrase(key), asked.language) for key in texts],
        "distance_m": round(opening.length_mm / 1000, 1),
        "duration_s": round(opening.duration_s),
        "entrance_id": entrance,
        "help": [each.name.lower() for each in opening.helps],
        "stops": [],
    }


def show_shut(asked: Asked) -> Json:
    """Give what is closed to this person at either end and at every stop."""
    return {
        "closed_entrances": show_closed(asked.ends),
        "closed_starts": show_closed(asked.starts),
        "closed_stops": [show_closed(stop) for stop in asked.stops],
    }


def show_closed(ends: Ends) -> list[Json]:
    """Give the entrances that this person cannot use, the reasons, and what would open them."""
    return [
        {
            "entrance_id": str(door.entrance_id),
            "point": list(door.point) if door.point else None,
            "blocking": [reason_as_json(reason) for reason in door.blocking],
            "help_kinds": sorted(
                {kind.value for reason in door.blocking for kind in reason.help_kinds}
            ),
        }
        for door in ends.closed
    ]


def show_hits(asked: Asked) -> Json | None:
    """Say what typed addresses were taken for, and what else they might mean."""
    found: Json = {
        name: _show_hit(end)
        for name, end in (("from", asked.starts), ("to", asked.ends))
        if end.hit is not None
    }
    if any(stop.hit is not None for stop in asked.stops):
        found["via"] = [_show_hit(stop) for stop in asked.stops]
    return found or None


def _show_hit(end: Ends) -> Json | None:
    if end.hit is None:
        return None
    return {
        "hit": end.hit.as_json(),
        "alternatives": [other.as_json() for other in end.other_hits],
    }
