"""What templates show, prepared: names in the reader's language, words, reasons, measurements.

Pure: from rows and bodies to plain values. Nothing is judged here; the words and their reasons
come from the audits.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from babel.dates import get_day_names

from api.pages.languages import LANGUAGES
from api.pages.texts import CATEGORIES, KINDS
from api.schemas.places import ElementRead, FactRead, PlaceRead, PlaceSummary, VerdictRead
from audits.catalogue import latest
from audits.verdicts.texts import find_text
from geo.mobility.profiles import Profile
from geo.mobility.words import Word


@dataclass(frozen=True, slots=True)
class Named:
    """A text together with the language it is in, for screen readers."""

    text: str
    language: str | None
    """Empty when it is the page's language or not known."""


def choose_name(names: Mapping[str, str], language: str) -> Named | None:
    """Choose the name in the reader's language, else the nearest that exists."""
    order = [language, "", *(code for code in ("ru", "kk", "en") if code in LANGUAGES)]
    for code in order:
        if names.get(code):
            return Named(names[code], None if code in {language, ""} else code)
    return None


def describe_address(address: Mapping[str, str], language: str) -> str:
    """Write street and house number as people say them."""
    street = address.get(f"street:{language}") or address.get("street") or ""
    return ", ".join(part for part in (street, address.get("housenumber", "")) if part)


def name_place(names: Mapping[str, str], address: Mapping[str, str], language: str) -> Named | None:
    """Name a place as people would: by its name, else by its address."""
    found = choose_name(names, language)
    if found is not None:
        return found
    where = describe_address(address, language)
    return Named(where, None) if where else None


def describe_category(category: str, kind: str) -> str:
    """Give the message of a category, of the kind of place where the category says nothing."""
    return CATEGORIES.get(category) or KINDS.get(kind, "Place")


_OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_ROUND_THE_CLOCK = {"kk": "тәулік бойы", "ru": "круглосуточно", "en": "round the clock"}
_CLOSED = {"kk": "жабық", "ru": "закрыто", "en": "closed"}


def describe_hours(hours: str | None, language: str) -> str | None:
    """Write OSM opening hours with the days of the reader's language."""
    if not hours:
        return None
    if hours.strip() == "24/7":
        return _ROUND_THE_CLOCK[language]
    names = get_day_names("abbreviated", locale=language)
    for number, day in enumerate(_OSM_DAYS):
        hours = re.sub(rf"\b{day}\b", names[number], hours)
    return re.sub(r"\boff\b", _CLOSED[language], hours)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a word is what it is: a question of the catalogue, what was found, and the limit."""

    label: str
    found: str | None
    limit: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word for the reader's profile and the reasons for it."""

    word: Word
    help_kinds: Sequence[str]
    blocking: Sequence[Reason]
    missing: Sequence[Reason]
    confidence: str
    coverage_percent: int
    entrance_id: UUID | None

    @property
    def best_entrance_id(self) -> UUID | None:
        """The entrance to recommend; none while nobody knows whether any works."""
        return self.entrance_id if self.word in {Word.YES, Word.WITH_HELP} else None


def find_verdict(
    verdicts: Sequence[VerdictRead], profile: Profile, scope: str, language: str
) -> Verdict | None:
    """Find the verdict of a profile and scope; `None` when nothing was ever audited."""
    for each in verdicts:
        if each.profile is profile and each.scope == scope:
            return Verdict(
                word=each.word,
                help_kinds=each.help_kinds,
                blocking=_describe_each(each.blocking, language),
                missing=_describe_each(each.missing, language),
                confidence=find_text(f"confidence.{each.confidence}", language) or "",
                coverage_percent=each.coverage_percent,
                entrance_id=each.entrance_id,
            )
    return None


def _describe_each(items: Sequence[Mapping[str, Any]], language: str) -> list[Reason]:
    """Describe reasons; two that read alike, of two parts of one way, are told once."""
    return list(dict.fromkeys(describe_reason(item, language) for item in items))


def describe_reason(item: Mapping[str, Any], language: str) -> Reason:
    """Name what a reason is about, the value that was found and the limit that it missed.

    Takes a violation or a missing fact as `audits.verdicts` publishes them.
    """
    field = str(item.get("field", ""))
    sentence = find_text(str(item.get("key", "")), language)
    measured = item.get("measured")
    if sentence is not None and not _is_number(measured):
        measured = None  # "glass door not marked" says it all; its answer would say it twice
    limit = _find_missed_limit(item)
    return Reason(
        label=sentence or _label(field, language),
        found=None if measured is None else describe_value(field, measured, language),
        limit=None if limit is None or measured is None else describe_value(field, limit, language),
    )


def _find_missed_limit(item: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as verdicts publish it
    """Find the limit that was missed: the last one, or the comfortable one where that held.

    A "no" for somebody who goes alone may have missed only the comfortable one.
    """
    comfortable, last, measured = item.get("ok"), item.get("help"), item.get("measured")
    if comfortable is None or last is None or item.get("effect") == Word.WITH_HELP:
        return comfortable if comfortable is not None else last
    if all(isinstance(each, int) for each in (comfortable, last, measured)):
        held = measured <= last if last >= comfortable else measured >= last
        return comfortable if held else last
    return last


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def describe_badges(badges: Sequence[str], language: str) -> list[str]:
    """Name what the place offers beyond getting in."""
    return [text for badge in badges if (text := find_text(f"badge.{badge}", language))]


@dataclass(frozen=True, slots=True)
class Measurement:
    """A fact as a reader sees it."""

    label: str
    value: str | None
    """Empty when there is none or it is not known; `state` says which."""
    state: str
    method: str
    observed_at: datetime
    confidence: str


@dataclass(frozen=True, slots=True)
class Part:
    """An entrance or another part of a place with what is known about it."""

    id: UUID | None
    kind: str
    name: Named | None
    wins: bool
    measurements: Sequence[Measurement]
    parts: Sequence["Part"]


def list_parts(place: PlaceRead, winner: UUID | None, language: str) -> list[Part]:
    """List the parts of a place, entrances first, each with its facts and its own parts."""
    facts: dict[UUID | None, list[FactRead]] = {}
    for fact in place.facts:
        facts.setdefault(fact.element_id, []).append(fact)
    children: dict[UUID | None, list[ElementRead]] = {}
    known = {element.id for element in place.elements}
    for element in place.elements:
        parent = element.parent_id if element.parent_id in known else None
        children.setdefault(parent, []).append(element)

    def build(element: ElementRead) -> Part:
        return Part(
            id=element.id,
            kind=element.kind,
            name=choose_name(element.name, language),
            wins=element.id == winner,
            measurements=_measurements(facts.get(element.id, ()), language),
            parts=[build(child) for child in children.get(element.id, ())],
        )

    parts = [build(element) for element in children.get(None, ())]
    parts.sort(key=lambda part: (not part.wins, part.kind != "entrance"))
    whole = _measurements(facts.get(None, ()), language)
    if whole:
        parts.append(Part(None, "place", None, wins=False, measurements=whole, parts=()))
    return parts


def describe_value(field: str, value: object, language: str) -> str:
    """Write a value with its unit: metres, per cent, a choice or yes and no in words."""
    catalogue = latest()
    known = catalogue.fields.get(field)
    texts = catalogue.texts[language]
    if isinstance(value, bool):
        return texts.get(f"bool.{str(value).lower()}", _YES_NO[language][value])
    if known is None or not isinstance(value, int):
        choice = known.choice_set if known is not None else None
        return texts.get(f"choice.{choice}.{value}", str(value))
    return describe_quantity(value, known.type.unit, language)


_YES_NO = {
    "kk": {True: "иә", False: "жоқ"},
    "ru": {True: "да", False: "нет"},
    "en": {True: "yes", False: "no"},
}
_METRES = {"kk": "м", "ru": "м", "en": "m"}
_CENTIMETRES = {"kk": "см", "ru": "см", "en": "cm"}
_METRE_FROM_MM = 1000


def describe_quantity(value: int, unit: str, language: str) -> str:
    """Write a stored integer with its unit: `mm` as m or cm, `permille` as per cent."""
    return _with_unit(value, unit, latest().texts[language], language)


def _with_unit(value: int, unit: str, texts: Mapping[str, str], language: str) -> str:
    if unit == "mm" and abs(value) >= _METRE_FROM_MM:
        return f"{_decimal(value / 1000, language)} {_METRES[language]}"
    if unit == "mm":
        return f"{_decimal(value / 10, language)} {_CENTIMETRES[language]}"
    if unit == "permille":
        return f"{_decimal(value / 10, language)} %"
    if unit == "count":
        return str(value)
    return f"{value} {texts.get(f'unit.{unit}', unit)}"


def _decimal(value: float, language: str) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text if language == "en" else text.replace(".", ",")


def _measurements(facts: Sequence[FactRead], language: str) -> list[Measurement]:
    return [
        Measurement(
            label=_label(fact.field, language),
            value=_value(fact, language),
            state=fact.state,
            method=fact.method,
            observed_at=fact.observed_at,
            confidence=fact.confidence,
        )
        for fact in facts
    ]


def _value(fact: FactRead, language: str) -> str | None:
    if fact.state != "value" or fact.value is None:
        return None
    text = describe_value(fact.field, fact.value, language)
    sign = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "~": "≈"}.get(fact.operator or "=")
    return f"{sign} {text}" if sign else text


def _label(field: str, language: str) -> str:
    return latest().texts[language].get(f"field.{field}.label", field)


@dataclass(frozen=True, slots=True)
class Listed:
    """A place in the list beside the map."""

    id: UUID
    kind: str
    name: Named | None
    category: str
    address: str
    entry: Word
    reason: Reason | None
    distance_m: int | None
    lon: float
    lat: float


def list_item(
    place: PlaceSummary, profile: Profile, reason: Mapping[str, Any] | None, language: str
) -> Listed:
    """Prepare one place of a list, with the first reason for its word."""
    lon, lat = place.point["coordinates"]
    return Listed(
        id=place.id,
        kind=place.kind,
        name=name_place(place.name, place.address, language),
        category=describe_category(place.category, place.kind),
        address=describe_address(place.address, language),
        entry=place.entry[profile],
        reason=describe_reason(reason, language) if reason else None,
        distance_m=place.distance_m,
        lon=lon,
        lat=lat,
    )
