"""A verdict in a person's language: one sentence, what stands in the way, what to find out."""

from typing import Any

from api.pages.languages import load_translations
from api.pages.texts import SERVICE, describe_entry
from api.pages.views import describe_reason
from api.schemas.verdicts import Cause, Explanation, OpenQuestion
from audits.verdicts import Scope, Verdict, find_text
from audits.verdicts.model import missing_as_json, reason_as_json
from geo.places.kinds import PlaceKind

_THROUGH = frozenset({PlaceKind.STOP, PlaceKind.CROSSING_STRUCTURE, PlaceKind.OUTDOOR})


def explain(verdict: Verdict, kind: PlaceKind, language: str) -> Explanation:
    """Put a verdict into words; equal verdicts give equal words."""
    say = load_translations(language).gettext
    inside = verdict.scope is Scope.SERVICE and kind not in _THROUGH
    message = SERVICE[verdict.word] if inside else describe_entry(kind.value, verdict.word)
    door = next(
        (door for door in verdict.entrances if door.entrance_id == verdict.entrance_id), None
    )
    return Explanation(
        language=language,
        summary=say(message),
        way_in=find_text(door.note, language) if door else None,
        help=_texts("help", [kind.value for kind in verdict.help_kinds], language),
        because=[_cause(reason_as_json(reason), language) for reason in verdict.blocking],
        find_out=[_question(missing_as_json(item), language) for item in verdict.missing],
        warnings=[find_text(key, language) or key for key in verdict.warnings],
        confidence=find_text(f"confidence.{verdict.confidence.value}", language) or "",
    )


def _cause(item: dict[str, Any], language: str) -> Cause:
    reason = describe_reason(item, language)
    return Cause(text=reason.label, found=reason.found, limit=reason.limit)


def _question(item: dict[str, Any], language: str) -> OpenQuestion:
    return OpenQuestion(
        text=describe_reason(item, language).label,
        advice=find_text(str(item["advice"]), language) or "",
    )


def _texts(section: str, names: list[str], language: str) -> list[str]:
    return [find_text(f"{section}.{name}", language) or name for name in names]
