"""The same resources for people: readable in three languages, with a keyboard, without scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from api.ogc.documents import Site
from api.pages import open_texts as texts
from api.pages.languages import LANGUAGES, OWN_NAMES
from api.pages.queries import City
from api.pages.site import render, translate
from audits.opendata.collections import Collection
from audits.opendata.columns import WORDS, Column, describe_word
from audits.opendata.reading import Feature
from audits.verdicts.texts import find_text

_SHOWN = {
    "places": ("name", "category", "street", "housenumber", "entry_manual_wheelchair",
               "service_manual_wheelchair", "entry_low_vision", "entry_deaf", "observed_last"),
    "entrances": ("role", "position_source", "door_clear_width_mm", "door_threshold_mm",
                  "step_count", "ramp_kind", "observed_last"),
    "barriers": ("kind", "since", "expires_at", "note"),
    "streets": ("name", "kind", "length_mm", "width_mm", "incline_permille", "step_count",
                "can_manual_wheelchair", "known_manual_wheelchair", "can_low_vision"),
}  # fmt: skip
"""Columns of the table; everything is on the page of a feature."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as people see it."""

    text: str
    href: str | None = None
    word: str | None = None
    """One of the four words, to be marked by shape and colour as everywhere."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list: a term, what it means, and its value or where it leads."""

    term: str
    meaning: str = ""
    value: Cell | None = None
    href: str | None = None


@dataclass(slots=True)
class View:
    """What a page shows, from top to bottom."""

    title: str
    intro: Sequence[str] = ()
    path: Sequence[tuple[str, str]] = ()
    """Pages above this one: text and address."""
    entries: Sequence[Entry] = ()
    head: Sequence[tuple[str, str]] = ()
    """Name and meaning of each column of the table."""
    rows: Sequence[Sequence[Cell]] = ()
    count: str = ""
    next_page: str | None = None
    others: Sequence[tuple[str, str]] = field(default_factory=list)
    """Other forms of the same resource."""


def show(
    request: Request, site: Site, language: str, city: City | None, view: View
) -> HTMLResponse:
    """Render a view."""
    view.others = [*view.others, ("JSON", site.within(site.again(f="json", lang=None)))]
    languages = [
        {
            "code": code,
            "name": OWN_NAMES[code],
            "href": site.within(site.again(f="html", lang=code)),
        }
        for code in LANGUAGES
    ]
    context = {
        "view": view,
        "city": city,
        "profile": None,
        "languages": languages,
        "sheets": ["data"],
    }
    answer = render(request, language, "ogc.html", context)
    answer.headers["Vary"] = "Accept, Accept-Language, Accept-Encoding"
    return answer


def above(site: Site, language: str, collection: Collection | None = None) -> list[tuple[str, str]]:
    """Give the way from the landing page to a page."""
    path = [
        (translate(language, texts.TITLE), _keep(site, "", language)),
        (translate(language, texts.COLLECTIONS), _keep(site, "/collections", language)),
    ]
    if collection is not None:
        title = describe_word("collection_title", collection.name, language)
        path.append((title, _keep(site, f"/collections/{collection.name}", language)))
    return path


def link_entries(site: Site, language: str, links: Sequence[tuple[str, str, str]]) -> list[Entry]:
    """Write links below `/ogc` as a list: term, meaning, path."""
    return [Entry(term, meaning, href=_keep(site, path, language)) for term, meaning, path in links]


def column_entries(collection: Collection, language: str) -> list[Entry]:
    """Write every column with its meaning."""
    return [Entry(column.name, _describe(column, language)) for column in collection.published]


def feature_table(
    site: Site, collection: Collection, features: Sequence[Feature], language: str
) -> tuple[list[tuple[str, str]], list[list[Cell]]]:
    """Write features as a table of the columns that matter most."""
    columns = [
        column for name in _SHOWN[collection.name] if (column := collection.find_column(name))
    ]
    head = [("id", ""), *((column.name, column.describe(language)) for column in columns)]
    rows = []
    for feature in features:
        path = f"/collections/{collection.name}/items/{feature.id}"
        first = Cell(str(feature.id)[-12:], _keep(site, path, language))
        rows.append([first, *(_cell(column, feature.properties, language) for column in columns)])
    return head, rows


def feature_entries(collection: Collection, feature: Feature, language: str) -> list[Entry]:
    """Write every value of a feature with its meaning."""
    return [
        Entry(column.name, _describe(column, language), _cell(column, feature.properties, language))
        for column in collection.published
        if column.name in feature.properties
    ]


def _cell(column: Column, properties: Mapping[str, Any], language: str) -> Cell:
    value = properties[column.name]
    if value is None:
        return Cell("–")
    if column.choices == WORDS:
        return Cell(find_text(f"word.{value}", language) or value, word=value)
    if isinstance(value, bool):
        return Cell(str(value).lower())
    return Cell(f"{value} {column.unit}".strip() if column.unit else str(value))


def _describe(column: Column, language: str) -> str:
    meaning = column.describe(language)
    return f"{meaning} ({column.unit})" if column.unit else meaning


def _keep(site: Site, path: str, language: str) -> str:
    """Give the address of another page of the same language."""
    return f"{site.within(site.address(path))}?f=html&lang={language}"
