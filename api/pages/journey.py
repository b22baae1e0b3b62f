"""The route page: its two ends, the question to `/v1/routes`, and the answer in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.inside import ask
from api.pages.views import Named, choose_name
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

    @property
    def is_found(self) -> bool:
        """Whether there is a way."""
        return self.status == 200 and bool(self.body.get("features"))  # noqa: PLR2004 - HTTP's OK

    @property
    def properties(self) -> Mapping[str, Any]:
        """Length, time, steps and warnings of the way."""
        return self.body.get("properties") or {}


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
    return Way(answer.status, answer.body)


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
    name = choose_name(place.name, language)
    return End(text=f"{_PLACE}{place.id}", name=name, point=(lon, lat))
