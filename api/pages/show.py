"""Gather what each page shows and render it."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.pages import browser, journey, route_options
from api.pages.queries import City, count_view, find_city, list_first_reasons
from api.pages.site import render
from api.pages.state import ONLY, PageState, read_state, to_query
from api.pages.texts import CATEGORIES
from api.pages.views import (
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
from geo.mobility.profiles import PROFILES, Profile
from geo.mobility.words import Word
from geo.places.search import PlaceFilter, list_places

PAGE_SIZE = 20
_FALLBACK_CENTRE = (76.945, 43.238)
_OFFERED = ("pharmacy", "clinic", "hospital", "school", "public_service", "supermarket", "bank")
"""Categories of the short list above the results; more come with the search."""


async def show_home(request: Request, db: AsyncSession, language: str) -> Response:
    """Show the map and the list of one view; only the list when a script asks for it."""
    state = read_state(request.query_params)
    city = await find_city(db)
    listing = await _list(db, state, city, language)
    context = _base(request, language, state, city) | listing
    fragment = request.headers.get("x-fragment") == "list"
    template = "_results.html" if fragment else "home.html"
    if not fragment:
        context["data"] = browser.home_data(request, state, city, language)
        context["categories"] = {key: CATEGORIES[key] for key in _OFFERED}
    return render(request, language, template, context)


async def show_place(request: Request, db: AsyncSession, language: str, place_id: UUID) -> Response:
    """Show one place: the word and its reason first, then everything known about it."""
    state = read_state(request.query_params)
    row, place = await read_place(db, place_id)
    verdicts = {
        scope: find_verdict(place.verdicts, state.profile, scope, language)
        for scope in ("entry", "service")
    }
    winner = verdicts["entry"].entrance_id if verdicts["entry"] else None
    parent = (await read_place(db, row.parent_id))[1] if row.parent_id else None
    dates = [fact.observed_at for fact in place.facts]
    lon, lat = place.point["coordinates"]
    parts = list_parts(place, winner, language)
    has_door = any(part.kind == "entrance" for part in parts)
    context = {
        "place": place,
        "lon": lon,
        "lat": lat,
        "name": name_place(place.name, place.address, language),
        "category": describe_category(place.category, place.kind),
        "address": describe_address(place.address, language),
        "entry": place.entry[state.profile],
        "service": place.service[state.profile],
        "verdicts": verdicts,
        "parts": parts,
        "building_parts": list_parts(parent, winner, language) if parent and not has_door else [],
        "hours": describe_hours(place.opening_hours, language),
        "parent": parent,
        "parent_name": name_place(parent.name, parent.address, language) if parent else None,
        "organisations": [
            list_item(each, state.profile, None, language) for each in place.organisations
        ],
        "badges": describe_badges(place.badges, language),
        "last_seen": max(dates) if dates else None,
    }
    fragment = request.headers.get("x-fragment") == "card"
    if fragment:
        return render(request, language, "_card.html", context | {"state": state, "q": to_query})
    city = await find_city(db)
    context |= _base(request, language, state, city)
    context["data"] = browser.place_data(request, state, city, language, place)
    return render(request, language, "place.html", context)


async def show_route(request: Request, db: AsyncSession, language: str) -> Response:
    """Show the form of a route and, when both ends are given, the way step by step."""
    state = read_state(request.query_params)
    city = await find_city(db)
    ends = await journey.read_ends(db, request.query_params, language)
    zone = request.app.state.settings.time_zone
    chosen = route_options.read_options(request.query_params.multi_items(), zone)
    answer = await journey.find_way(request, ends, state.profile, chosen, language)
    context = _base(request, language, state, city)
    context |= {
        "ends": ends,
        "answer": answer,
        "other_end": journey.without_each(ends, state.profile, chosen),
        "chosen": chosen,
        "options": route_options,
        "quantity": partial(describe_quantity, language=language),
        "link_to": partial(_link_to, ends, state.profile, chosen),
    }
    context["data"] = browser.route_data(request, state, city, language, ends, answer)
    return render(request, language, "route.html", context)


def _link_to(
    ends: Mapping[str, journey.End],
    profile: Profile,
    chosen: route_options.Chosen,
    key: str,
    end: str,
) -> str:
    """Give the query of the same page with another end."""
    kept = {name: each.text for name, each in ends.items()} | {key: end}
    return journey.write_page_query(kept, profile, chosen)


async def show_help(request: Request, db: AsyncSession, language: str) -> Response:
    """Explain words, profiles and where the data come from."""
    state = read_state(request.query_params)
    city = await find_city(db)
    return render(request, language, "help.html", _base(request, language, state, city))


def _base(request: Request, language: str, state: PageState, city: City | None) -> dict[str, Any]:
    path = request.url.path
    return {
        "state": state,
        "q": to_query,
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
    near = state.near or _middle(state, city)
    page = await list_places(
        db,
        PlaceFilter(
            box=state.box,
            near=near,
            categories=(state.category,) if state.category else (),
            profile=state.profile,
            words=ONLY[state.only],
            limit=PAGE_SIZE,
            listed_only=True,
        ),
        cursor=state.cursor,
    )
    ids = [found.place.id for found in page.items]
    reasons = await list_first_reasons(db, place_ids=ids, profile=state.profile)
    shown_distance = state.near is not None
    return {
        "items": [
            list_item(
                summarise(found.place, distance_m=found.distance_m if shown_distance else None),
                state.profile,
                reasons.get(found.place.id),
                language,
            )
            for found in page.items
        ],
        "cursor": page.cursor,
        "counts": await count_view(db, box=state.box, profile=state.profile) if state.box else None,
    }


def _middle(state: PageState, city: City | None) -> tuple[float, float]:
    if state.box:
        west, south, east, north = state.box
        return (west + east) / 2, (south + north) / 2
    return city.centre if city else _FALLBACK_CENTRE
