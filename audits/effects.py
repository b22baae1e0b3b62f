"""What an approval changed on the map, in words of the map: for the author, the history, the desk.

Reads the published words before and after, in the transaction of the decision, so it says what
this decision did and nothing that happened in between.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.models import Audit
from geo.mobility import Word
from geo.mobility.profiles import PROFILES
from geo.network.models import EdgeOverride, OverrideState
from geo.places.kinds import PlaceState
from geo.places.models import Element, Place

Words = dict[str, list[int]]
"""Scope → codes of words in the order of profiles."""


async def read_words(db: AsyncSession, audit: Audit) -> dict[UUID, Words]:
    """Give the published words of the audit's place and of the organisations inside it."""
    return {} if audit.place_id is None else await _words(db, place_id=audit.place_id)


async def describe_effects(
    db: AsyncSession, *, before: Mapping[UUID, Words], elements: Sequence[Element]
) -> dict[str, Any]:
    """Give which words became which since `before`, and how much of the street is measured."""
    await db.flush()
    places = []
    if before:
        # The place itself comes first; organisations inside it follow.
        after = await _words(db, place_id=next(iter(before)))
        for place_id, new in after.items():
            changes = _compare(before.get(place_id, {}), new)
            if changes:
                places.append({"place_id": str(place_id), "words": changes})
    return {"places": places, "street": await _street(db, elements)}


async def _words(db: AsyncSession, *, place_id: UUID) -> dict[UUID, Words]:
    rows = await db.execute(
        select(Place.id, Place.entry_words, Place.service_words)
        .where(
            or_(
                Place.id == place_id,
                (Place.parent_id == place_id) & (Place.state == PlaceState.ACTIVE),
            )
        )
        .order_by((Place.id == place_id).desc(), Place.id)
    )
    return {
        row.id: {"entry": list(row.entry_words), "service": list(row.service_words)} for row in rows
    }


def _compare(before: Words, after: Words) -> dict[str, dict[str, list[str]]]:
    """Give scope → profile → [word before, word after], changed ones only."""
    unknown = [Word.UNKNOWN.code] * len(PROFILES)
    changed = {
        scope: {
            profile.value: [Word.from_code(old).value, Word.from_code(new).value]
            for profile, old, new in zip(PROFILES, before.get(scope, unknown), codes, strict=True)
            if old != new
        }
        for scope, codes in after.items()
    }
    return {scope: words for scope, words in changed.items() if words}


async def _street(db: AsyncSession, elements: Sequence[Element]) -> dict[str, int]:
    """Count the parts of the street that are laid over the network, and how many fit no street."""
    ids = [element.id for element in elements]
    rows = await db.execute(
        select(EdgeOverride.state, func.count(EdgeOverride.element_id.distinct()))
        .where(EdgeOverride.element_id.in_(ids), EdgeOverride.state != OverrideState.RETIRED)
        .group_by(EdgeOverride.state)
    )
    counts = {row[0]: row[1] for row in rows}
    return {
        "measured": counts.get(OverrideState.ACTIVE, 0),
        "not_found": counts.get(OverrideState.UNMATCHED, 0),
    }
