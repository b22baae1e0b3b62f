"""Put the story of one audit together from its rows."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from audits.arrival import FlagCode
from audits.catalogue import latest
from audits.models import Audit, Decision
from audits.photos.models import Photo, PhotoState
from audits.photos.reasons import describe_reason
from audits.review import Outcome
from audits.workflow import Actor, State, list_steps


@dataclass(frozen=True, slots=True)
class Line:
    """One thing with its sentence."""

    code: str
    text: str
    photo_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reviewer asks or refuses: about the whole audit, or about one answer."""

    reason_code: str | None
    text: str
    note: str | None
    element_id: UUID | None
    field: str | None
    field_text: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One word that the approval changed."""

    place_id: str
    scope: str
    profile: str
    before: str
    after: str
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """What a person reads about their audit."""

    state_text: str
    next_step: str
    stored: tuple[Line, ...]
    missing: tuple[Line, ...]
    asked: tuple[Remark, ...]
    changed: tuple[Change, ...]
    street_text: str | None
    steps: tuple[str, ...]
    """What the author may do now."""

    def as_text(self) -> str:
        """Give the whole story as paragraphs."""
        remarks = [
            ": ".join(part for part in (item.field_text, item.text, item.note) if part)
            for item in self.asked
        ]
        lines = [
            self.state_text,
            *(line.text for line in (*self.stored, *self.missing)),
            *remarks,
            *(change.text for change in self.changed),
            self.street_text or "",
            self.next_step,
        ]
        return "\n".join(line for line in lines if line)


def tell(
    audit: Audit,
    *,
    photos: Sequence[Photo],
    decisions: Sequence[Decision],
    answers: int,
    place_names: Mapping[str, str],
    language: str,
) -> Story:
    """Tell one audit; `answers` counts what is stored, `place_names` goes by id.

    `language` is kk, ru or en; raises LookupError for another.
    """
    say = _texts(language)
    state = State(audit.state)
    effects = _effects(decisions)
    return Story(
        state_text=say["state"][state.value],
        next_step=say["next"][state.value],
        stored=_stored(photos, answers, say),
        missing=_missing(audit, photos, say, language),
        asked=_asked(decisions, say, language),
        changed=_changed(effects, place_names, say),
        street_text=_street(effects, say),
        steps=tuple(step.step.value for step in list_steps(state, Actor.AUTHOR)),
    )


def _stored(
    photos: Sequence[Photo], answers: int, say: Mapping[str, Mapping[str, str]]
) -> tuple[Line, ...]:
    here = [photo for photo in photos if photo.state in {PhotoState.RECEIVED, PhotoState.READY}]
    lines = [Line("answers", say["line"]["answers"].format(count=answers))]
    if photos:
        text = say["line"]["photos"].format(count=len(here), total=len(photos))
        lines.append(Line("photos", text))
    return tuple(lines)


def _missing(
    audit: Audit, photos: Sequence[Photo], say: Mapping[str, Mapping[str, str]], language: str
) -> tuple[Line, ...]:
    lines = []
    for photo in photos:
        if photo.state is PhotoState.EXPECTED:
            kilobytes = -(-photo.byte_count // 1000)
            text = say["line"]["photo_expected"].format(kilobytes=kilobytes)
            lines.append(Line("photo_expected", text, photo.id))
        elif photo.state is PhotoState.REJECTED and photo.reject_reason:
            reason = describe_reason(photo.reject_reason, language)
            lines.append(Line("photo_rejected", reason, photo.id))
    if any(flag["code"] == FlagCode.PHOTOS_MISSING for flag in audit.flags):
        lines.append(Line("photos_missing", say["line"]["photos_missing"]))
    return tuple(lines)


def _asked(
    decisions: Sequence[Decision], say: Mapping[str, Mapping[str, str]], language: str
) -> tuple[Remark, ...]:
    """Give the remarks of the newest decision; older ones were answered."""
    if not decisions:
        return ()
    newest = max(decision.audit_version for decision in decisions)
    fields = latest().texts[language]
    return tuple(
        Remark(
            reason_code=decision.reason_code,
            text=say["reason"].get(decision.reason_code or "", ""),
            note=decision.note if decision.field is None else None,
            element_id=decision.element_id,
            field=decision.field,
            field_text=fields.get(f"field.{decision.field}.label") if decision.field else None,
        )
        for decision in decisions
        if decision.audit_version == newest
        and (decision.outcome != Outcome.APPROVE or decision.note)
    )


def _effects(decisions: Sequence[Decision]) -> Mapping[str, Any]:
    with_effects = [each for each in decisions if each.effects]
    newest = max(with_effects, key=lambda each: each.audit_version, default=None)
    return (newest.effects or {}) if newest else {}


def _changed(
    effects: Mapping[str, Any],
    place_names: Mapping[str, str],
    say: Mapping[str, Mapping[str, str]],
) -> tuple[Change, ...]:
    return tuple(
        Change(
            place_id=place["place_id"],
            scope=scope,
            profile=profile,
            before=before,
            after=after,
            text=say["line"]["word_changed"].format(
                place=place_names.get(place["place_id"]) or say["line"]["nameless"],
                profile=say["profile"][profile],
                scope=say["scope"][scope],
                before=say["word"][before],
                after=say["word"][after],
            ),
        )
        for place in effects.get("places", ())
        for scope, words in place["words"].items()
        for profile, (before, after) in words.items()
    )


def _street(effects: Mapping[str, Any], say: Mapping[str, Mapping[str, str]]) -> str | None:
    street = effects.get("street") or {}
    if street.get("measured"):
        return say["line"]["street"].format(count=street["measured"])
    return say["line"]["street_not_found"] if street.get("not_found") else None


@cache
def _texts(language: str) -> Mapping[str, Mapping[str, str]]:
    if language not in {"kk", "ru", "en"}:
        raise LookupError(language)
    path = files(__package__).joinpath(f"texts.{language}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
