"""What follows from facts: words of places, and measures of the street.

Runs inside the transaction of the decision (or of the sweep) that changed something. The caller
holds the locks on the places. Everything is read and written for all places together, so one
place costs a fixed number of statements, however many organisations are inside it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.facts import (
    Facts,
    as_fact,
    derive_element_facts,
    derive_place_facts,
    load_place_facts,
)
from audits.models import Event, FactRow, VerdictRow
from audits.observations import Fact
from audits.street import push_street_facts
from audits.verdicts import (
    ElementFacts,
    PlaceFacts,
    Scope,
    Verdict,
    badges_of,
    judge_all,
    list_features,
    rules_version,
)
from geo.db.bulk import insert_rows
from geo.geojson import read_point
from geo.mobility import Profile, Word
from geo.places.kinds import PlaceState
from geo.places.models import Element, Place
from geo.places.queries import get_place
from geo.places.words import PlaceWords, WordsBefore, publish_words


async def recompute_place(db: AsyncSession, *, place_id: UUID, now: datetime) -> None:
    """Derive facts and words of a place, and words of the organisations inside it.

    An organisation inherits the building's entry, so it follows in the same transaction.
    """
    await recompute_places(db, places=[await get_place(db, place_id)], now=now)


async def recompute_places(db: AsyncSession, *, places: Sequence[Place], now: datetime) -> None:
    """Do the same for many places at once; none of them may be merged into another."""
    ids = [place.id for place in places]
    facts = await derive_place_facts(db, place_ids=ids, now=now)
    inside = await db.scalars(
        select(Place).where(
            Place.parent_id.in_(ids), Place.state == PlaceState.ACTIVE, Place.id.not_in(ids)
        )
    )
    judged = [*places, *inside]
    gathered = await _gather(db, judged, facts)
    await _judge_and_publish(db, [gathered[place.id] for place in judged], now)


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
    return (await _gather(db, [place], {}))[place.id]


async def load_places(db: AsyncSession, places: Sequence[Place]) -> dict[UUID, PlaceFacts]:
    """Read everything the rules may know about many places, in a fixed number of statements."""
    return await _gather(db, places, {})


def gather_own_facts(
    place: Place, elements: Iterable[Element], facts: Iterable[FactRow]
) -> PlaceFacts:
    """Put together rows that were read already, without the building around; no I/O."""
    active = [element for element in elements if element.state is PlaceState.ACTIVE]
    return _facts_of(
        place, {(row.element_id, row.field): as_fact(row) for row in facts}, active, None
    )


async def _gather(
    db: AsyncSession, places: Sequence[Place], derived: Mapping[UUID, Facts]
) -> dict[UUID, PlaceFacts]:
    """Put together what the rules may know: facts, parts, and the buildings around."""
    known = {place.id: place for place in places}
    await _add_buildings(db, known)
    facts = dict(derived)
    facts |= await load_place_facts(db, place_ids=known.keys() - facts.keys())
    rows = await db.scalars(
        select(Element)
        .where(Element.place_id.in_(known), Element.state == PlaceState.ACTIVE)
        .order_by(Element.created_at, Element.id)
    )
    parts: dict[UUID | None, list[Element]] = defaultdict(list)
    for element in rows:
        parts[element.place_id].append(element)
    built: dict[UUID, PlaceFacts] = {}

    def build(place: Place, above: tuple[UUID, ...] = ()) -> PlaceFacts:
        if place.id not in built:
            outer = place.parent_id
            around = known.get(outer) if outer and outer not in above else None
            parent = build(around, (*above, place.id)) if around else None
            built[place.id] = _facts_of(place, facts[place.id], parts[place.id], parent)
        return built[place.id]

    return {place.id: build(place) for place in places}


async def _add_buildings(db: AsyncSession, known: dict[UUID, Place]) -> None:
    """Read the places around those that are known, up to the outermost."""
    missing = {place.parent_id for place in known.values()} - known.keys() - {None}
    while missing:
        rows = (await db.scalars(select(Place).where(Place.id.in_(missing)))).all()
        known |= {place.id: place for place in rows}
        missing = {place.parent_id for place in rows} - known.keys() - {None}


def _facts_of(
    place: Place, facts: Facts, parts: Iterable[Element], parent: PlaceFacts | None
) -> PlaceFacts:
    by_owner: dict[UUID | None, dict[str, Fact]] = defaultdict(dict)
    for (owner, name), fact in facts.items():
        by_owner[owner][name] = fact
    return PlaceFacts(
        id=place.id,
        kind=place.kind,
        facts=by_owner[None],
        elements=tuple(
            ElementFacts(
                id=element.id,
                kind=element.kind,
                parent_id=element.parent_id,
                point=read_point(element.geom),
                facts=by_owner[element.id],
            )
            for element in parts
        ),
        parent=parent,
        floor=_floor(place.level),
    )


def _floor(level: str | None) -> int | None:
    """Read OSM `level` (0 is the ground floor) as a floor number (1 is the ground floor)."""
    try:
        return None if level is None else int(level) + 1
    except ValueError:
        return None


async def _judge_and_publish(
    db: AsyncSession, places: Collection[PlaceFacts], now: datetime
) -> None:
    words: dict[UUID, PlaceWords] = {}
    rows: list[dict[str, Any]] = []
    for place in places:
        verdicts = list(judge_all(place, now=now).values())
        rows += [_row(verdict, now) for verdict in verdicts]
        features = list_features(place, now=now)
        words[place.id] = PlaceWords(
            entry=_words(verdicts, Scope.ENTRY),
            service=_words(verdicts, Scope.SERVICE),
            coverage_percent=sum(v.coverage_percent for v in verdicts) // len(verdicts),
            badges=badges_of(features),
            entry_confidence=_confidences(verdicts, Scope.ENTRY),
            service_confidence=_confidences(verdicts, Scope.SERVICE),
            features={feature.value: found.as_json() for feature, found in features.items()},
            features_until=min(
                (found.until for found in features.values() if found.until), default=None
            ),
        )
    before = await publish_words(db, words)
    await db.execute(delete(VerdictRow).where(VerdictRow.place_id.in_(words)))
    await insert_rows(db, VerdictRow, rows)
    await _remember(db, before, words)


def _words(verdicts: Iterable[Verdict], scope: Scope) -> dict[Profile, Word]:
    return {verdict.profile: verdict.word for verdict in verdicts if verdict.scope is scope}


def _confidences(verdicts: Iterable[Verdict], scope: Scope) -> dict[Profile, int]:
    return {each.profile: each.confidence.rank for each in verdicts if each.scope is scope}


def _row(verdict: Verdict, now: datetime) -> dict[str, Any]:
    shown = verdict.as_json()
    told = ("unanswered", "grade", "oldest_at", "remote_service", "warnings")
    return {
        "place_id": verdict.place_id,
        "profile": verdict.profile.value,
        "scope": verdict.scope.value,
        "word": verdict.word.value,
        "entrance_id": verdict.entrance_id,
        "help_kinds": shown["help_kinds"],
        "blocking": shown["blocking"],
        "missing": shown["missing"],
        "details": {name: shown[name] for name in told},
        "coverage_percent": verdict.coverage_percent,
        "confidence": verdict.confidence.value,
        "valid_until": verdict.valid_until,
        "rules_version": rules_version(),
        "computed_at": now,
    }


async def _remember(
    db: AsyncSession, before: Mapping[UUID, WordsBefore], after: Mapping[UUID, PlaceWords]
) -> None:
    """Write into the history which words became which, where any did."""
    events = []
    for place_id, old in before.items():
        changed = {
            scope: {
                profile.value: [was.value, now_is[profile].value]
                for profile, was in words.items()
                if was is not now_is[profile]
            }
            for scope, words, now_is in (
                (Scope.ENTRY.value, old.entry, after[place_id].entry),
                (Scope.SERVICE.value, old.service, after[place_id].service),
            )
        }
        if any(changed.values()):
            events.append(
                {
                    "kind": "words_changed",
                    "subject_type": Place.__tablename__,
                    "subject_id": str(place_id),
                    "data": changed,
                }
            )
    await insert_rows(db, Event, events)
