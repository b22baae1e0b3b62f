"""The state of a page, all of it in the address: profile, text, view, box, filters, page.

What cannot be read falls back to the default: a link that somebody shortened or mistyped still
shows a useful page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.features import Feature

ONLY = {"any": (), "enter": (Word.YES, Word.WITH_HELP), "yes": (Word.YES,)}
"""Which words the list and the map show."""

VIEWS = ("list", "map")
_DEFAULT_PROFILE = Profile.MANUAL_WHEELCHAIR
_MAX_TEXT = 500
MOST_TEXT = 120
"""Longest text of a search."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PageState:
    """What the reader chose."""

    profile: Profile = _DEFAULT_PROFILE
    chosen: bool = False
    """Whether the reader chose the profile, or we did."""
    only: str = "any"
    view: str = "list"
    category: str | None = None
    facts: tuple[Feature, ...] = ()
    """What a place must have."""
    text: str | None = None
    """What was typed into the search."""
    box: tuple[float, float, float, float] | None = None
    near: tuple[float, float] | None = None
    cursor: str | None = None

    def href(self, **changes: object) -> str:
        """Give the query of this state with changes; the page of a list starts anew."""
        return to_query(replace(self, **{"cursor": None, **changes}))  # type: ignore[arg-type]  # names are checked by replace

    def without_text(self) -> "PageState":
        """Give the state as if nothing had been typed."""
        return replace(self, text=None)


def read_state(query: Mapping[str, str]) -> PageState:
    """Read the state from a query string."""
    profile = _one_of(query.get("profile"), {each.value: each for each in Profile})
    box = _numbers(query.get("bbox"), 4)
    near = _numbers(query.get("near"), 2)
    return PageState(
        profile=profile or _DEFAULT_PROFILE,
        chosen=profile is not None,
        only=_one_of(query.get("only"), {key: key for key in ONLY}) or "any",
        view=_one_of(query.get("view"), {key: key for key in VIEWS}) or "list",
        category=_text(query, "category", 60),
        facts=_facts(query),
        text=_text(query, "q", MOST_TEXT),
        box=(box[0], box[1], box[2], box[3]) if box and _is_box(box) else None,
        near=(near[0], near[1]) if near else None,
        cursor=_text(query, "cursor", _MAX_TEXT),
    )


def to_query(state: PageState) -> str:
    """Write a state as a query string with its question mark; defaults are left out."""
    pairs = list_pairs(state)
    return f"?{urlencode(pairs, safe=',')}" if pairs else "?"


def list_pairs(state: PageState) -> list[tuple[str, str]]:
    """Give a state as it stands in an address or in the hidden fields of a form."""
    pairs = []
    if state.text:
        pairs.append(("q", state.text))
    if state.chosen:
        pairs.append(("profile", state.profile.value))
    if state.only != "any":
        pairs.append(("only", state.only))
    if state.view != "list":
        pairs.append(("view", state.view))
    if state.category:
        pairs.append(("category", state.category))
    pairs += [("fact", feature.value) for feature in state.facts]
    if state.box:
        pairs.append(("bbox", ",".join(f"{number:.5f}" for number in state.box)))
    if state.near:
        pairs.append(("near", ",".join(f"{number:.5f}" for number in state.near)))
    if state.cursor:
        pairs.append(("cursor", state.cursor))
    return pairs


def _text(query: Mapping[str, str], name: str, most: int) -> str | None:
    """Read a text; what no text can hold is left out."""
    text = "".join(each for each in query.get(name) or "" if each.isprintable())
    return text.strip()[:most] or None


def _facts(query: Mapping[str, str]) -> tuple[Feature, ...]:
    given = query.getlist("fact") if isinstance(query, QueryParams) else [query.get("fact") or ""]
    return tuple(feature for feature in Feature if feature.value in given)


def _one_of(key: str | None, known: dict[str, _T]) -> _T | None:
    return known.get(key or "")


def _numbers(text: str | None, count: int) -> tuple[float, ...] | None:
    try:
        numbers = tuple(float(part) for part in (text or "").split(","))
    except ValueError:
        return None
    good = len(numbers) == count and all(abs(each) <= 180 for each in numbers)  # noqa: PLR2004
    return numbers if good else None


def _is_box(box: tuple[float, ...]) -> bool:
    west, south, east, north = box
    return west < east and south < north and abs(south) <= 90 and abs(north) <= 90  # noqa: PLR2004
