"""The route page: its two ends, the question to `/v1/routes`, and the answer in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.inside import ask
from api.pages.site import translate
from api.pages.texts import OBSTACLES
from api.pages.views import (
    Named,
    Reason,
    describe_category,
    describe_quantity,
    describe_reason,
    name_place,
)
from audits.verdicts.texts import find_text
from geo.geojson import write_geometry
from geo.mobility.profiles import Profile
from geo.places.queries import PlaceNotFoundError, get_place

_PLACE = "place:"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a way as the reader gave it."""

    text: str
    """What stands in the form: `lon,lat` or `place:<uuid>`."""
    name: Named | None = None
    point: tuple[float, float] | None = None
    is_wrong: bool = False


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
    if found.get("name"):
        label = f"{found['name']}: {label}"
    return Reason(label=label, found=write(found.get("measured")), limit=write(found.get("limit")))


async def read_ends(db: AsyncSession, query: Mapping[str, str], language: str) -> dict[str, End]:
    """Read both ends from the address; what cannot be read is marked, not refused."""
    return {
        key: await _read_end(db, (query.get(key) or "").strip()[:120], language)
        for key in ("from", "to")
    }


def without_each(ends: Mapping[str, End], profile: Profile) -> dict[str, str]:
    """Give, for each end, the query that keeps everything but it."""
    return {
        left_out: urlencode(
            {key: end.text for key, end in ends.items() if key != left_out and end.text}
            | {"profile": profile.value},
            safe=",:",
        )
        for left_out in ends
    }


async def find_way(
    request: Request, ends: Mapping[str, End], profile: Profile, language: str
) -> Way | None:
    """Ask for the way between two good ends; `None` while one is missing."""
    if any(not end.text or end.is_wrong for end in ends.values()):
        return None
    query = {key: end.text for key, end in ends.items()} | {"profile": profile.value}
    answer = await ask(request, "/v1/routes", query | {"lang": language}, language=language)
    return Way(answer.status, answer.body, language)


async def _read_end(db: AsyncSession, text: str, language: str) -> End:
    if not text:
        return End(text="")
    if text.startswith(_PLACE):
        return await _read_place(db, text, language)
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        return End(text=text, is_wrong=True)
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004 - the world
        return End(text=text, is_wrong=True)
    return End(text=f"{lon:.6f},{lat:.6f}", point=(lon, lat))


async def _read_place(db: AsyncSession, text: str, language: str) -> End:
    try:
        place = await get_place(db, UUID(text.removeprefix(_PLACE)))
    except (ValueError, PlaceNotFoundError):
        return End(text=text, is_wrong=True)
    point = write_geometry(place.point) or {}
    lon, lat = point["coordinates"]
    name = name_place(place.name, place.address, language) or Named(
        translate(language, describe_category(place.category, place.kind)), None
    )
    return End(text=f"{_PLACE}{place.id}", name=name, point=(lon, lat))
