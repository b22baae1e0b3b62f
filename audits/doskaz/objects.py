"""One object of their register, checked: what is usable, and what is wrong where (pure).

A row that cannot be placed or named is refused; a single answer that cannot be read is left out.
Both are listed with a JSON pointer, none is silently dropped.
"""

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from audits.doskaz.mapping import ENTRANCE, Form, Reply, load_mapping
from geo.places.kinds import PlaceKind, Sector

ZONES = (
    "parking",
    "entrance1",
    "entrance2",
    "entrance3",
    "movement",
    "service",
    "toilet",
    "navigation",
    "serviceAccessibility",
    "kidsAccessibility",
)
_COUNTRY = (46.0, 40.0, 88.0, 56.0)
"""West, south, east, north around Kazakhstan; degrees."""
_MAX_NAME = 300
_MAX_TEXT = 2000
_ID = re.compile(r"^[\w.:-]{1,64}$")
_ATTRIBUTE = re.compile(r"^(?:attribute)?(\d{1,4})$")
_NO_SCORES: Mapping[str, Any] = MappingProxyType({})


class RowCode(StrEnum):
    """What is wrong with a row or with a part of it."""

    NOT_AN_OBJECT = "not_an_object"
    BROKEN_FILE = "broken_file"
    NAME_MISSING = "name_missing"
    BAD_ID = "bad_id"
    FORM_UNKNOWN = "form_unknown"
    POINT_MISSING = "point_missing"
    POINT_SWAPPED = "point_swapped"
    POINT_OUTSIDE = "point_outside"
    NO_ANSWERS = "no_answers"
    REPEATED_ID = "repeated_id"
    BAD_ZONE = "bad_zone"
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_ANSWER = "unknown_answer"
    BAD_DATE = "bad_date"
    NOT_STORED = "not_stored"


_REFUSES = frozenset(RowCode) - {
    RowCode.BAD_ZONE,
    RowCode.UNKNOWN_KEY,
    RowCode.UNKNOWN_ANSWER,
    RowCode.BAD_DATE,
}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something wrong in the file, and where."""

    row: int
    """Counted from 1: the object in a JSON file, the line of data in a CSV file."""
    code: RowCode
    pointer: str
    """JSON pointer inside the row; empty for the row itself."""
    given: str = ""

    @property
    def refuses(self) -> bool:
        """Whether the whole row is left out."""
        return self.code in _REFUSES

    def line(self) -> str:
        """Say it in one line."""
        what = self.code.value.replace("_", " ")
        given = f": {self.given}" if self.given else ""
        left_out = "row left out" if self.refuses else "this answer left out"
        return f"row {self.row}{self.pointer and ' ' + self.pointer}: {what}{given} ({left_out})"


@dataclass(frozen=True, slots=True)
class Zone:
    """The answers of one zone."""

    replies: Mapping[str, Reply]
    comment: str = ""
    overridden_score: Any = None
    """A score that a moderator set by hand; kept as a note, never used."""


@dataclass(frozen=True, slots=True)
class DoskazObject:
    """One object with everything that is taken over."""

    row: int
    key: str
    """Their id, or a stable key made from name, address and point."""
    form: Form
    name: str
    other_names: tuple[str, ...]
    description: str
    address: str
    category: str
    lon: float
    lat: float
    zones: Mapping[str, Zone]
    photos: tuple[str, ...] = ()
    videos: tuple[str, ...] = ()
    observed_at: datetime | None = None
    scores: Mapping[str, Any] = field(default_factory=lambda: _NO_SCORES)


@dataclass(frozen=True, slots=True)
class Category:
    """What their category is in our words."""

    category: str
    sector: Sector
    kind: PlaceKind


@dataclass(slots=True)
class _Reading:
    """Problems of the row being read."""

    row: int
    problems: list[RowProblem]

    def note(self, code: RowCode, pointer: str = "", given: object = "") -> None:
        self.problems.append(RowProblem(self.row, code, pointer, str(given)[:80]))


@cache
def load_categories() -> Mapping[str, Category]:
    """Return our words by their category title, folded."""
    text = files("audits.doskaz").joinpath("categories.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            fold(title): Category(
                row["category"], Sector(row["sector"]), PlaceKind(row.get("kind", "organisation"))
            )
            for title, row in tomllib.loads(text)["titles"].items()
        }
    )


def find_category(title: str) -> Category | None:
    """Return what their category title means, `None` for a title nobody knows."""
    return load_categories().get(fold(title))


def fold(text: str) -> str:
    """Fold a name for comparing: case, ё, quotes, punctuation and spaces do not matter."""
    return " ".join(re.findall(r"\w+", text.casefold().replace("ё", "е")))


def read_object(
    row: int, body: object, titles: Mapping[str, str]
) -> tuple[DoskazObject | None, tuple[RowProblem, ...]]:
    """Read one object in the shape of their form; `titles` names categories by number.

    Gives no object when a problem refuses the row.
    """
    reading = _Reading(row, [])
    if not isinstance(body, dict):
        reading.note(RowCode.NOT_AN_OBJECT, given=type(body).__name__)
        return None, tuple(reading.problems)
    step = body.get("first")
    first: dict[str, Any] = step if isinstance(step, dict) else body
    name = _text(first.get("name"))[:_MAX_NAME]
    if not name:
        reading.note(RowCode.NAME_MISSING, "/first/name")
    form = _form(reading, body)
    point = _point(reading, first.get("point"))
    zones = _zones(reading, body, form)
    key = _key(reading, body, name, _text(first.get("address")), point)
    observed_at = _moment(reading, body)
    if any(problem.refuses for problem in reading.problems) or form is None or point is None:
        return None, tuple(reading.problems)
    number = _text(first.get("categoryId"))
    found = DoskazObject(
        row=row,
        key=key,
        form=form,
        name=name,
        other_names=_list(first.get("otherNames")),
        description=_text(first.get("description"))[:_MAX_TEXT],
        address=_text(first.get("address"))[:_MAX_NAME],
        category=_text(first.get("category")) or titles.get(number, number),
        lon=point[0],
        lat=point[1],
        zones=zones,
        photos=_list(first.get("photos")),
        videos=_list(first.get("videos")),
        observed_at=observed_at,
        scores=_object(body.get("scores") or body.get("overallScore")),
    )
    return found, tuple(reading.problems)


def form_zone(zone: str) -> str:
    """Return the zone of the mapping: the three entrances share one."""
    return ENTRANCE if zone.startswith(ENTRANCE) else zone


def _text(value: object) -> str:
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value).replace("\x00", "").strip()
    return ""


def _list(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(text for item in items if (text := _text(item)))


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _NO_SCORES


def _form(reading: _Reading, body: Mapping[str, Any]) -> Form | None:
    given = _text(body.get("form"))
    try:
        return Form(given)
    except ValueError:
        reading.note(RowCode.FORM_UNKNOWN, "/form", given)
        return None


def _point(reading: _Reading, value: object) -> tuple[float, float] | None:
    """Read [lat, lon], their order, as longitude and latitude."""
    try:
        lat, lon = (float(number) for number in value)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        reading.note(RowCode.POINT_MISSING, "/first/point", value)
        return None
    if _inside(lon, lat):
        return lon, lat
    if math.isfinite(lat) and math.isfinite(lon):
        code = RowCode.POINT_SWAPPED if _inside(lat, lon) else RowCode.POINT_OUTSIDE
        reading.note(code, "/first/point", value)
    else:
        reading.note(RowCode.POINT_MISSING, "/first/point", value)
    return None


def _inside(lon: float, lat: float) -> bool:
    west, south, east, north = _COUNTRY
    return west <= lon <= east and south <= lat <= north


def _zones(reading: _Reading, body: Mapping[str, Any], form: Form | None) -> Mapping[str, Zone]:
    zones: dict[str, Zone] = {}
    for name in ZONES:
        given = body.get(name)
        if given is None:
            continue
        if not isinstance(given, dict) or not isinstance(given.get("attributes", {}), dict):
            reading.note(RowCode.BAD_ZONE, f"/{name}", type(given).__name__)
            continue
        replies = _replies(reading, name, given.get("attributes", {}), form)
        if replies:
            zones[name] = Zone(replies, _text(given.get("comment")), given.get("overriddenScore"))
    if not zones:
        reading.note(RowCode.NO_ANSWERS)
    return zones


def _replies(
    reading: _Reading, zone: str, attributes: Mapping[str, Any], form: Form | None
) -> dict[str, Reply]:
    replies: dict[str, Reply] = {}
    for name, given in attributes.items():
        if given in {None, ""} if isinstance(given, (str, type(None))) else False:
            continue
        pointer = f"/{zone}/attributes/{name}"
        match = _ATTRIBUTE.match(str(name))
        key = match[1] if match else ""
        known = form is None or load_mapping().find(form_zone(zone), key, form) is not None
        if not known:
            reading.note(RowCode.UNKNOWN_KEY, pointer)
        elif given not in set(Reply):
            reading.note(RowCode.UNKNOWN_ANSWER, pointer, given)
        else:
            replies[key] = Reply(given)
    return replies


def _key(
    reading: _Reading,
    body: Mapping[str, Any],
    name: str,
    address: str,
    point: tuple[float, float] | None,
) -> str:
    given = _text(body.get("id"))
    if given and not _ID.match(given):
        reading.note(RowCode.BAD_ID, "/id", given)
    if given:
        return given
    content = json.dumps([fold(name), fold(address), point])
    return f"form-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def _moment(reading: _Reading, body: Mapping[str, Any]) -> datetime | None:
    for name in ("updatedAt", "createdAt"):
        given = _text(body.get(name))
        if not given:
            continue
        try:
            if len(given) == len("2019-02-18"):
                day = date.fromisoformat(given)
                return datetime(day.year, day.month, day.day, tzinfo=UTC)
            moment = datetime.fromisoformat(given)
        except ValueError:
            reading.note(RowCode.BAD_DATE, f"/{name}", given)
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
