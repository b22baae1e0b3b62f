"""Addresses of sketches as pages link them: the same question as the page asks (pure)."""

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from api.pages.state import ONLY, PageState
from geo.mobility.profiles import Profile

_VIEW = "/v1/maps/view.svg"


def view_address(
    state: PageState, box: Sequence[float], place_ids: Sequence[UUID | str], language: str
) -> str:
    """Give the address of the sketch of a list: places carry the numbers of the list."""
    pairs = [("bbox", _write(box)), ("lang", language), ("profile", state.profile.value)]
    if state.near is not None:
        pairs.append(("here", _write(state.near)))
    if state.category:
        pairs.append(("category", state.category))
    pairs += [("word", each.value) for each in ONLY[state.only]]
    pairs += [("fact", each.value) for each in state.facts]
    pairs += [("place", str(each)) for each in place_ids]
    return f"{_VIEW}?{urlencode(pairs, safe=',')}"


def place_address(place_id: UUID, profile: Profile, language: str) -> str:
    """Give the address of the sketch of a place."""
    query = urlencode({"lang": language, "profile": profile.value})
    return f"/v1/maps/places/{place_id}.svg?{query}"


def route_address(pairs: Sequence[tuple[str, str]], language: str) -> str:
    """Give the address of the sketch of a route, from the question to `/v1/routes`."""
    kept = [(name, value) for name, value in pairs if name != "lang"]
    return f"/v1/maps/routes.svg?{urlencode([*kept, ('lang', language)], safe=',:;')}"


def _write(numbers: Sequence[float]) -> str:
    return ",".join(f"{number:.6f}".rstrip("0").rstrip(".") for number in numbers)
