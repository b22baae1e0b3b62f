"""Build places for the rules from plain answers, as the case table writes them.

Answers go where the form puts them: on the entrance if the field may stand there, else on the
place. Used by the case table and by the property tests.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from audits.catalogue import latest
from audits.observations import Agreement, Confidence, Fact, Method, Operator, State
from audits.verdicts import ElementFacts, PlaceFacts, Scope
from geo.mobility import PROFILES, Profile, Word
from geo.places.kinds import ElementKind, PlaceKind

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE_ID = UUID("0190a000-0000-7000-8000-000000000001")
MAIN_ID = UUID("0190a000-0000-7000-8000-000000000002")
SIDE_ID = UUID("0190a000-0000-7000-8000-000000000003")
TABLE = Path(__file__).parents[1] / "unit" / "audits" / "verdict_cases.toml"

Answers = Mapping[str, Any]
_WORDS = {"yes": Word.YES, "help": Word.WITH_HELP, "no": Word.NO, "?": Word.UNKNOWN, "-": None}


@dataclass(frozen=True, slots=True)
class WordCase:
    """One row of the table."""

    name: str
    place: PlaceFacts
    expected: Mapping[tuple[Profile, Scope], Word]


def make_fact(field: str, answer: Any, now: datetime = NOW) -> Fact:  # noqa: ANN401 - from TOML
    """Make a fact from a plain value or from a table of the case file."""
    given = answer if isinstance(answer, dict) else {"value": answer}
    item = latest().fields[field]
    seen_at = now - timedelta(days=given.get("days", 1))
    default = Method.TAPE if item.type.is_measure else None
    return Fact(
        field=field,
        state=State(given.get("state", "value")),
        observed_at=seen_at,
        operator=Operator(given.get("is", "=")),
        value=given.get("value"),
        precision=given.get("precision"),
        method=Method(given["by"]) if "by" in given else default,
        expires_at=seen_at + timedelta(days=item.valid_days) if item.valid_days else None,
        confidence=Confidence.MEDIUM,
        agreement=Agreement(disputed=given.get("disputed", False)),
    )


def make_facts(answers: Answers) -> dict[str, Fact]:
    """Make facts by field."""
    return {field: make_fact(field, answer) for field, answer in answers.items()}


def make_place(
    answers: Answers,
    *,
    kind: PlaceKind = PlaceKind.BUILDING,
    side: Answers | None = None,
    parts: Sequence[Mapping[str, Any]] = (),
    parent: PlaceFacts | None = None,
    place_id: UUID = PLACE_ID,
) -> PlaceFacts:
    """Make a place with a main entrance, perhaps a side one, and further parts.

    A place inside another (`parent`) gets a door of its own only if an answer is about one.
    """
    fields = latest().fields
    at_door = {name: value for name, value in answers.items() if _at_door(fields[name].elements)}
    at_place = {name: value for name, value in answers.items() if name not in at_door}
    elements = []
    if kind is not PlaceKind.STOP and (parent is None or at_door):
        elements.append(_entrance(MAIN_ID if parent is None else uuid5(place_id, "door"), at_door))
    if side is not None:
        elements.append(_entrance(SIDE_ID, side))
    for number, part in enumerate(parts):
        elements.append(
            ElementFacts(
                id=uuid5(place_id, f"part {number}"),
                kind=ElementKind(part["kind"]),
                parent_id=None if part.get("on") == "place" else MAIN_ID,
                facts=make_facts(part["set"]),
            )
        )
    return PlaceFacts(
        id=place_id,
        kind=kind,
        facts=make_facts(at_place),
        elements=tuple(elements),
        parent=parent,
    )


def read_cases() -> list[WordCase]:
    """Read every case of the table."""
    document = load_table()
    return [
        _read_case(document["base"], group["title"], row)
        for group in document["group"]
        for row in group["cases"]
    ]


@cache
def load_table() -> dict[str, Any]:
    """Read the table as it stands."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def base_answers(name: str) -> dict[str, Any]:
    """Return the answers of a base of the table, such as `perfect`."""
    return dict(load_table()["base"][name])


def _read_case(bases: Mapping[str, Answers], title: str, row: Mapping[str, Any]) -> WordCase:
    answers = {**bases[row["base"]], **row.get("set", {})}
    for field in row.get("drop", ()):
        answers.pop(field, None)
    place = make_place(
        answers,
        kind=PlaceKind(row.get("place", "building")),
        side=row.get("side"),
        parts=row.get("parts", ()),
    )
    expected = {
        (profile, scope): word
        for scope in Scope
        for profile, word in zip(PROFILES, _read_words(row.get(scope.value)), strict=True)
        if word is not None
    }
    return WordCase(f"{title}: {row['say']}", place, expected)


def _read_words(text: str | None) -> list[Word | None]:
    return [_WORDS[word] for word in (text or "- - - - - -").split()]


def _entrance(entrance_id: UUID, answers: Answers) -> ElementFacts:
    return ElementFacts(
        id=entrance_id,
        kind=ElementKind.ENTRANCE,
        point=(76.945, 43.238),
        facts=make_facts(answers),
    )


def _at_door(elements: Sequence[str]) -> bool:
    return "entrance" in elements or "path" in elements
