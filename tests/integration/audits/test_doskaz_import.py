"""A file of Doskaz becomes places, claims and words, once, and never passes as surveyed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from audits.doskaz.importer import IMPORT_ACCOUNT_ID, ImportSummary, import_file
from audits.models import Audit, AuditVersion, FactRow, Observation, VerdictRow
from geo.db.session import Sessions, session_factory
from geo.geojson import point
from geo.places.kinds import PlaceKind, PlaceState, Sector
from geo.places.models import Element, Place
from tests.support.machine import ROOT

SUPPORT = ROOT / "tests" / "support"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
async def sessions(engine: AsyncEngine, clean_database: str) -> Sessions:
    """Sessions over a database with one mapped clinic, 30 m from where the file puts it."""
    assert clean_database
    made = session_factory(engine)
    async with made() as db, db.begin():
        db.add(
            Place(
                kind=PlaceKind.BUILDING,
                state=PlaceState.ACTIVE,
                category="clinic",
                sector=Sector.HEALTH,
                name={"ru": "ПОЛИКЛИНИКА №5"},
                osm_type="way",
                osm_id=77,
                point=point(76.9309, 43.2404),
            )
        )
    return made


async def _import(sessions: Sessions, name: str = "doskaz.json") -> ImportSummary:
    return await import_file(sessions, path=SUPPORT / name, now=NOW)


async def _place(db: AsyncSession, key: str) -> Place:
    found = await db.scalars(select(Place).where(Place.external_ids["doskaz"].as_string() == key))
    return found.one()


async def test_objects_become_places_claims_and_words(sessions: Sessions) -> None:
    """The clinic is matched by name and nearness, the rest is new; bad rows are counted."""
    summary = await _import(sessions)
    assert (summary.new, summary.matched, summary.refused) == (2, 1, 5)
    async with sessions() as db:
        clinic = await _place(db, "4711")
        assert (clinic.osm_id, clinic.name) == (77, {"ru": "ПОЛИКЛИНИКА №5"})
        shop = await _place(db, "4712")
        assert (shop.state, shop.category, shop.sector) == (
            PlaceState.ACTIVE,
            "convenience",
            Sector.TRADE_SERVICES,
        )
        facts = {row.field: row for row in await db.scalars(select(FactRow)) if row.field}
        assert {row.method for row in facts.values()} == {"claimed"}
        slope = await db.scalar(select(FactRow).where(FactRow.field == "ramp.slope"))
        assert slope is not None
        assert (slope.operator, slope.value, slope.precision) == ("~", 67, 16)
        assert await db.scalar(select(func.count()).select_from(VerdictRow)) == 3 * 12


async def test_an_imported_entrance_is_never_surveyed(sessions: Sessions) -> None:
    """It has no position, says where it comes from, and its audit asks for a position."""
    await _import(sessions)
    async with sessions() as db:
        clinic = await _place(db, "4711")
        elements = (await db.scalars(select(Element).where(Element.place_id == clinic.id))).all()
        assert sorted(element.kind.value for element in elements) == [
            "entrance",
            "entrance",
            "parking",
        ]
        assert {(element.geom, element.position_source) for element in elements} == {
            (None, "import")
        }
        audit = (await db.scalars(select(Audit).where(Audit.place_id == clinic.id))).one()
        codes = [flag["code"] for flag in audit.flags]
        assert codes.count("needs_position") == 3
        assert "ambiguous_answer" in codes
        assert audit.finished_at == datetime(2020, 6, 1, tzinfo=UTC)
        assert audit.author_id == IMPORT_ACCOUNT_ID


async def test_what_is_not_used_is_kept_as_a_note(sessions: Sessions) -> None:
    """Photos, comments, other names and hand-made scores stay in the audit's body."""
    await _import(sessions)
    async with sessions() as db:
        clinic = await _place(db, "4711")
        body = await db.scalar(
            select(AuditVersion.body)
            .join(Audit, Audit.id == AuditVersion.audit_id)
            .where(Audit.place_id == clinic.id)
        )
    assert body is not None
    assert body["photos"] == ["storage/2020/a1.jpg", "storage/2020/a2.jpg"]
    assert body["comments"] == {"entrance1": "Пандус справа"}
    assert body["historical_scores"]["zones"]["entrance1"] == {"movement": "full_accessible"}
    assert body["answers"]["entrance1"]["60"] == "yes"


async def test_a_hand_made_score_changes_no_word(sessions: Sessions, tmp_path: Path) -> None:
    """The same answers with other scores give the same words."""
    await _import(sessions)
    async with sessions() as db:
        before = (await _place(db, "4711")).entry_words
    whole = json.loads((SUPPORT / "doskaz.json").read_text(encoding="utf-8"))
    whole["objects"][0]["entrance1"]["overriddenScore"] = {"movement": "not_accessible"}
    path = tmp_path / "again.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    summary = await import_file(sessions, path=path, now=NOW)
    assert (summary.changed, summary.unchanged) == (1, 2)
    async with sessions() as db:
        assert (await _place(db, "4711")).entry_words == before
        states = await db.scalars(select(Audit.state).order_by(Audit.state))
        assert sorted(states) == ["approved", "approved", "approved", "superseded"]


async def test_the_same_file_twice_changes_nothing(sessions: Sessions) -> None:
    """Neither places nor audits nor answers are doubled, and versions stay."""
    await _import(sessions)

    async def count() -> list[object]:
        async with sessions() as db:
            counts = [
                await db.scalar(select(func.count()).select_from(table))
                for table in (Place, Element, Audit, Observation, FactRow)
            ]
            versions = await db.execute(select(Place.id, Place.version).order_by(Place.id))
            return [*counts, versions.all()]

    before = await count()
    again = await _import(sessions)
    assert (again.new, again.matched, again.changed, again.unchanged) == (0, 0, 0, 3)
    assert await count() == before


async def test_csv_goes_the_same_way(sessions: Sessions) -> None:
    """A CSV row becomes a place with its claims."""
    summary = await _import(sessions, "doskaz.csv")
    assert (summary.new, summary.refused) == (2, 3)
    async with sessions() as db:
        pharmacy = await _place(db, "9001")
        assert pharmacy.category == "pharmacy"


async def test_the_table_sets_their_score_beside_our_words(sessions: Sessions) -> None:
    """Every object stands once per group of people, with their value and our words."""
    summary = await _import(sessions)
    assert summary.compared.total() == 3 * 4
    table = "\n".join(summary.table())
    assert "movement" in table
    assert "entry unknown" in table


async def test_unknown_is_never_yes(sessions: Sessions, tmp_path: Path) -> None:
    """An object of which nobody knew anything is accessible for nobody."""
    keys = ["1", "30", "31", "1000", "1001", "1002"]
    item = {
        "id": 1,
        "form": "small",
        "first": {"name": "Тайна", "category": "Кафе", "point": [43.24, 76.93]},
        "entrance1": {"attributes": dict.fromkeys(keys, "unknown")},
    }
    path = tmp_path / "one.json"
    path.write_text(json.dumps([item]), encoding="utf-8")
    await import_file(sessions, path=path, now=NOW)
    async with sessions() as db:
        place = await _place(db, "1")
        assert set(place.entry_words) == {0}
        assert set(place.service_words) == {0}
