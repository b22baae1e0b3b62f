"""Gather what each page shows and render it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.pages import browser, journey, route_options
from api.pages.letters import letter_entrances
from api.pages.queries import City, count_view, find_city, list_checks, list_first_reasons
from api.pages.search import find_hits
from api.pages.site import render, translate
from api.pages.sketches.addresses import place_address, route_address, view_address
from api.pages.sketches.place import describe_place
from api.pages.state import ONLY, PageState, read_state, to_query
from api.pages.texts import CATEGORIES
from api.pages.views import (
    Verdict,
    describe_address,
    describe_badges,
    describe_category,
    describe_hours,
    describe_quantity,
    find_verdict,
    list_item,
    list_parts,
    name_place,
)
from api.places import read_place, summarise
from api.schemas.places import PlaceRead
from geo.mobility.profiles import PROFILES, Profile
from geo.mobility.words import Word
from geo.places.features import Feature, FeatureValue, FeatureWanted
from geo.places.search import PlaceFilter, list_places
from geo.sketches.view import find_box

PAGE_SIZE = 20
STATUS_OK = 200
_FALLBACK_CENTRE = (76.945, 43.238)
OFFERED = (
    "pharmacy", "clinic", "hospital", "doctors", "dentist", "public_service", "social_facility",
    "employment_agency", "rehabilitation", "school", "kindergarten", "university", "bank", "atm",
    "post_office", "supermarket", "convenience", "marketplace", "cafe", "restaurant", "hotel",
    "library", "museum", "theatre", "cinema", "park", "sports_centre", "hairdresser",
    "place_of_worship", "police", "townhall", "toilets", "bus_stop", "underpass", "overpass",
)  # fmt: skip
"""Categories that can be chosen by themselves; the search knows all."""
FACTS = (
    Feature.STEP_FREE_ENTRANCE,
    Feature.WC_WHEELCHAIR,
    Feature.LIFT_WORKING,
    Feature.PARKING,
    Feature.STAFF_HELP,
    Feature.SIGN_LANGUAGE,
    Feature.HEARING_LOOP,
    Feature.BRAILLE,
    Feature.TACTILE_PLAN,
    Feature.GUIDE_DOG,
    Feature.CHANGING_TABLE_BABY,
)
"""Facts that can be asked for; the interface knows more."""


async def show_home(request: Request, db: AsyncSession, language: str) -> Response:
    """Show the map and the list of one view; only the list when a script asks for it."""
    state = read_state(request.query_params)
    city = await find_city(db)
    if state.text:
        listing = await _search(request, state, city, language)
    else:
        listing = await _list(db, state, city, language)
    context = _base(request, language, state, city) | listing
    fragment = request.headers.get("x-fragment") == "list"
    template = "_results.html" if fragment else "home.html"
    if not fragment:
        context["data"] = browser.home_data(
            request,
            state,
            city,
            language,
            focus=listing["focus"],
            hits=listing["hits"] or (),
            sketch=listing["sketch"],
        )
        kinds = dict.fromkeys((*OFFERED, *([state.category] if state.category else [])))
        # Translated here: what stands in the address is a word of a stranger, not a message.
        context["categories"] = {
            key: translate(language, CATEGORIES[key]) if key in CATEGORIES else key for key in kinds
        }
        context["facts"] = FACTS
    return render(request, language, template, context)


async def show_place(request: Request, db: AsyncSession, language: str, place_id: UUID) -> Response:
    """Show one place: the word and its reason first, then everything known about it."""
    state = read_state(request.query_params)
    row, place = await read_place(db, place_id)
    context = _about_place(place, state, language)
    if request.headers.get("x-fragment") == "card":
        return render(request, language, "_card.html", context | {"state": state, "q": _query_of})
    parent = (await read_place(db, row.parent_id))[1] if row.parent_id else None
    context |= _about_parts(place, parent, context["verdicts"]["entry"], language)
    doors_of = context["doors_of"]
    dates = [fact.observed_at for fact in (*place.facts, *doors_of.facts)]
    sketch = place_address(place.id, state.profile, language)
    city = await find_city(db)
    context |= _base(request, language, state, city)
    context |= {
        "last_seen": max(dates) if dates else None,
        "sketch": sketch,
        "sketch_text": await describe_place(
            db, language, place=place, doors_of=doors_of, profile=state.profile
        ),
        "checks": await list_checks(db, place_ids=dict.fromkeys([place.id, doors_of.id])),
        "data": browser.place_data(request, state, city, language, place, sketch=sketch),
    }
    return render(request, language, "place.html", context)


def _about_place(place: PlaceRead, state: PageState, language: str) -> dict[str, Any]:
    """Name a place and give its words for the reader's profile."""
    lon, lat = place.point["coordinates"]
    return {
        "place": place,
        "lon": lon,
        "lat": lat,
        "name": name_place(place.name, place.address, language),
        "category": describe_category(place.category, place.kind),
        "address": describe_address(place.address, language),
        "entry": place.entry[state.profile],
        "service": place.service[state.profile],
        "verdicts": {
            scope: find_verdict(place.verdicts, state.profile, scope, language)
            for scope in ("entry", "service")
        },
        "hours": describe_hours(place.opening_hours, language),
        "organisations": [
            list_item(each, state.profile, None, language) for each in place.organisations
        ],
        "badges": describe_badges(place.badges, language),
    }


def _about_parts(
    place: PlaceRead, parent: PlaceRead | None, verdict: Verdict | None, language: str
) -> dict[str, Any]:
    """List entrances and other parts, those of the house where a place has no door of its own."""
    winner = verdict.best_entrance_id if verdict else None
    parts = list_parts(place, winner, language)
    has_door = any(part.kind == "entrance" for part in parts)
    doors_of = parent if parent and not has_door else place
    return {
        "parts": parts,
        "building_parts": [] if doors_of is place else list_parts(doors_of, winner, language),
        "doors_of": doors_of,
        "letters": letter_entrances(doors_of),
        "missing": verdict.missing if verdict else (),
        "parent": parent,
        "parent_name": name_place(parent.name, parent.address, language) if parent else None,
    }


async def show_route(request: Request, db: AsyncSession, language: str) -> Response:
    """Show the form of a route and, when both ends are given, the way step by step."""
    state = read_state(request.query_params)
    city = await find_city(db)
    ends = await journey.read_ends(request, db, language)
    zone = request.app.state.settings.time_zone
    chosen = route_options.read_options(request.query_params.multi_items(), zone)
    question = journey.list_question(ends, state.profile, chosen)
    answer = await journey.find_way(request, question, language)
    stops = await journey.read_stops(db, chosen.many.get("via", ()), language)
    sketch = route_address(question, language) if answer and answer.status == STATUS_OK else None
    context = _base(request, language, state, city)
    context |= {
        "ends": ends,
        "stops": stops,
        "answer": answer,
        "other_end": journey.without_each(ends, state.profile, chosen),
        "chosen": chosen,
        "options": route_options,
        "quantity": partial(describe_quantity, language=language),
        "link_to": partial(_link_to, ends, state.profile, chosen),
        "without_stop": partial(_without_stop, ends, state.profile, chosen),
        "sketch": sketch,
    }
    context["data"] = browser.route_data(
        request, state, city, language, ends, answer, stops=stops, sketch=sketch
    )
    return render(request, language, "route.html", context)


def _link_to(
    ends: Mapping[str, journey.End],
    profile: Profile,
    chosen: route_options.Chosen,
    key: str,
    end: str,
) -> str:
    """Give the query of the same page with another end, or another stop."""
    kept = {name: each.text for name, each in ends.items()}
    if key.startswith(journey.VIA):
        number = int(key.removeprefix(journey.VIA))
        return journey.write_page_query(kept, profile, chosen.with_stop(number, end))
    return journey.write_page_query(kept | {key: end}, profile, chosen)


def _without_stop(
    ends: Mapping[str, journey.End],
    profile: Profile,
    chosen: route_options.Chosen,
    number: int,
) -> str:
    """Give the query of the same page without one stop; 0 is the first."""
    kept = {name: each.text for name, each in ends.items() if each.text}
    return journey.write_page_query(kept, profile, chosen.without_stop(number))


async def show_help(request: Request, db: AsyncSession, language: str) -> Response:
    """Explain words, profiles and where the data come from."""
    state = read_state(request.query_params)
    city = await find_city(db)
    return render(request, language, "help.html", _base(request, language, state, city))


def _query_of(state: PageState) -> str:
    """Give the query of a state for a link; nothing at all where everything is as by default."""
    query = to_query(state)
    return "" if query == "?" else query


def _base(request: Request, language: str, state: PageState, city: City | None) -> dict[str, Any]:
    path = request.url.path
    return {
        "state": state,
        "q": _query_of,
        "profile": state.profile,
        "profiles": PROFILES,
        "words": tuple(Word),
        "city": city,
        "home": f"/{language}/",
        "path": path,
    }


async def _list(
    db: AsyncSession, state: PageState, city: City | None, language: str
) -> dict[str, Any]:
    wanted = PlaceFilter(
        box=state.box,
        near=state.near or _middle(state, city),
        categories=(state.category,) if state.category else (),
        profile=state.profile,
        words=ONLY[state.only],
        features=tuple(FeatureWanted(each, FeatureValue.YES) for each in state.facts),
        limit=PAGE_SIZE,
        listed_only=True,
    )
    page = await list_places(db, wanted, cursor=state.cursor)
    ids = [found.place.id for found in page.items]
    reasons = await list_first_reasons(db, place_ids=ids, profile=state.profile)
    shown_distance = state.near is not None
    items = [
        list_item(
            summarise(found.place, distance_m=found.distance_m if shown_distance else None),
            state.profile,
            reasons.get(found.place.id),
            language,
        )
        for found in page.items
    ]
    box = state.box or _around([(item.lon, item.lat) for item in items], state.near)
    counts = await count_view(db, wanted=wanted, profile=state.profile) if state.box else None
    return {
        "hits": None,
        "items": items,
        "cursor": page.cursor,
        "counts": counts,
        "focus": None,
        "sketch": view_address(state, box, ids, language) if box else None,
    }


async def _search(
    request: Request, state: PageState, city: City | None, language: str
) -> dict[str, Any]:
    """List what the typed text may mean; the nearest to the middle of the view first."""
    near = state.near or _middle(state, city)
    found = await find_hits(request, state.text or "", near=near, language=language)
    words = ONLY[state.only] or tuple(Word)
    hits = [hit for hit in found if hit.word(state.profile) in {None, *words}]
    placed = [hit for hit in hits if hit.point and hit.place_id]
    box = _around([hit.point for hit in placed if hit.point], None)
    ids = [hit.place_id for hit in placed if hit.place_id]
    return {
        "hits": hits,
        "items": [],
        "cursor": None,
        "counts": None,
        "focus": box,
        "sketch": view_address(state, box, ids, language) if box else None,
    }


_MARGIN_DEGREES = 0.0006


def _around(
    points: Sequence[tuple[float, float]], near: tuple[float, float] | None
) -> tuple[float, float, float, float] | None:
    """Give a box around points with some ground beside them; `None` without any."""
    shown = [*points, *([near] if near else [])]
    if not points:
        return None
    west, south, east, north = find_box(shown)
    margin = _MARGIN_DEGREES
    return (west - margin, south - margin, east + margin, north + margin)


def _middle(state: PageState, city: City | None) -> tuple[float, float]:
    if state.box:
        west, south, east, north = state.box
        return (west + east) / 2, (south + north) / 2
    return city.centre if city else _FALLBACK_CENTRE
