"""What a typed text may mean, as `/v1/search` answers it, prepared for lists and forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from api.pages.inside import ask
from api.pages.state import MOST_TEXT
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.typed import fold

_MOST = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that may have been meant."""

    kind: str
    """place, address, street, district or category."""
    name: str
    where: str
    """Address of a named place, else empty."""
    label: str
    """What it is: the name of its category, empty when the name says it."""
    place_kind: str
    end: str | None
    """As an end of a route; empty for a category or a district."""
    place_id: str | None
    category: str | None
    point: tuple[float, float] | None
    distance_m: int | None
    entry: Mapping[str, Word]
    box: tuple[float, float, float, float] | None = None
    """Of a district: what the map shows of it."""

    def word(self, profile: Profile) -> Word | None:
        """Give the word for getting in, `None` for what has no door."""
        return self.entry.get(profile.value)

    def means(self, text: str) -> bool:
        """Tell whether the text names exactly this."""
        wanted = sorted(fold(text))
        names = (self.name, self.where, f"{self.name} {self.where}")
        return any(sorted(fold(each)) == wanted for each in names if each)


async def find_hits(
    request: Request,
    text: str,
    *,
    language: str,
    near: tuple[float, float] | None = None,
    limit: int = _MOST,
) -> Sequence[Hit]:
    """Find what a text may mean, the best first; nothing when it means nothing here."""
    query = {"q": text[:MOST_TEXT], "lang": language, "limit": str(limit)}
    if near is not None:
        query["near"] = f"{near[0]:.5f},{near[1]:.5f}"
    answer = await ask(request, "/v1/search", query, language=language)
    return [_read(each) for each in answer.body.get("hits", [])] if answer.is_good else []


def _read(found: Mapping[str, Any]) -> Hit:
    point = (found.get("point") or {}).get("coordinates")
    name, where = str(found["name"]), found.get("address") or ""
    label = found.get("category_name") or ""
    return Hit(
        kind=str(found["kind"]),
        name=name,
        where="" if where == name else where,
        label="" if label == name else label,
        place_kind=found.get("place_kind") or "",
        end=found.get("end"),
        place_id=found.get("id"),
        category=found.get("category"),
        point=(point[0], point[1]) if point else None,
        box=_read_box(found.get("bbox")),
        distance_m=found.get("distance_m"),
        entry={key: Word(word) for key, word in (found.get("entry") or {}).items()},
    )


def _read_box(numbers: Sequence[float] | None) -> tuple[float, float, float, float] | None:
    if not numbers:
        return None
    west, south, east, north = numbers
    return west, south, east, north
