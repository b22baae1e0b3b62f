"""The requirements of every profile and scope, read from TOML.

Owns the form of the rule files and nothing about how a value is judged. Invariant: every field,
limit and answer that a rule names exists; a mistake stops the program at first use, not a
person at a door.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from audits.catalogue import latest
from geo.mobility import HelpKind, Limit, Mark, Profile, Word
from geo.mobility.limits import Sense

Answer = str | bool
_GROUPS: dict[str, tuple[Profile, ...]] = {
    "wheelchairs": (Profile.MANUAL_WHEELCHAIR, Profile.POWERED_WHEELCHAIR),
    "movers": (
        Profile.MANUAL_WHEELCHAIR,
        Profile.POWERED_WHEELCHAIR,
        Profile.LIMITED_WALKING,
        Profile.PUSHCHAIR,
    ),
    "all": tuple(Profile),
}
_EQUIPMENT = frozenset({"ramp", "platform_lift", "lift"})
_BOOLS: dict[str, Answer] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Gate:
    """An earlier answer on the same part that switches a row on or off."""

    field: str
    one_of: tuple[str, ...] = ()
    at_least: int | None = None
    equals: bool | None = None

    def holds(self, value: object) -> bool:
        """Whether a plainly stated value satisfies it."""
        if self.one_of:
            return value in self.one_of
        if self.at_least is not None:
            return isinstance(value, int) and value >= self.at_least
        return value is self.equals


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row for one profile."""

    id: str
    part: str
    field: str
    unit: str
    """Unit of the field's numbers; empty for answers in words."""
    mandatory: bool
    help_kinds: tuple[HelpKind, ...]
    limit_name: str | None = None
    """A limit of `geo.mobility.Limits`; the person's own figures replace it."""
    own_limit: Limit | None = None
    words: dict[Answer, Word] | None = None
    absolute: bool = False
    """The sign of the value does not matter."""
    is_access: bool = False
    """An access mode: a key that the person holds opens it."""
    when: Gate | None = None
    unless: Gate | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One of several things that meet a need."""

    field: str
    words: dict[Answer, Word]
    help_kinds: tuple[HelpKind, ...]
    bonus: bool
    """Counts only where somebody saw it; missing, it keeps nothing open."""
    hours_field: str | None
    """Opening hours outside which it does not count."""


@dataclass(frozen=True, slots=True)
class Either:
    """A need that one of several things can meet, tried in order until one gives yes."""

    id: str
    mandatory: bool
    options: tuple[Option, ...]
    only_with_lift: bool = False
    """A need only of somebody who has to take the lift."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything one profile needs in one file, for one kind of place."""

    parts: dict[str, tuple[Requirement, ...]]
    """By the part of the place that the rows are about."""
    eithers: tuple[Either, ...]

    def rows(self, part: str) -> tuple[Requirement, ...]:
        """Return the rows about a part, in the order of the file."""
        return self.parts.get(part, ())


@cache
def load_rules(name: str, profile: Profile, place_kind: str) -> RuleSet:
    """Return the rules of a file (`entry`, `service`, `stop`) for a profile and kind of place."""
    document = _document(name)
    rows = [
        row
        for raw in document.get("requirement", [])
        if place_kind not in raw.get("not_for", ())
        if (row := _requirement(raw, profile)) is not None
    ]
    eithers = [
        either
        for raw in document.get("either", [])
        if place_kind not in raw.get("not_for", ())
        if (either := _either(raw, profile)) is not None
    ]
    parts: dict[str, list[Requirement]] = {}
    for row in rows:
        parts.setdefault(row.part, []).append(row)
    return RuleSet({part: tuple(found) for part, found in parts.items()}, tuple(eithers))


@cache
def load_rules_with_limits(name: str, profile: Profile, place_kind: str) -> RuleSet:
    """Return the rules for a person who stated limits of their own.

    Profiles that nothing on wheels or steps stops take over the rows which hold a figure
    against a limit, so that the stated figures bind; a row without a stated figure says nothing.
    """
    own = load_rules(name, profile, place_kind)
    if profile in _GROUPS["movers"]:
        return own
    others = load_rules(name, Profile.LIMITED_WALKING, place_kind)
    parts = dict(own.parts)
    for part, rows in others.parts.items():
        known = {row.id for row in parts.get(part, ())}
        added = [
            row
            for row in rows
            if row.id not in known and (row.limit_name is not None or part in _EQUIPMENT)
        ]
        parts[part] = (*parts.get(part, ()), *added)
    return RuleSet(parts, own.eithers)


@cache
def _document(name: str) -> dict[str, Any]:
    text = files("audits.verdicts.rules").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def rule_documents() -> dict[str, dict[str, Any]]:
    """Return the rule files as read, for checks and for publication."""
    return {name: _document(name) for name in ("entry", "service", "stop")}


def _weight(raw: dict[str, Any], profile: Profile) -> bool | None:
    """Return whether the row is mandatory for the profile; `None` when it is none of its rows."""
    for key, mandatory in (("mandatory", True), ("advisory", False)):
        for name in raw.get(key, ()):
            if profile in _GROUPS.get(name, ()) or name == profile.value:
                return mandatory
    return None


def _requirement(raw: dict[str, Any], profile: Profile) -> Requirement | None:
    mandatory = _weight(raw, profile)
    if mandatory is None:
        return None
    words = raw.get("words_for", {}).get(profile.value, raw.get("words"))
    kinds = raw.get("help_for", {}).get(profile.value, raw.get("help", ()))
    return Requirement(
        id=raw["id"],
        part=raw["part"],
        field=raw["field"],
        unit=latest().fields[raw["field"]].type.unit,
        mandatory=mandatory,
        help_kinds=tuple(HelpKind(kind) for kind in kinds),
        limit_name=raw.get("limit"),
        own_limit=_own_limit(raw),
        words=None if words is None else _words(words),
        absolute=raw.get("absolute", False),
        is_access=raw.get("access", False),
        when=_gate(raw.get("when")),
        unless=_gate(raw.get("unless")),
    )


def _either(raw: dict[str, Any], profile: Profile) -> Either | None:
    mandatory = _weight(raw, profile)
    if mandatory is None:
        return None
    options = tuple(
        Option(
            field=option["field"],
            words=_words(option["words"]),
            help_kinds=tuple(HelpKind(kind) for kind in option.get("help", ())),
            bonus=option.get("bonus", False),
            hours_field=option.get("hours"),
        )
        for option in raw["options"]
    )
    return Either(raw["id"], mandatory, options, raw.get("only_with_lift", False))


def _words(raw: dict[str, str]) -> dict[Answer, Word]:
    return {_BOOLS.get(answer, answer): Word(word) for answer, word in raw.items()}


def _own_limit(raw: dict[str, Any]) -> Limit | None:
    mark = Mark(raw.get("mark", "P"))
    for key, sense in (("at_least", Sense.AT_LEAST), ("at_most", Sense.AT_MOST)):
        if key in raw:
            ok, with_help = raw[key]
            return Limit(sense, ok, mark, with_help, Mark.P)
    return None


def _gate(raw: dict[str, Any] | None) -> Gate | None:
    if raw is None:
        return None
    return Gate(
        field=raw["field"],
        one_of=tuple(raw.get("in", ())),
        at_least=raw.get("at_least"),
        equals=raw.get("is"),
    )
