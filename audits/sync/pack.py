"""All that a phone needs to audit an area without a connection, in one file.

Places with their parts and current facts, parts of the street, barriers, the catalogue's hash
and a cursor: after unpacking, the phone goes on with `/v1/sync` from there.
"""

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.catalogue import latest
from audits.models import FactRow
from audits.sync.contents import (
    Item,
    describe_barriers,
    describe_element,
    describe_fact,
    describe_places,
)
from audits.sync.cursors import Stage
from audits.sync.feed import Scope, start_cursor
from geo.errors import DomainError, ErrorKind
from geo.network.models import Barrier
from geo.network.queries import OPEN_BARRIERS
from geo.places.kinds import STREET_ELEMENTS, PlaceState
from geo.places.models import Element, Place
from geo.places.search import envelope

MAX_PLACES = 5_000
"""Some 4 MB plain and 0.4 MB packed; a larger area is asked for in smaller tiles."""
_CHUNK = 500
_GZIP_LEVEL = 6

Box = tuple[float, float, float, float]


class AreaTooFullError(DomainError):
    """The area holds more places than one file may; ask for a deeper tile."""

    code = "area-too-full"
    title = "The area holds too many places for one file; ask for a deeper tile"
    kind = ErrorKind.TOO_LARGE


@dataclass(frozen=True, slots=True)
class Pack:
    """A file for a phone: plain JSON, the same packed, and a tag that changes with the content."""

    plain: bytes
    packed: bytes
    tag: str


async def read_pack(
    db: AsyncSession, *, area: str, box: Box, now: datetime
) -> tuple[dict[str, Any], str]:
    """Read the content of an area, and the cursor to go on from; `db` is one snapshot.

    Raises AreaTooFullError.
    """
    scope = Scope(None, (Stage.PLACES, Stage.BARRIERS), box=box)
    cursor = await start_cursor(db, scope=scope, now=now)
    inside = Place.point.bool_op("&&")(envelope(box))
    rows = await db.scalars(
        select(Place.id)
        .where(inside, Place.state == PlaceState.ACTIVE)
        .order_by(Place.id)
        .limit(MAX_PLACES + 1)
    )
    ids = list(rows)
    if len(ids) > MAX_PLACES:
        raise AreaTooFullError(limit=MAX_PLACES)
    places: list[Item] = []
    for start in range(0, len(ids), _CHUNK):
        items = await describe_places(db, ids=ids[start : start + _CHUNK])
        places += [{"id": str(key), **item["place"]} for key, item in items.items()]
    catalogue = latest()
    content = {
        "area": area,
        "bbox": list(box),
        "catalogue": {"version": catalogue.version, "hash": catalogue.content_hash},
        "places": places,
        "street": await _street(db, box),
        "barriers": await _barriers(db, box),
    }
    return content, cursor


async def _street(db: AsyncSession, box: Box) -> list[dict[str, Any]]:
    rows = await db.scalars(
        select(Element)
        .where(
            Element.geom.bool_op("&&")(envelope(box)),
            Element.kind.in_(STREET_ELEMENTS),
            Element.state == PlaceState.ACTIVE,
        )
        .order_by(Element.id)
    )
    elements: Sequence[Element] = rows.all()
    facts: dict[UUID | None, list[FactRow]] = defaultdict(list)
    ids = [element.id for element in elements]
    found = select(FactRow).where(FactRow.element_id.in_(ids)).order_by(FactRow.field)
    for fact in await db.scalars(found):
        facts[fact.element_id].append(fact)
    return [
        {**describe_element(element), "facts": [describe_fact(f) for f in facts[element.id]]}
        for element in elements
    ]


async def _barriers(db: AsyncSession, box: Box) -> list[dict[str, Any]]:
    rows = await db.scalars(
        select(Barrier.id)
        .where(Barrier.geom.bool_op("&&")(envelope(box)), Barrier.state.in_(OPEN_BARRIERS))
        .order_by(Barrier.id)
    )
    items = await describe_barriers(db, ids=list(rows))
    return [{"id": str(key), **item["barrier"]} for key, item in items.items()]


def write_pack(content: dict[str, Any], *, sync: str) -> Pack:
    """Write the file; the tag covers the content, not the address to go on from.

    A phone that gets 304 goes on from the cursor it has, which is older and as good.
    """
    tag = hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]
    plain = orjson.dumps({**content, "sync": sync})
    return Pack(plain, gzip.compress(plain, _GZIP_LEVEL, mtime=0), f'"{tag}"')
