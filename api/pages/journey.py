"""The route page: its two ends, the question to `/v1/routes`, and the answer in plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.inside import ask
from api.pages.route_options import LIFT_CLOSED, Chosen
from api.pages.search import Hit, find_hits
from api.pages.site import translate
from api.pages.texts import OBSTACLES
from api.pages.views import (
    Named,
    Reason,
    describe_address,
    describe_category,
    describe_hours,
    describe_quantity,
    describe_reason,
    name_place,
)
from api.schemas.journeys import MAX_VIA
from audits.verdicts.texts import find_text
from geo.geojson import write_geometry
from geo.mobility.profiles import Profile
from geo.places.queries import PlaceNotFoundError, get_public_place

_PLACE = "place:"
_ENTRANCE = "entrance:"
_ADDRESS = "address:"
VIA = "via:"
"""Before the number of a stop, where an end is named."""
_MOST_TEXT = 120
_MOST_CHOICES = 12


@dataclass(frozen=True, slots=True)
class End:
    """One end of a way as the reader gave it."""

    text: str
    """What stands in the form: `lon,lat`, `place:<uuid>`, or an address as typed."""
    name: Named | None = None
    point: tuple[float, float] | None = None
    is_wrong: bool = False
    choices: Sequence[Hit] = ()
    """What a typed text may mean, where it is not clear; the reader chooses one."""

    @property
    def asked(self) -> str:
        """Give the end as `/v1/routes` takes it."""
        known = self.point is not None or self.text.startswith((_PLACE, _ENTRANCE, _ADDRESS))
        return self.text if known else f"{_ADDRESS}{self.text}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A place that a typed address may mean, or one that can be reached instead."""

    end: str
    """As it stands in an address: `place:<uuid>`."""
    name: Named | None
    where: str
    word: str | None = None
    distance_m: int | None = None
    """Along the way there."""


@dataclass(frozen=True, slots=True)
class Way:
    """What the interface answered."""

    status: int
    body: Mapping[str, Any]
    language: str

    @property
    def is_found(self) -> bool:
        """Whether there is a way."""
        return bool(self.properties.get("found"))

    @property
    def properties(self) -> Mapping[str, Any]:
        """Length, time, steps and warnings of the way."""
        return self.body.get("properties") or {}

    @property
    def note(self) -> str | None:
        """How one gets in at the end, as a sentence."""
        return self.find_note(self.properties.get("target"))

    def find_note(self, end: Mapping[str, Any] | None) -> str | None:
        """How one gets in at a stop or at the end, as a sentence."""
        key = (end or {}).get("note")
        return find_text(key, self.language) if key else None

    def find_point(self, key: str) -> Sequence[float] | None:
        """Give where an end was found, for a typed address."""
        found = self.properties.get("origin" if key == "from" else "target")
        return found["point"] if found else None

    @property
    def problem(self) -> str:
        """The code of what is wrong with the question, empty when nothing is."""
        return str(self.body.get("type", "")).removeprefix("/problems/") if self.status else ""

    @property
    def complaints(self) -> list[str]:
        """What is wrong with single parts of the question, as sentences."""
        return [str(each["detail"]) for each in self.body.get("errors") or []]

    @property
    def candidates(self) -> list[Choice]:
        """Places that a typed address may mean."""
        return [_read_choice(each, self.language) for each in self.body.get("candidates", [])]

    @property
    def nearest(self) -> list[Choice]:
        """Places of the same kind that can be reached."""
        return [_read_choice(each, self.language) for each in self.properties.get("nearest") or []]

    @property
    def taken_for(self) -> dict[str, Choice]:
        """What typed addresses were taken for, by end."""
        found = self.properties.get("address") or {}
        return {
            key: _read_choice(found[key]["hit"], self.language)
            for key in ("from", "to")
            if key in found
        }

    @property
    def stops_taken_for(self) -> dict[int, Choice]:
        """What the typed addresses of stops were taken for, by number; 0 is the first."""
        found = (self.properties.get("address") or {}).get("via") or []
        return {
            number: _read_choice(each["hit"], self.language)
            for number, each in enumerate(found)
            if each
        }

    @property
    def others(self) -> list[Mapping[str, Any]]:
        """Other ways beside the best: their properties."""
        return [each["properties"] for each in self.properties.get("alternatives") or []]

    @property
    def obstacles(self) -> list[Reason]:
        """What stands in the way on the street, in walking order."""
        features = self.body.get("features") or []
        return [_describe_obstacle(each["properties"], self.language) for each in features]

    @property
    def shut_stop(self) -> int | None:
        """Which stop has no entrance that works for this person; 0 is the first."""
        found: int | None = self.properties.get("shut_stop")
        return found

    @property
    def shut_doors(self) -> Sequence[Mapping[str, Any]]:
        """The closed entrances of the stop or the destination that ends the way."""
        if self.shut_stop is not None:
            stops: Sequence[Sequence[Mapping[str, Any]]] = self.properties["closed_stops"]
            return stops[self.shut_stop]
        return self.properties.get("closed_entrances") or []

    @property
    def doors(self) -> list[list[Reason]]:
        """Why each entrance of the destination, or of the stop that is shut, does not work."""
        return self._describe_doors(self.shut_doors)

    @property
    def start_doors(self) -> list[list[Reason]]:
        """Why each entrance of the place where the way begins does not work."""
        return self._describe_doors(self.properties.get("closed_starts") or [])

    @property
    def unreached(self) -> str:
        """The end that `nearest` stands in for: `to`, or `via:` and the number of the stop."""
        leg = self.properties.get("leg")
        is_stop = leg is not None and leg < len(self.properties.get("closed_stops") or [])
        return f"{VIA}{leg}" if is_stop else "to"

    def _describe_doors(self, doors: Sequence[Mapping[str, Any]]) -> list[list[Reason]]:
        # Two parts of one entrance may lack the same thing; it is said once.
        return [
            list(dict.fromkeys(describe_reason(each, self.language) for each in door["blocking"]))
            for door in doors
            if door["blocking"]
        ]


def _describe_obstacle(found: Mapping[str, Any], language: str) -> Reason:
    unit = found.get("unit")
    shown = unit not in {None, "", "rank"}

    def write(value: int | None) -> str | None:
        return (
            describe_quantity(value, str(unit), language) if shown and value is not None else None
        )

    label = translate(language, OBSTACLES.get(found["hindrance"], OBSTACLES["unknown"]))
    hours = (found.get("lift") or {}).get("opening_hours")
    if found["hindrance"] == "lift_closed" and hours:
        label = f"{translate(language, LIFT_CLOSED)}: {describe_hours(hours, language)}"
    if found.get("name"):
        label = f"{found['name']}: {label}"
    return Reason(label=label, found=write(found.get("measured")), limit=write(found.get("limit")))


def _read_choice(found: Mapping[str, Any], language: str) -> Choice:
    where = describe_address(found.get("address") or {}, language)
    name = name_place(found.get("name") or {}, found.get("address") or {}, language)
    text = name.text if name else ""
    return Choice(
        end=f"{_PLACE}{found['place_id']}",
        name=name,
        where="" if where == text else where,
        word=found.get("word"),
        distance_m=round(found["distance_m"]) if "word" in found else None,
    )


async def read_ends(request: Request, db: AsyncSession, language: str) -> dict[str, End]:
    """Read both ends from the address; what cannot be read is marked, not refused.

    A typed text becomes the one place that it names, or a choice of what it may mean.
    """
    query = request.query_params
    ends = {
        key: await _read_end(db, (query.get(key) or "").strip()[:_MOST_TEXT], language)
        for key in ("from", "to")
    }
    near = next((end.point for end in ends.values() if end.point), None)
    return {key: await _search_end(request, end, near, language) for key, end in ends.items()}


async def read_stops(db: AsyncSession, texts: Sequence[str], language: str) -> list[End]:
    """Read the stops, in the order in which one comes to them, to call them by their names."""
    return [await _read_end(db, text[:_MOST_TEXT], language) for text in texts[:MAX_VIA]]


async def _search_end(
    request: Request, end: End, near: tuple[float, float] | None, language: str
) -> End:
    is_typed = end.text and not end.is_wrong and end.point is None
    if not is_typed or end.text.startswith((_PLACE, _ENTRANCE)):
        return end
    hits = await find_hits(request, end.text, near=near, language=language, limit=_MOST_CHOICES)
    usable = [hit for hit in hits if hit.end is not None]
    meant = [hit for hit in usable if hit.means(end.text)]
    chosen = meant[0] if len(meant) == 1 else usable[0] if len(usable) == 1 else None
    if chosen is not None and chosen.end is not None:
        return End(text=chosen.end, name=Named(chosen.name, None), point=chosen.point)
    # Several stops of one street look alike to the reader: one of them is enough.
    different = {(hit.name, hit.where, hit.label): hit for hit in reversed(usable)}
    return replace(end, choices=list(reversed(different.values())))


def without_each(ends: Mapping[str, End], profile: Profile, chosen: Chosen) -> dict[str, str]:
    """Give, for each end, the query that keeps everything but it."""
    return {
        left_out: write_page_query(
            {key: end.text for key, end in ends.items() if key != left_out and end.text},
            profile,
            chosen,
        )
        for left_out in ends
    }


def write_page_query(ends: Mapping[str, str], profile: Profile, chosen: Chosen) -> str:
    """Write the query of a route page."""
    pairs = [*ends.items(), ("profile", profile.value), *chosen.pairs()]
    return urlencode(pairs, safe=",:;")


def list_question(
    ends: Mapping[str, End], profile: Profile, chosen: Chosen
) -> list[tuple[str, str]]:
    """Give the question to `/v1/routes`; empty while an end is missing or not clear."""
    if any(not end.text or end.is_wrong or end.choices for end in ends.values()):
        return []
    return [
        *((key, end.asked) for key, end in ends.items()),
        ("profile", profile.value),
        *chosen.pairs(),
    ]


async def find_way(
    request: Request, question: Sequence[tuple[str, str]], language: str
) -> Way | None:
    """Ask for a way; `None` without a question."""
    if not question:
        return None
    query: dict[str, list[str]] = {"lang": [language]}
    for name, value in question:
        query.setdefault(name, []).append(value)
    answer = await ask(request, "/v1/routes", query, language=language)
    return Way(answer.status, answer.body, language)


async def _read_end(db: AsyncSession, text: str, language: str) -> End:
    text = text.replace("\x00", "").removeprefix(_ADDRESS).strip()
    if not text:
        return End(text="")
    if text.startswith(_PLACE):
        return await _read_place(db, text, language)
    if text.startswith(_ENTRANCE) or "," not in text:
        return End(text=text)
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        # "Abai 10, Almaty" is an address with a comma in it.
        return End(text=text, is_wrong=not any(letter.isalpha() for letter in text))
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004 - the world
        return End(text=text, is_wrong=True)
    return End(text=f"{lon:.6f},{lat:.6f}", point=(lon, lat))


async def _read_place(db: AsyncSession, text: str, language: str) -> End:
    try:
        place = await get_public_place(db, UUID(text.removeprefix(_PLACE)))
    except (ValueError, PlaceNotFoundError):
        return End(text=text, is_wrong=True)
    point = write_geometry(place.point) or {}
    lon, lat = point["coordinates"]
    name = name_place(place.name, place.address, language) or Named(
        translate(language, describe_category(place.category, place.kind)), None
    )
    return End(text=f"{_PLACE}{place.id}", name=name, point=(lon, lat))
