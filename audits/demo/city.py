"""Make the demo city: its map through the real import, then people, audits, photos, barriers.

Audits go through the same intake and review as those of phones. Everything follows from the
seed, except the ids and the time.
"""

import hashlib
import random
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audits import barriers, intake, review
from audits.accounts.models import Account
from audits.accounts.policy import Actor
from audits.catalogue import Depth, latest
from audits.demo.accounts import ensure_demo_accounts
from audits.demo.answers import answer_entrance, answer_inside
from audits.demo.photos import draw_entrance
from audits.models import Audit
from audits.photos import service as photos
from audits.submission import ManifestPhoto, Position, Submission, SubmittedElement
from geo.db.engine import create_write_engine
from geo.db.session import Sessions, session_factory, write_session
from geo.demo_city import DemoBuilding, DemoCity, DemoEntrance, plan_demo_city, write_plan
from geo.ids import uuid7
from geo.network.models import BarrierKind
from geo.osm.importer import import_osm
from geo.places.kinds import ElementKind
from geo.places.models import Element, Place

AUDITS = 400
PHOTOS = 60
_WAITING_SHARE = 0.1
"""So many audits are left in the queue, so that a reviewer finds work."""

Progress = Callable[[str], None]
EnqueuePhoto = Callable[[AsyncSession, UUID], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Visit:
    """One audit to be made."""

    building: DemoBuilding
    place_id: UUID
    entrance: DemoEntrance
    depth: Depth
    days_ago: int
    photo: bytes | None
    decide: bool


async def make_demo(
    *, database_url: str, seed: int, progress: Progress, enqueue_photo: EnqueuePhoto
) -> None:
    """Fill an empty database with the demo city; about 400 audits and 60 photos.

    Photos are only stored here; the worker cleans them once it runs.
    """
    city = plan_demo_city(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.osm.pbf"
        write_plan(path, city)
        await import_osm(database_url=database_url, path=path, is_demo=True, progress=progress)
    engine = create_write_engine(database_url, pool_size=2)
    sessions = session_factory(engine)
    try:
        async with write_session(sessions) as db:
            accounts = await ensure_demo_accounts(db)
        visits = await _plan_visits(sessions, city, seed)
        for number, visit in enumerate(visits, start=1):
            author = accounts["volunteer" if number % 3 else "volunteer2"]
            await _make_audit(sessions, visit, author, accounts["reviewer"], enqueue_photo)
            if number % 100 == 0:
                progress(f"{number} of {len(visits)} audits")
        await _report_barriers(sessions, city, accounts["volunteer"])
    finally:
        await engine.dispose()


async def _report_barriers(sessions: Sessions, city: DemoCity, author: Account) -> None:
    """Report the lifts that do not work, and what is dug up here and there."""
    dice = random.Random(f"barriers {city.seed}")  # noqa: S311 - the same for the same seed
    lifts = [lift for structure in city.structures for lift in structure.lifts]
    reports = [
        (BarrierKind.LIFT_OUT_OF_ORDER, lift.point)
        for lift in lifts
        if lift.state == "out_of_order"
    ]
    kinds = [BarrierKind.DUG_UP, BarrierKind.ICE, BarrierKind.PARKED_VEHICLES, BarrierKind.BLOCKED]
    reports += [(kind, dice.choice(city.stops).point) for kind in kinds for _time in range(2)]
    now = datetime.now(UTC)
    async with write_session(sessions) as db:
        for kind, (lon, lat) in reports:
            await barriers.report_barrier(
                db,
                actor=Actor(author.id, author.role),
                barrier_id=uuid7(),
                report=barriers.BarrierReport(
                    kind=kind,
                    geometry={"type": "Point", "coordinates": [lon, lat]},
                    note="demo",
                    element_id=None,
                    body={"demo": True, "kind": kind.value, "lon": lon, "lat": lat},
                ),
                now=now,
            )


async def _plan_visits(sessions: Sessions, city: DemoCity, seed: int) -> list[_Visit]:
    dice = random.Random(f"visits {seed}")  # noqa: S311 - the same visits for the same seed
    public = [b for b in city.buildings if b.organisations and b.entrances]
    chosen = dice.sample(public, min(AUDITS, len(public)))
    async with write_session(sessions) as db:
        rows = await db.execute(
            select(Place.osm_id, Place.id).where(
                Place.osm_type == "way",
                Place.kind == "building",
                Place.osm_id.in_([building.way_id for building in chosen]),
            )
        )
        places = {osm_id: place_id for osm_id, place_id in rows if osm_id is not None}
        # A load that was cut off goes on where it stopped.
        audited = set(await db.scalars(select(Audit.place_id)))
    visits = []
    for number, building in enumerate(chosen):
        if places[building.way_id] in audited:
            continue
        entrance = building.entrances[0]
        visits.append(
            _Visit(
                building=building,
                place_id=places[building.way_id],
                entrance=entrance,
                depth=dice.choice([Depth.EXPRESS, Depth.VOLUNTEER, Depth.VOLUNTEER]),
                days_ago=dice.randrange(0, 25),
                photo=draw_entrance(entrance.truth, seed=number) if number < PHOTOS else None,
                decide=dice.random() > _WAITING_SHARE,
            )
        )
    return visits


async def _make_audit(
    sessions: Sessions,
    visit: _Visit,
    author: Account,
    reviewer: Account,
    enqueue_photo: EnqueuePhoto,
) -> None:
    now = datetime.now(UTC)
    actor = Actor(author.id, author.role)
    async with write_session(sessions) as db:
        element_id = await _find_entrance(db, visit) or uuid7()
        submission = _submission(visit, element_id, now)
        stored = await intake.put_audit(
            db, actor=actor, audit_id=uuid7(), submission=submission, now=now
        )
        audit = stored.audit
        if visit.photo is not None:
            photo, _news = await photos.receive_content(
                db,
                photo_id=submission.photos[0].id,
                author_id=author.id,
                content=visit.photo,
                now=now,
            )
            await enqueue_photo(db, photo.id)
            await intake.settle_photos(db, audit_id=audit.id)
        if visit.decide:
            await _approve(db, audit, reviewer, now)


async def _approve(db: AsyncSession, audit: Audit, reviewer: Account, now: datetime) -> None:
    await review.decide(
        db,
        actor=Actor(reviewer.id, reviewer.role),
        audit_id=audit.id,
        outcome=review.Outcome.APPROVE,
        reason_code=None,
        note=None,
        expected_version=audit.version,
        now=now,
    )


async def _find_entrance(db: AsyncSession, visit: _Visit) -> UUID | None:
    if visit.entrance.node_id is None:
        return None
    found: UUID | None = await db.scalar(
        select(Element.id).where(
            Element.place_id == visit.place_id, Element.osm_node_id == visit.entrance.node_id
        )
    )
    return found


def _submission(visit: _Visit, element_id: UUID, now: datetime) -> Submission:
    finished = now - timedelta(days=visit.days_ago)
    lon, lat = visit.entrance.point
    floors = [organisation.level for organisation in visit.building.organisations]
    observations = answer_entrance(
        visit.entrance.truth, role=visit.entrance.role, element_id=element_id, depth=visit.depth
    ) + answer_inside(visit.building.truth, floor=min(floors, default=0) + 1, depth=visit.depth)
    manifest = _manifest(visit, element_id)
    element = SubmittedElement(
        id=element_id,
        kind=ElementKind.ENTRANCE,
        parent_id=None,
        geometry={"type": "Point", "coordinates": [lon, lat]},
        level=None,
        name={},
        osm_way_id=None,
        osm_node_ids=(),
    )
    return Submission(
        place_id=visit.place_id,
        catalogue_version=latest().version,
        depth=visit.depth.value,
        started_at=finished - timedelta(minutes=12),
        finished_at=finished,
        position=Position(lon, lat, 8),
        elements=(element,),
        observations=tuple(observations),
        photos=tuple(manifest),
        body={
            "demo": True,
            "place_id": str(visit.place_id),
            "element_id": str(element_id),
            "observations": [
                {"field": item.field, "state": item.state, "value": item.value}
                for item in observations
            ],
        },
    )


def _manifest(visit: _Visit, element_id: UUID) -> Sequence[ManifestPhoto]:
    if visit.photo is None:
        return ()
    return (
        ManifestPhoto(
            id=uuid7(),
            sha256=hashlib.sha256(visit.photo).hexdigest(),
            byte_count=len(visit.photo),
            media_type="image/jpeg",
            element_id=element_id,
            field=None,
            taken_at=None,
        ),
    )
