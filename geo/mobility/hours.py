"""Whether something is open at a moment, from a common part of OSM `opening_hours`.

Understands `24/7`, weekday ranges and lists, several time spans, spans over midnight, `off`,
and a later rule overriding an earlier one. Anything else (holidays, seasons, sunset) gives
`None`: not known, never a guess.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_SPAN = re.compile(r"^([0-2]?\d):([0-5]\d)-([0-2]?\d):([0-5]\d)$")
_DAY = re.compile(r"^(Mo|Tu|We|Th|Fr|Sa|Su)(?:-(Mo|Tu|We|Th|Fr|Sa|Su))?$")
_DAY_MINUTES = 24 * 60

Spans = tuple[tuple[int, int], ...]


def open_at(hours: str | None, at: datetime) -> bool | None:
    """Return whether `hours` cover the local moment `at`; `None` when that cannot be told.

    `at` is read as the wall clock of the place, so convert it before calling.
    """
    week = _parse(hours.strip()) if hours else None
    if week is None:
        return None
    minute = at.hour * 60 + at.minute
    if any(start <= minute < end for start, end in week[at.weekday()]):
        return True
    yesterday = week[(at - timedelta(days=1)).weekday()]
    return any(minute < end - _DAY_MINUTES for _, end in yesterday)


@lru_cache(maxsize=4096)
def _parse(hours: str) -> tuple[Spans, ...] | None:
    """Return the open spans in minutes for each day of the week, Monday first."""
    if hours == "24/7":
        return (((0, _DAY_MINUTES),),) * 7
    week: list[Spans] = [()] * 7
    for rule in filter(None, (part.strip() for part in hours.split(";"))):
        parsed = _parse_rule(rule)
        if parsed is None:
            return None
        days, spans = parsed
        for day in days:
            week[day] = spans
    return tuple(week)


def _parse_rule(rule: str) -> tuple[frozenset[int], Spans] | None:
    words = rule.replace(", ", ",").split()
    days = _parse_days(words[0])
    rest = words[1:] if days is not None else words
    days = frozenset(range(7)) if days is None else days
    if len(rest) != 1:
        return None
    if rest[0] in {"off", "closed"}:
        return days, ()
    spans = [_parse_span(text) for text in rest[0].split(",")]
    known = tuple(span for span in spans if span is not None)
    return (days, known) if len(known) == len(spans) else None


def _parse_days(text: str) -> frozenset[int] | None:
    days: set[int] = set()
    for part in text.split(","):
        match = _DAY.match(part)
        if match is None:
            return None
        first = _DAYS.index(match[1])
        last = _DAYS.index(match[2] or match[1])
        days.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return frozenset(days)


def _parse_span(text: str) -> tuple[int, int] | None:
    match = _SPAN.match(text)
    if match is None:
        return None
    start = int(match[1]) * 60 + int(match[2])
    end = int(match[3]) * 60 + int(match[4])
    if start >= _DAY_MINUTES or end > 2 * _DAY_MINUTES:
        return None
    return (start, end) if end > start else (start, end + _DAY_MINUTES)
