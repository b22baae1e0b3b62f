"""The route page: its two ends, the question to `/v1/routes`, and the answer in plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.inside import ask
from api.pages.route_options import LIFT_CLOSED, Chosen
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
from audits.verdicts.texts import find_text
from geo.geojson import write_geometry
from geo.mobility.profiles import Profile
from geo.places.queries import PlaceNotFoundError, get_public_place

_PLACE = "place:"
_ENTRANCE = "entrance:"
_ADDRESS = "address:"
_MOST_TEXT = 120


@dataclass(frozen=True, slots=True)
class End:
    """One end of a way as the reader gave it."""

    text: str
    """What stands in the form: `lon,lat`, `place:<uuid>`, or an address as typed."""
    name: Named | None = None
    point: tuple[float, float] | None = None
    is_wrong: bool = False

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
        key = (self.properties.get("target") or {}).get("note")
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
        return {key: _read_choice(each["hit"], self.language) for key, each in found.items()}

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
    def doors(self) -> list[list[Reason]]:
        """Why each entrance does not work."""
        closed = self.properties.get("closed_entrances") or []
        return [
            [describe_reason(reason, self.language) for reason in door["blocking"]]
            for door in closed
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


async def read_ends(db: AsyncSession, query: Mapping[str, str], language: str) -> dict[str, End]:
    """Read both ends from the address; what cannot be read is marked, not refused."""
    return {
        key: await _read_end(db, (query.get(key) or "").strip()[:_MOST_TEXT], language)
        for key in ("from", "to")
    }


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


async def find_way(
    request: Request, ends: Mapping[str, End], profile: Profile, chosen: Chosen, language: str
) -> Way | None:
    """Ask for the way between two good ends; `None` while one is missing."""
    if any(not end.text or end.is_wrong for end in ends.values()):
        return None
    query: dict[str, str | Sequence[str]] = {key: end.asked for key, end in ends.items()}
    query |= {"profile": profile.value, "lang": language, **chosen.single, **chosen.many}
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
