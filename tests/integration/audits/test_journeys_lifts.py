"""Lifts of the street: closed by their hours or by an audit, for one journey at a time."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from audits.journeys.lifts import LiftTable, describe_closure
from geo.db.changes import ChangeKind, ChangeRow
from geo.ids import uuid7
from geo.mobility import Profile
from geo.routing.answer import NoRoute, Route
from geo.routing.needs import Needs
from geo.routing.service import open_router
from tests.support.machine import LOCAL
from tests.support.street_plans import StreetPlan, ask
from tests.support.street_tables import store_plan

_DAY = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001 - the city's own clock
_NIGHT = datetime(2026, 11, 24, 23, 30)  # noqa: DTZ001 - the city's own clock
_LIFT = """
INSERT INTO elements (id, place_id, kind, state, geom, osm_node_id, osm_tags) VALUES
  (%s, %s, 'lift', 'active', ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, %s)
"""
_PLACE = """
INSERT INTO places (id, kind, state, category, sector, point) VALUES
  (%s, 'crossing_structure', 'active', 'overpass', 'transport',
   ST_SetSRID(ST_MakePoint(76.9, 43.2), 4326))
"""
_FACT = """
INSERT INTO facts (id, place_id, element_id, field, state, value, method, observed_at, confidence)
VALUES (%s, %s, %s, 'lift.state', 'value', '"out_of_order"', 'estimate', now(), 'medium')
"""


def _plan() -> tuple[StreetPlan, list[int]]:
    """A footway that leads through a lift and nowhere else."""
    plan = StreetPlan()
    nodes = [plan.node(0, 0), plan.node(1, 0, lift=True), plan.node(2, 0)]
    plan.edge(nodes[0], nodes[1], surface="asphalt")
    plan.edge(nodes[1], nodes[2], surface="asphalt")
    return plan, nodes


async def test_a_lift_is_closed_by_its_hours_and_by_an_audit(
    clean_database: str, libpq_url: str, tmp_path: Path
) -> None:
    """Open at noon, closed at night; an approved audit closes it at noon too, at once."""
    assert clean_database
    plan, nodes = _plan()
    place, lift = uuid7(), uuid7()
    async with await psycopg.AsyncConnection.connect(libpq_url, autocommit=True) as look:
        await store_plan(look, plan)
        await _add_lift(look, plan, place, lift, nodes[1])
        router = await open_router(libpq_url, tmp_path, LOCAL / "kernels")
        table = LiftTable(libpq_url)
        lifts = await table.read()
        assert lifts[str(lift)].edge_ids == (1, 2)
        needs = Needs(profile=Profile.MANUAL_WHEELCHAIR)
        question = ask(needs, plan.target(nodes[0]), plan.target(nodes[2]))
        pinned = router.pin()
        assert table.lay_over(pinned, lifts, _DAY) is pinned
        assert isinstance(pinned.plan_route(question), Route)
        night = table.lay_over(pinned, lifts, _NIGHT)
        assert table.lay_over(pinned, lifts, _NIGHT) is night
        answer = night.plan_route(question)
        assert isinstance(answer, NoRoute)
        [notice] = {n for each in answer.obstructions for n in each.notices}
        assert describe_closure(notice.ref, lifts) == {
            "element_id": str(lift),
            "opening_hours": "Mo-Su 07:00-22:00",
            "out_of_order": False,
        }
        assert isinstance(pinned.plan_route(question), Route)
        await look.execute(_FACT, (uuid7(), place, lift))
        row = ChangeRow(id=1, kind=ChangeKind.PLACE, subject_id=str(place), data={}, bounds=None)
        assert not (await table.read())[str(lift)].broken
        table.on_changes([row])
        after = await table.read()
        assert isinstance(table.lay_over(pinned, after, _DAY).plan_route(question), NoRoute)


async def _add_lift(
    look: psycopg.AsyncConnection, plan: StreetPlan, place: UUID, lift: UUID, node: int
) -> None:
    tags = Jsonb({"highway": "elevator", "opening_hours": "Mo-Su 07:00-22:00"})
    spot = plan.nodes[node]
    await look.execute(_PLACE, (place,))
    await look.execute(_LIFT, (lift, place, spot.lon, spot.lat, node, tags))
