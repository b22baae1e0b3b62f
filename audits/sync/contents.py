"""The present state of what phones keep: audits of one author, places and barriers of an area.

Everything is read in the caller's snapshot with a fixed number of statements, so an item is
never half of before and half of after.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.intake import as_status
from audits.models import Audit, Decision, FactRow
from audits.photos.models import Photo
from audits.photos.staging import count_staged
from audits.workflow import State
from geo.geojson import write_geometry
from geo.mobility import Word
from geo.mobility.profiles import PROFILES
from geo.network.models import Barrier, BarrierState
from geo.places.kinds import PlaceState
from geo.places.models import Element, Place

Item = dict[str, Any]
"""`type`, `id`, `op` (put or delete) and, for a put, the whole present state under the type."""

_GONE = (State.WITHDRAWN.value,)
_SHOWN_BARRIERS = (BarrierState.REPORTED, BarrierState.CONFIRMED, BarrierState.EXPIRED)
_FACT_MEMBERS = (
    "element_id",
    "field",
    "state",
    "operator",
    "value",
    "precision",
    "method",
    "observed_at",
    "expires_at",
    "confidence",
)


def deleted(kind: str, key: object, **more: object) -> Item:
    """Give a tombstone."""
    return {"type": kind, "id": str(key), "op": "delete", **more}


async def describe_audits(
    db: AsyncSession, *, author_id: UUID, ids: Collection[UUID]
) -> dict[UUID, Item]:
    """Give the author's audits with photos, decisions and remarks; tombstones for the others."""
    rows = await db.scalars(select(Audit).where(Audit.id.in_(ids), Audit.author_id == author_id))
    audits = {audit.id: audit for audit in rows}
    photos = _group(
        await db.scalars(select(Photo).where(Photo.audit_id.in_(audits)).order_by(Photo.id)),
        "audit_id",
    )
    decisions = _group(
        await db.scalars(
            select(Decision)
            .where(Decision.audit_id.in_(audits))
            .order_by(Decision.decided_at, Decision.field.nulls_first(), Decision.id)
        ),
        "audit_id",
    )
    staged = await count_staged(db, chain.from_iterable(photos.values()))
    items = {}
    for audit_id in ids:
        audit = audits.get(audit_id)
        if audit is None or audit.state in _GONE:
            items[audit_id] = deleted("audit", audit_id)
            continue
        body = as_status(audit, photos[audit_id], staged)
        body["decided_at"] = audit.decided_at
        body["decisions"] = [describe_decision(each) for each in decisions[audit_id]]
        items[audit_id] = {"type": "audit", "id": str(audit_id), "op": "put", "audit": body}
    return items


def describe_decision(decision: Decision) -> dict[str, Any]:
    """Give a decision or a remark about one answer, without who made it."""
    return {
        "outcome": decision.outcome,
        "reason_code": decision.reason_code,
        "note": decision.note,
        "element_id": decision.element_id,
        "field": decision.field,
        "decided_at": decision.decided_at,
        "effects": decision.effects,
    }


async def describe_places(db: AsyncSession, *, ids: Collection[UUID]) -> dict[UUID, Item]:
    """Give places with their parts and facts; tombstones for what is gone or merged."""
    rows = await db.scalars(select(Place).where(Place.id.in_(ids)))
    places = {place.id: place for place in rows}
    shown = [key for key, place in places.items() if place.state is PlaceState.ACTIVE]
    elements = _group(
        await db.scalars(
            select(Element)
            .where(Element.place_id.in_(shown), Element.state == PlaceState.ACTIVE)
            .order_by(Element.id)
        ),
        "place_id",
    )
    facts = await _facts(db, shown, elements)
    items = {}
    for place_id in ids:
        place = places.get(place_id)
        if place is None or place.state is not PlaceState.ACTIVE:
            target = place.merged_into_id if place else None
            more = {"merged_into": str(target)} if target else {}
            items[place_id] = deleted("place", place_id, **more)
            continue
        body = _place(place, elements[place_id], facts[place_id])
        items[place_id] = {"type": "place", "id": str(place_id), "op": "put", "place": body}
    return items


async def _facts(
    db: AsyncSession, place_ids: Sequence[UUID], elements: Mapping[UUID, Sequence[Element]]
) -> dict[UUID, list[FactRow]]:
    owners = {part.id: place_id for place_id, parts in elements.items() for part in parts}
    found: dict[UUID, list[FactRow]] = defaultdict(list)
    # Two statements, because OR over two columns would read every fact of the city.
    for condition in (FactRow.place_id.in_(place_ids), FactRow.element_id.in_(owners)):
        for fact in await db.scalars(select(FactRow).where(condition).order_by(FactRow.field)):
            owner = owners.get(fact.element_id) if fact.element_id else fact.place_id
            if owner is not None and fact not in found[owner]:
                found[owner].append(fact)
    return found


def _place(place: Place, elements: Iterable[Element], facts: Iterable[FactRow]) -> dict[str, Any]:
    return {
        "kind": place.kind.value,
        "category": place.category,
        "sector": place.sector.value,
        "parent_id": place.parent_id,
        "name": place.name,
        "address": place.address,
        "level": place.level,
        "point": write_geometry(place.point),
        "entry": _words(place.entry_words),
        "service": _words(place.service_words),
        "elements": [describe_element(element) for element in elements],
        "facts": [describe_fact(fact) for fact in facts],
    }


def _words(codes: Sequence[int]) -> dict[str, str]:
    return {
        profile.value: Word.from_code(code).value
        for profile, code in zip(PROFILES, codes, strict=True)
    }


def describe_element(element: Element) -> dict[str, Any]:
    """Give a part as a phone needs it for auditing again."""
    return {
        "id": element.id,
        "kind": element.kind.value,
        "parent_id": element.parent_id,
        "name": element.name,
        "level": element.level,
        "geometry": write_geometry(element.geom),
    }


def describe_fact(fact: FactRow) -> dict[str, Any]:
    """Give what is known of one field; empty members are left out to spare the line."""
    members = {name: getattr(fact, name) for name in _FACT_MEMBERS}
    return {name: value for name, value in members.items() if value is not None}


async def describe_barriers(db: AsyncSession, *, ids: Collection[UUID]) -> dict[UUID, Item]:
    """Give barriers that stand or may stand; tombstones for what was cleared or rejected."""
    rows = await db.scalars(select(Barrier).where(Barrier.id.in_(ids)))
    barriers = {barrier.id: barrier for barrier in rows}
    items = {}
    for barrier_id in ids:
        barrier = barriers.get(barrier_id)
        if barrier is None or barrier.state not in _SHOWN_BARRIERS:
            items[barrier_id] = deleted("barrier", barrier_id)
            continue
        items[barrier_id] = {
            "type": "barrier",
            "id": str(barrier_id),
            "op": "put",
            "barrier": describe_barrier(barrier),
        }
    return items


def describe_barrier(barrier: Barrier) -> dict[str, Any]:
    """Give a barrier as everybody may see it."""
    return {
        "kind": barrier.kind.value,
        "state": barrier.state.value,
        "geometry": write_geometry(barrier.geom),
        "element_id": barrier.element_id,
        "note": barrier.note,
        "expires_at": barrier.expires_at,
    }


def _group(rows: Iterable[Any], name: str) -> dict[UUID, list[Any]]:
    grouped: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, name)].append(row)
    return grouped
