"""What the scripts of a page are told, as JSON: addresses, colours, texts, and the first view.

Scripts hold no text and no address of their own, so that translations and digests stay in one
place.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import Request

from api.pages.journey import End, Way
from api.pages.queries import City
from api.pages.search import Hit
from api.pages.site import STATIC, translate
from api.pages.state import PageState
from api.pages.texts import BARRIERS, PROFILES, WORDS
from api.pages.vendor import find_map_library
from api.schemas.places import PlaceRead

_FALLBACK = {"lon": 76.945, "lat": 43.238}
_START_ZOOM = 13.5


def _(message: str) -> str:
    return message


_TEXTS = {
    "map": _("Map of places"),
    "failed": _("The map cannot be drawn on this device. The list has the same places."),
    "sketch": _("Map of the places in the list, with the same numbers"),
    "updated": _("List updated"),
    "here": _("You are here"),
    "noPosition": _("Your position could not be found"),
    "start": _("Start"),
    "end": _("End"),
    "close": _("Close"),
}
_MAP_TEXTS = {
    "AttributionControl.ToggleAttribution": _("Show where the map data come from"),
    "GeolocateControl.FindMyLocation": _("Show where I am"),
    "GeolocateControl.LocationNotAvailable": _("Your position could not be found"),
    "Map.Title": _("Map of places"),
    "Marker.Title": _("Mark on the map"),
    "NavigationControl.ResetBearing": _("Turn the map north"),
    "NavigationControl.ZoomIn": _("Zoom in"),
    "NavigationControl.ZoomOut": _("Zoom out"),
    "Popup.Close": _("Close"),
    "ScaleControl.Meters": _("m"),
    "ScaleControl.Kilometers": _("km"),
    "CooperativeGesturesHandler.WindowsHelpText": _("Hold Ctrl and scroll to zoom the map"),
    "CooperativeGesturesHandler.MacHelpText": _("Hold ⌘ and scroll to zoom the map"),
    "CooperativeGesturesHandler.MobileHelpText": _("Use two fingers to move the map"),
}


def home_data(
    request: Request,
    state: PageState,
    city: City | None,
    language: str,
    *,
    focus: Sequence[float] | None,
    hits: Sequence[Hit],
    sketch: str | None,
) -> dict[str, Any]:
    """Give the data of the start page; `hits` in the box `focus` are what a search found."""
    return _common(request, state, city, language) | {
        "page": "home",
        "only": state.only,
        "category": state.category,
        "view": state.view,
        "bbox": focus if state.text else state.box,
        "isSearch": state.text is not None,
        "hits": [
            {"id": hit.place_id, "name": hit.name, "point": hit.point}
            for hit in hits
            if hit.place_id and hit.point
        ],
        "sketch": sketch,
        "start": _start(state, city),
    }


def place_data(
    request: Request,
    state: PageState,
    city: City | None,
    language: str,
    place: PlaceRead,
    *,
    sketch: str,
) -> dict[str, Any]:
    """Give the data of a place page."""
    lon, lat = place.point["coordinates"]
    return _common(request, state, city, language) | {
        "page": "place",
        "start": {"lon": lon, "lat": lat, "zoom": 17},
        "place": str(place.id),
        "sketch": sketch,
    }


def route_data(
    request: Request,
    state: PageState,
    city: City | None,
    language: str,
    ends: Mapping[str, End],
    answer: Way | None,
    *,
    stops: Sequence[End],
    sketch: str | None,
) -> dict[str, Any]:
    """Give the data of a route page, with the line that the server found."""
    return _common(request, state, city, language) | {
        "page": "route",
        "start": _start(state, city),
        "ends": {
            key: end.point or (answer.find_point(key) if answer else None)
            for key, end in ends.items()
        },
        "stops": _mark_stops(stops, answer, language),
        "route": answer.body if answer else None,
        "found": bool(answer and answer.is_found),
        "sketch": sketch,
    }


def _mark_stops(stops: Sequence[End], answer: Way | None, language: str) -> list[dict[str, Any]]:
    """Give where the stops are, with their numbers and what they are called."""
    found = answer.properties.get("stops") if answer else None
    points = [each["point"] for each in found] if found else [stop.point for stop in stops]
    return [
        {
            "number": number,
            "point": point,
            "text": ": ".join(
                [
                    translate(language, _("Stop %(n)s")) % {"n": number},
                    *([stop.name.text] if stop.name else []),
                ]
            ),
        }
        for number, (stop, point) in enumerate(zip(stops, points, strict=False), 1)
        if point
    ]


def _common(request: Request, state: PageState, city: City | None, language: str) -> dict[str, Any]:
    library = find_map_library(request.app.state.settings.web_dir)
    return {
        "language": language,
        "profile": state.profile.value,
        "home": f"/{language}/",
        "tiles": f"{str(request.base_url).rstrip('/')}/v1/tiles",
        "library": library.address if library else None,
        "bounds": city.bounds if city else None,
        "colours": orjson.loads((STATIC / "map" / "colours.json").read_bytes()),
        "attribution": _attribution(city, language),
        "words": {word.value: translate(language, text) for word, text in WORDS.items()},
        "profiles": {each.value: translate(language, text) for each, text in PROFILES.items()},
        "barriers": {each.value: translate(language, text) for each, text in BARRIERS.items()},
        "texts": {key: translate(language, text) for key, text in _TEXTS.items()},
        "mapTexts": {key: translate(language, text) for key, text in _MAP_TEXTS.items()},
    }


def _attribution(city: City | None, language: str) -> str:
    if city is not None and city.is_demo:
        return translate(language, _("Demo data: an invented city"))
    return translate(language, _("© OpenStreetMap contributors"))


def _start(state: PageState, city: City | None) -> dict[str, float]:
    if state.near:
        return {"lon": state.near[0], "lat": state.near[1], "zoom": 15.5}
    if city is None:
        return {**_FALLBACK, "zoom": 11}
    lon, lat = city.centre
    return {"lon": lon, "lat": lat, "zoom": _START_ZOOM}
