"""From a question about ways to what the router takes: ends, areas, and one stable address.

What is wrong with a question is said here, before anything is searched: swapped coordinates,
the same place twice, areas with too many corners.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.city_time import InvalidMomentError, on_city_clock
from api.coordinates import InvalidCoordinatesError, read_point
from api.dependencies import AppState, Now, ReadDb
from api.lifespan import State
from api.localised import find_language
from api.parameters import BadParameterError
from api.schemas.journeys import PolygonIn, WhoGoes
from audits.journeys.ends import (
    resolve_address,
    resolve_entrance,
    resolve_place,
    resolve_point,
)
from audits.journeys.lifts import Lifts
from audits.journeys.model import Ends, Person
from geo.distance import apart_m
from geo.errors import DomainError, ErrorKind
from geo.routing.answer import Rings
from geo.routing.graph import DEGREES_E7, Graph
from geo.routing.needs import Needs
from geo.routing.service import Pinned

MOST_CORNERS = 1_000
_FEWEST_CORNERS = 3
_SAME_PLACE_M = 1.0
_MARGIN_DEGREES = 0.05
_ADDRESS = "address"


class InvalidEndError(DomainError):
    """An end of a route is neither a point, a place, an entrance nor an address."""

    code = "invalid-route-end"
    title = "An end is `lon,lat`, `place:<id>`, `entrance:<id>` or `address:<text>`"
    kind = ErrorKind.BAD_REQUEST


class SwappedCoordinatesError(DomainError):
    """A point lies outside the city, and would lie in it with its two numbers swapped."""

    code = "swapped-coordinates"
    title = "Longitude comes first; latitude and longitude seem to be swapped"
    kind = ErrorKind.INVALID


class SamePlaceError(DomainError):
    """The way begins where it ends, or a stop is where the one before it is."""

    code = "same-place"
    title = "Start, stop or end: two that follow one another are the same place"
    kind = ErrorKind.INVALID


class InvalidAreaError(DomainError):
    """An area to avoid is no polygon in degrees, or all areas together have too many corners."""

    code = "invalid-area"
    title = "An area is at least three corners `lon,lat`, joined by semicolons; 1,000 in all"
    kind = ErrorKind.INVALID


QUESTION_ERRORS = (
    BadParameterError,
    InvalidMomentError,
    InvalidEndError,
    InvalidCoordinatesError,
    SwappedCoordinatesError,
    InvalidAreaError,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What every question about ways needs: services, the clock, and who asks."""

    request: Request
    state: State
    open_db: Callable[[], AsyncSession]
    now: datetime

    @property
    def db(self) -> AsyncSession:
        """The session of the request; points alone do not need it."""
        return self.open_db()

    @property
    def client(self) -> str:
        """Who waits in the queue: one address of the network."""
        return self.request.client.host if self.request.client else "unknown"

    def language(self, asked: WhoGoes) -> str:
        """Give the language of the answer."""
        return asked.lang or find_language(self.request)

    def visit_at(self, asked: WhoGoes) -> datetime:
        """Give the time of the journey on the city's clock."""
        at = on_city_clock(asked.at or self.now, self.state.settings.time_zone)
        return at or self.now

    def person(self, asked: WhoGoes, needs: Needs) -> Person:
        """Give who goes, as the rules for doors take it."""
        return Person.of(needs, at=self.visit_at(asked), now=self.now)

    async def pin(self, asked: WhoGoes) -> tuple[Pinned, Lifts, datetime]:
        """Give the network in force, its lifts, and the time by which they are open or closed."""
        return self.state.router.pin(), await self.state.lifts.read(), self.visit_at(asked)

    async def resolve(
        self, texts: Sequence[str], person: Person, *, alone: bool = False
    ) -> list[Ends]:
        """Resolve ends in order; addresses last, so that the others say what is near.

        Raises `InvalidEndError`, `InvalidCoordinatesError`, `SwappedCoordinatesError`,
        `PlaceNotFoundError`, `AddressNotFoundError` and `AmbiguousAddressError`.
        """
        found: dict[int, Ends] = {}
        order = sorted(range(len(texts)), key=lambda n: texts[n].startswith(f"{_ADDRESS}:"))
        for number in order:
            others = () if alone else found.values()
            found[number] = await self._resolve_one(texts[number], person, others)
        return [found[number] for number in range(len(texts))]

    async def _resolve_one(self, text: str, person: Person, others: Iterable[Ends]) -> Ends:
        kind, _colon, key = text.partition(":")
        if kind == _ADDRESS:
            if not key.strip() or "\x00" in key:
                raise InvalidEndError(given=text)
            near = next((each.point for each in others if each.point), None)
            return await resolve_address(self.db, text=key, near=near, person=person)
        if kind in {"place", "entrance"}:
            try:
                identity = UUID(key)
            except ValueError as error:
                raise InvalidEndError(given=text) from error
            if kind == "entrance":
                return await resolve_entrance(self.db, entrance_id=identity, person=person)
            return await resolve_place(self.db, place_id=identity, person=person)
        if not any(character.isdigit() for character in text) and "," not in text:
            raise InvalidEndError(given=text)
        lon, lat = read_point(text)
        _check_order(lon, lat, self.state.router.pin().graph)
        return resolve_point(lon, lat)


# Async although nothing waits in it: a plain function would cost a trip to a thread each time.
async def _open_desk(request: Request, state: AppState, db: ReadDb, now: Now) -> Desk:
    return Desk(request, state, lambda: db, now)


AskDesk = Annotated[Desk, Depends(_open_desk)]


def _check_order(lon: float, lat: float, graph: Graph) -> None:
    """Raise SwappedCoordinatesError for a point that only makes sense the other way round."""
    box = _find_bounds(graph)
    if box is None or _is_in(box, lon, lat) or not _is_in(box, lat, lon):
        return
    raise SwappedCoordinatesError(given=f"{lon},{lat}", suggestion=f"{lat},{lon}")


def _is_in(box: tuple[float, float, float, float], lon: float, lat: float) -> bool:
    west, south, east, north = box
    return west <= lon <= east and south <= lat <= north


def _find_bounds(graph: Graph) -> tuple[float, float, float, float] | None:
    return _bounds_of(graph.key, _Held(graph))


class _Held:
    """A graph as an argument that a cache does not compare."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=2)
def _bounds_of(_key: str, held: _Held) -> tuple[float, float, float, float] | None:
    arrays = held.graph.arrays
    if not len(arrays.lon):
        return None
    lon, lat = (arrays.lon, arrays.lat)
    return (
        float(lon.min()) * DEGREES_E7 - _MARGIN_DEGREES,
        float(lat.min()) * DEGREES_E7 - _MARGIN_DEGREES,
        float(lon.max()) * DEGREES_E7 + _MARGIN_DEGREES,
        float(lat.max()) * DEGREES_E7 + _MARGIN_DEGREES,
    )


def check_ends_differ(ends: Sequence[Ends]) -> None:
    """Raise SamePlaceError when two ends in a row are one point, or one and the same door."""
    for one, other in pairwise(ends):
        here, there = one.targets, other.targets
        if not here or not there:
            continue
        refs = {target.ref for target in here if target.ref}
        if refs and refs == {target.ref for target in there}:
            raise SamePlaceError
        if len(here) == len(there) == 1:
            spots = ((here[0].lon, here[0].lat), (there[0].lon, there[0].lat))
            if apart_m(*spots) < _SAME_PLACE_M:
                raise SamePlaceError


def read_areas(avoid: Sequence[str | PolygonIn]) -> list[Rings]:
    """Read the areas to stay out of; raises InvalidAreaError."""
    areas: list[Rings] = []
    corners = 0
    for each in avoid:
        rings = _read_rings(each)
        corners += sum(len(ring) for ring in rings)
        if corners > MOST_CORNERS:
            raise InvalidAreaError(limit=MOST_CORNERS)
        areas.append(rings)
    return areas


def _read_rings(area: str | PolygonIn) -> Rings:
    if isinstance(area, PolygonIn):
        rings = [[(spot[0], spot[1]) for spot in ring] for ring in area.coordinates]
    else:
        if area.count(";") > MOST_CORNERS:
            raise InvalidAreaError(limit=MOST_CORNERS)
        try:
            rings = [[read_point(part) for part in area.strip(";").split(";")]]
        except InvalidCoordinatesError as error:
            raise InvalidAreaError(given=area[:100]) from error
    for ring in rings:
        good = all(
            math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90  # noqa: PLR2004 - the world
            for lon, lat in ring
        )
        if len(set(ring)) < _FEWEST_CORNERS or not good:
            raise InvalidAreaError(given=str(area)[:100])
    return rings


# -- one stable address ------------------------------------------------------------------------

MOST_ADDRESS_BYTES = 8_000
_NOT_THE_WAY = frozenset({"lang", "format"})


def write_query(asked: WhoGoes, *, without: frozenset[str] = frozenset()) -> str | None:
    """Give the shortest query that asks the same: defaults left out, names sorted.

    `None` when it is too long for an address, or an area has holes; then only a body can ask it.
    """
    return _join(_list_pairs(asked), without)


def _list_pairs(asked: WhoGoes) -> list[tuple[str, str]] | None:
    """Give each name of a query with its text `name=value`; `None` where none says the same."""
    areas: Sequence[str | PolygonIn] = getattr(asked, "avoid", ())
    if any(isinstance(area, PolygonIn) and len(area.coordinates) > 1 for area in areas):
        return None
    given = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    pairs = [
        (name, _write_value(name, each))
        for name, value in given.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    # Lists without an order of their own are sorted too; stops keep theirs.
    pairs.sort(key=lambda pair: (pair[0], "" if pair[0] == "via" else pair[1]))
    return [(name, f"{name}={quote(value, safe=',:;')}") for name, value in pairs]


def _join(pairs: Sequence[tuple[str, str]] | None, without: frozenset[str]) -> str | None:
    if pairs is None:
        return None
    text = "&".join(text for name, text in pairs if name not in without)
    return text if len(text) <= MOST_ADDRESS_BYTES else None


def _write_value(name: str, value: Any) -> str:  # noqa: ANN401 - members of a JSON body
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in {"from", "to", "via", "place"}:
        return _write_end(str(value))
    if name == "avoid":
        if isinstance(value, dict):
            return ";".join(f"{spot[0]:.6f},{spot[1]:.6f}" for spot in value["coordinates"][0])
        return str(value).strip(";")
    return str(value)


def _write_end(text: str) -> str:
    if ":" in text:
        return text
    lon, lat = read_point(text)
    return f"{lon:.6f},{lat:.6f}"


def list_links(path: str, asked: WhoGoes, language: str) -> dict[str, str | None]:
    """Give the addresses of an answer: itself, its page, and GPX where it has one."""
    pairs = _list_pairs(asked)
    plain = _join(pairs, _NOT_THE_WAY)
    links: dict[str, str | None] = {"self": f"{path}?{plain}" if plain is not None else None}
    if path == "/v1/routes":
        page = _join(pairs, _NOT_THE_WAY | {"elevation"})
        links["page"] = f"/{language}/route?{page}" if page is not None else None
        links["gpx"] = f"{path}?{plain}&format=gpx&lang={language}" if plain is not None else None
    return links
