"""Exports stream approved facts of active places, page by page."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from audits.exports import published
from audits.exports.a11yjson import find_collection, iter_features
from audits.exports.osm_change import iter_edits
from audits.models import FactRow
from geo.geojson import point
from geo.ids import uuid7
from geo.places.kinds import ElementKind, PlaceKind, PlaceState, Sector
from geo.places.models import Element, Place

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _place(number: int, state: PlaceState = PlaceState.ACTIVE) -> Place:
    return Place(
        id=uuid7(),
        kind=PlaceKind.BUILDING,
        state=state,
        category="clinic",
        sector=Sector.HEALTH,
        name={"ru": f"Поликлиника {number}"},
        osm_type="way",
        osm_id=number,
        point=point(76.93, 43.24),
        service_words=[2, 0, 0, 0, 0, 0],
    )


def _fact(place_id: UUID, field: str, value: object, **more: object) -> FactRow:
    return FactRow(
        place_id=place_id,
        field=field,
        state="value",
        operator="=",
        value=value,
        method="tape",
        observed_at=NOW - timedelta(days=40),
        confidence="low",
        **more,
    )


async def test_every_active_place_is_streamed_once(
    db: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages join without a gap; what is proposed or gone stays at home."""
    monkeypatch.setattr(published, "PAGE", 3)
    places = [_place(number) for number in range(1, 9)]
    db.add_all([*places, _place(20, PlaceState.PROPOSED), _place(21, PlaceState.GONE)])
    await db.flush()
    db.add_all(_fact(place.id, "desk.height", 800) for place in places)
    wanted = sorted(str(place.id) for place in places)
    await db.flush()
    shown = [feature["properties"] async for feature in iter_features(db, now=NOW)]
    assert [properties["originalId"] for properties in shown] == wanted
    assert {p["accessibility"]["wheelchairAccessibilityGrade"] for p in shown} == {"partially"}
    edits = [edit async for edit in iter_edits(db, now=NOW)]
    assert sorted(edit.id for edit in edits) == list(range(1, 9))


async def test_expired_good_news_is_left_out_and_bad_news_stays(db: AsyncSession) -> None:
    """A lift seen working forty days ago is not "working"; a broken one still is broken."""
    works, broken = _place(1), _place(2)
    db.add_all([works, broken])
    await db.flush()
    old = NOW - timedelta(days=10)
    db.add_all(
        [
            _fact(works.id, "lift.state", "working", expires_at=old),
            _fact(broken.id, "lift.state", "out_of_order", expires_at=old),
        ]
    )
    await db.flush()
    ids = [works.id, broken.id]
    first = await find_collection(db, place_id=ids[0], now=NOW)
    second = await find_collection(db, place_id=ids[1], now=NOW)
    assert first is not None
    assert second is not None
    assert len(first["features"]) == 1
    lift = second["features"][1]["properties"]
    assert (lift["category"], lift["isWorking"]) == ("elevator", False)
    assert lift["placeInfoId"] == str(ids[1])


async def test_an_entrance_without_a_position_has_no_geometry(db: AsyncSession) -> None:
    """An imported door is told, but nobody is sent to an invented point."""
    place = _place(1)
    db.add(place)
    await db.flush()
    db.add(
        Element(
            place_id=place.id,
            kind=ElementKind.ENTRANCE,
            state=PlaceState.ACTIVE,
            position_source="import",
        )
    )
    await db.flush()
    collection = await find_collection(db, place_id=place.id, now=NOW)
    assert collection is not None
    entrances = collection["features"][0]["properties"]["accessibility"]["entrances"]
    assert entrances == [{"properties": {}}]
