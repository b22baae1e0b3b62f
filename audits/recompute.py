"""What follows from facts: words of places, and measures of the street.

Runs inside the transaction of the decision (or of the sweep) that changed something. The caller
holds the lock on the place.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from audits.facts import FactKey, derive_element_facts, derive_place_facts, load_place_facts
from audits.models import VerdictRow
from audits.observations import Fact
from audits.street import push_street_facts
from audits.verdicts import (
    ElementFacts,
    PlaceFacts,
    Scope,
    Verdict,
    judge_all,
    list_badges,
    rules_version,
)
from geo.geojson import read_point
from geo.mobility import Profile, Word
from geo.places.kinds import PlaceState
from geo.places.models import Element, Place
from geo.places.queries import get_place, list_child_places, list_elements
from geo.places.words import publish_words


async def recompute_place(db: AsyncSession, *, place_id: UUID, now: datetime) -> None:
    """Derive facts and words of a place, and words of the organisations inside it.

    An organisation inherits the building's entry, so it follows in the same transaction.
    """
    place = await get_place(db, place_id)
    facts = await derive_place_facts(db, place_id=place.id, now=now)
    building = await _gather(db, place, facts)
    await _judge_and_publish(db, place, building, now)
    for child in await list_child_places(db, place.id):
        own = await load_place_facts(db, place_id=child.id)
        await _judge_and_publish(db, child, await _gather(db, child, own, parent=building), now)


async def recompute_street_elements(
    db: AsyncSession, *, elements: Sequence[Element], now: datetime
) -> None:
    """Derive facts of street parts and lay the measures over the network."""
    facts = await derive_element_facts(
        db, element_ids=[element.id for element in elements], now=now
    )
    for element in elements:
        own = {name: fact for (owner, name), fact in facts.items() if owner == element.id}
        await push_street_facts(db, element=element, facts=own)


async def load_place(db: AsyncSession, place_id: UUID) -> PlaceFacts:
    """Read everything the rules may know about a place; raises PlaceNotFoundError."""
    place = await get_place(db, place_id)
    return await _gather(db, place, await load_place_facts(db, place_id=place.id))


async def _gather(
    db: AsyncSession,
    place: Place,
    facts: Mapping[FactKey, Fact],
    *,
    parent: PlaceFacts | None = None,
) -> PlaceFacts:
    if parent is None and place.parent_id is not None:
        around = await db.get(Place, place.parent_id)
        if around is not None:
            known = await load_place_facts(db, place_id=around.id)
            parent = await _gather(db, around, known)
    elements = await list_elements(db, place.id)
    return PlaceFacts(
        id=place.id,
        kind=place.kind,
        facts=_of(facts, None),
        elements=tuple(
            ElementFacts(
                id=element.id,
                kind=element.kind,
                parent_id=element.parent_id,
                point=read_point(element.geom),
                facts=_of(facts, element.id),
            )
            for element in elements
            if element.state is PlaceState.ACTIVE
        ),
        parent=parent,
        floor=_floor(place.level),
    )


def _of(facts: Mapping[FactKey, Fact], owner: UUID | None) -> dict[str, Fact]:
    return {name: fact for (element_id, name), fact in facts.items() if element_id == owner}


def _floor(level: str | None) -> int | None:
    """Read OSM `level` (0 is the ground floor) as a floor number (1 is the ground floor)."""
    try:
        return None if level is None else int(level) + 1
    except ValueError:
        return None


async def _judge_and_publish(
    db: AsyncSession, place: Place, facts: PlaceFacts, now: datetime
) -> None:
    verdicts = list(judge_all(facts, now=now).values())
    await _store(db, place.id, verdicts, now)
    await publish_words(
        db,
        place_id=place.id,
        entry=_words(verdicts, Scope.ENTRY),
        service=_words(verdicts, Scope.SERVICE),
        coverage_percent=sum(verdict.coverage_percent for verdict in verdicts) // len(verdicts),
        badges=list_badges(facts, now=now),
    )


def _words(verdicts: Iterable[Verdict], scope: Scope) -> dict[Profile, Word]:
    return {verdict.profile: verdict.word for verdict in verdicts if verdict.scope is scope}


async def _store(
    db: AsyncSession, place_id: UUID, verdicts: Sequence[Verdict], now: datetime
) -> None:
    await db.execute(delete(VerdictRow).where(VerdictRow.place_id == place_id))
    for verdict in verdicts:
        shown = verdict.as_json()
        db.add(
            VerdictRow(
                place_id=place_id,
                profile=verdict.profile.value,
                scope=verdict.scope.value,
                word=verdict.word.value,
                entrance_id=verdict.entrance_id,
                help_kinds=[kind.value for kind in verdict.help_kinds],
                blocking=shown["blocking"],
                missing=shown["missing"],
                details={
                    name: shown[name]
                    for name in ("unanswered", "grade", "oldest_at", "remote_service", "warnings")
                },
                coverage_percent=verdict.coverage_percent,
                confidence=verdict.confidence.value,
                valid_until=verdict.valid_until,
                rules_version=rules_version(),
                computed_at=now,
            )
        )
    await db.flush()
