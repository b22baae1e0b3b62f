"""Query parameters of the standard: read strictly, or refused (requirements 8, 9, 16 to 26)."""

import math
import re
from collections.abc import Collection as Names
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from fastapi import Request

from api.pages.languages import LANGUAGES, choose_language
from api.parameters import BadParameterError
from audits.opendata.collections import Collection
from audits.opendata.columns import Column, Kind
from audits.opendata.reading import Box, FeatureFilter

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
DEFAULT_LIMIT = 10
MAX_LIMIT = 1_000
_MOST_TEXT = 200
_MOST_CURSOR = 500
_COMMON = ("f", "lang")
_ITEMS = ("limit", "bbox", "bbox-crs", "crs", "datetime", "cursor")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


class Form(StrEnum):
    """How an answer is written."""

    JSON = "json"
    HTML = "html"


def read_form(request: Request) -> Form:
    """Choose by `f`, else by `Accept`; JSON where both leave it open."""
    asked = _read_one(request, "f")
    if asked is not None:
        if asked not in set(Form):
            raise BadParameterError("f is json or html", parameter="f")
        return Form(asked)
    weights = {Form.JSON: 0.0, Form.HTML: 0.0}
    for part in request.headers.get("accept", "").split(","):
        kind, *options = (each.strip().lower() for each in part.split(";"))
        weight = next((_weight(each[2:]) for each in options if each.startswith("q=")), 1.0)
        if kind in {"text/html", "application/xhtml+xml"}:
            weights[Form.HTML] = max(weights[Form.HTML], weight)
        elif kind in {"application/json", "application/geo+json"}:
            weights[Form.JSON] = max(weights[Form.JSON], weight)
    return Form.HTML if weights[Form.HTML] > weights[Form.JSON] else Form.JSON


def read_language(request: Request, form: Form) -> str:
    """Choose by `lang`, else by `Accept-Language`; programs that say nothing get English."""
    asked = _read_one(request, "lang")
    if asked is not None:
        if asked not in LANGUAGES:
            raise BadParameterError("lang is kk, ru or en", parameter="lang")
        return asked
    wish = request.headers.get("accept-language")
    return "en" if wish is None and form is Form.JSON else choose_language(wish or "")


def refuse_unknown(request: Request, allowed: Names[str] = ()) -> None:
    """Raise BadParameterError for a parameter that is not described (requirement 8)."""
    for name in request.query_params:
        if name not in _COMMON and name not in allowed:
            raise BadParameterError("there is no such parameter", parameter=name[:_MOST_TEXT])


def names_of_items(collection: Collection) -> tuple[str, ...]:
    """Give the parameters that the items of a collection take."""
    return (*_ITEMS, *(column.name for column in collection.filters))


def read_limit(request: Request) -> int:
    """Read how many features are wanted; more than we give is no error (requirement 22)."""
    text = _read_one(request, "limit")
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) < 1:
        raise BadParameterError("limit is a whole number from 1", parameter="limit")
    return min(int(text), MAX_LIMIT)


def read_cursor(request: Request) -> str | None:
    """Read where the page begins."""
    cursor = _read_one(request, "cursor")
    if cursor is not None and len(cursor) > _MOST_CURSOR:
        raise BadParameterError("this is no cursor of ours", parameter="cursor")
    return cursor


def read_filter(request: Request, collection: Collection) -> FeatureFilter:
    """Read bbox, datetime and the values of columns."""
    for name in ("crs", "bbox-crs"):
        if _read_one(request, name) not in {None, CRS84}:
            raise BadParameterError(f"only {CRS84} is served", parameter=name)
    starts, ends = _read_times(request)
    equal = {}
    for column in collection.filters:
        value = _read_one(request, column.name)
        if value is not None:
            equal[column.name] = _check_value(column, value)
    return FeatureFilter(box=_read_box(request), starts=starts, ends=ends, equal=equal)


def _read_one(request: Request, name: str) -> str | None:
    values = request.query_params.getlist(name)
    if len(values) > 1:
        raise BadParameterError("give it once", parameter=name)
    return values[0] if values else None


def _read_box(request: Request) -> Box | None:
    text = _read_one(request, "bbox")
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in {4, 6} or not all(map(math.isfinite, numbers)):
        raise BadParameterError("bbox is 4 or 6 numbers: west,south,east,north", parameter="bbox")
    half = len(numbers) // 2
    west, south, east, north = numbers[0], numbers[1], numbers[half], numbers[half + 1]
    inside = abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90  # noqa: PLR2004 - degrees
    if not inside:
        raise BadParameterError("bbox is in degrees, longitude first", parameter="bbox")
    return west, south, east, north


def _read_times(request: Request) -> tuple[datetime | None, datetime | None]:
    """Read an instant or an interval, of which one end may be open (requirement 25)."""
    text = _read_one(request, "datetime")
    if text is None:
        return None, None
    ends = text.split("/")
    interval = len(ends) == 2  # noqa: PLR2004 - of two ends
    if not interval:
        first, last = _read_moment(text)
        return first, last
    start, end = ("" if each == ".." else each for each in ends)
    starts = _read_moment(start)[0] if start else None
    until = _read_moment(end)[1] if end else None
    if starts and until and starts > until:
        raise BadParameterError("the interval ends before it begins", parameter="datetime")
    return starts, until


def _read_moment(text: str) -> tuple[datetime, datetime]:
    """Read a moment, or the first and last moment of a day."""
    try:
        if _DAY.fullmatch(text):
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return day, day + timedelta(days=1) - timedelta(microseconds=1)
        if _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
            return moment, moment
    except (ValueError, OverflowError):
        pass
    raise BadParameterError("datetime is as in RFC 3339", parameter="datetime")


def _check_value(column: Column, value: str) -> str:
    if column.choices and value not in column.choices:
        raise BadParameterError(f"one of {', '.join(column.choices)}", parameter=column.name)
    if column.kind is Kind.ID:
        try:
            return str(UUID(value))
        except ValueError as error:
            raise BadParameterError("a UUID", parameter=column.name) from error
    if "\x00" in value or len(value) > _MOST_TEXT:
        raise BadParameterError("this value cannot be there", parameter=column.name)
    return value


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
