"""Compare the database and the store, and find what only one of them knows.

Objects that no row names (a crash between writing and noting), and rows that name objects which
are not there. What is younger than the grace time is work under way and left alone. Reports
by default; repairs only when told to, and never deletes what a row names.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from audits.photos.models import Photo, PhotoState
from audits.photos.preparing import DERIVATIVES, ORIGINALS
from audits.photos.stores import ObjectMissingError, PhotoStore
from geo.db.session import Sessions, write_session

GRACE = timedelta(hours=24)


@dataclass(slots=True)
class Differences:
    """What the two sides do not agree about."""

    object_count: int = 0
    named_count: int = 0
    """Keys that rows name."""
    unnamed_keys: list[str] = field(default_factory=list)
    """Objects without a row."""
    missing_originals: list[UUID] = field(default_factory=list)
    missing_pictures: list[UUID] = field(default_factory=list)
    """Photos that name an original, or a clean picture, which is not in the store."""
    repaired_count: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether both sides agree."""
        return not (self.unnamed_keys or self.missing_originals or self.missing_pictures)

    def lines(self) -> Iterator[str]:
        """Give the report for people."""
        yield f"objects in the store: {self.object_count}"
        yield f"objects that rows name: {self.named_count}"
        yield f"objects without a row: {len(self.unnamed_keys)}"
        yield from (f"  {key}" for key in self.unnamed_keys[:20])
        yield f"photos whose original is missing: {len(self.missing_originals)}"
        yield from (f"  {key}" for key in self.missing_originals[:20])
        yield f"photos whose clean pictures are missing: {len(self.missing_pictures)}"
        yield from (f"  {key}" for key in self.missing_pictures[:20])
        yield f"repaired: {self.repaired_count}"


@dataclass(frozen=True, slots=True)
class _Named:
    photo_id: UUID
    is_original: bool
    is_settled: bool
    """Nothing about it changed within the grace time."""


async def reconcile(
    sessions: Sessions,
    store: PhotoStore,
    *,
    now: datetime,
    grace: timedelta = GRACE,
    repair: bool = False,
) -> Differences:
    """Find what only the database or only the store knows; with `repair`, put it right.

    Repairing deletes objects without a row, forgets originals that are gone, and lets photos
    whose pictures are gone be cleaned again from what is left; until then they are not public.
    Raises StoreUnavailableError.
    """
    # The store first: what is written and noted while this runs is then known to the rows.
    objects = await asyncio.to_thread(_list_objects, store)
    named = await _list_named(sessions, now - grace)
    found = Differences(object_count=len(objects), named_count=len(named))
    found.unnamed_keys = sorted(
        key for key, changed_at in objects.items() if key not in named and changed_at <= now - grace
    )
    for key, owner in named.items():
        if key in objects or not owner.is_settled or await asyncio.to_thread(_exists, store, key):
            continue
        places = found.missing_originals if owner.is_original else found.missing_pictures
        if owner.photo_id not in places:
            places.append(owner.photo_id)
    if repair:
        found.repaired_count = await _repair(sessions, store, found)
    return found


def _list_objects(store: PhotoStore) -> dict[str, datetime]:
    return {
        item.key: item.changed_at
        for prefix in (ORIGINALS, DERIVATIVES)
        for item in store.iter_objects(f"{prefix}/")
    }


async def _list_named(sessions: Sessions, settled_before: datetime) -> dict[str, _Named]:
    named: dict[str, _Named] = {}
    async with sessions() as db:
        rows = await db.stream(
            select(Photo.id, Photo.original_key, Photo.derivatives, Photo.updated_at)
        )
        async for photo_id, original_key, derivatives, updated_at in rows:
            settled = updated_at <= settled_before
            if original_key is not None:
                named[original_key] = _Named(photo_id, is_original=True, is_settled=settled)
            for facts in derivatives.values():
                key = str(facts["key"])
                named[key] = _Named(photo_id, is_original=False, is_settled=settled)
    return named


def _exists(store: PhotoStore, key: str) -> bool:
    try:
        store.get(key)
    except ObjectMissingError:
        return False
    return True


async def _repair(sessions: Sessions, store: PhotoStore, found: Differences) -> int:
    for key in found.unnamed_keys:
        await asyncio.to_thread(store.delete, key)
    for photo_id in found.missing_originals:
        async with write_session(sessions) as db:
            photo = await db.get(Photo, photo_id, with_for_update=True)
            if photo is not None:
                photo.original_key = None
    for photo_id in found.missing_pictures:
        async with write_session(sessions) as db:
            photo = await db.get(Photo, photo_id, with_for_update=True)
            if photo is not None and photo.state is PhotoState.READY:
                photo.faces_checked_by = None
    return len(found.unnamed_keys) + len(found.missing_originals) + len(found.missing_pictures)
