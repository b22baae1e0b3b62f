"""Without a reviewer's decision a published word never gets better, whatever the crowd does.

Generated stories on the real database: votes of several people who change their minds, audits
that nobody approved, barrier reports, and time that passes with its sweeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.schemas.audits import AuditIn
from audits.accounts.models import Account
from audits.accounts.policy import Actor
from audits.accounts.roles import AccountState, Role
from audits.barriers import BarrierReport, report_barrier
from audits.confirmations import Ballot, confirm_fact
from audits.consensus import VoteKind
from audits.errors import AuditInvalidError, OwnFactError
from audits.expiry import sweep_expired
from audits.facts import FactKey, load_place_facts
from audits.intake import put_audit
from audits.renewal import renew_batch, request_renewal
from audits.review import Outcome, decide
from geo.ids import uuid7
from geo.mobility import PROFILES, Word
from geo.network.models import BarrierKind
from geo.places.models import Place
from tests.support.bodies import audit_of_a_ramp, observe
from tests.support.proofs import CountProof, get_size

STORIES = {"short": 20, "long": 400}
START = datetime(2026, 11, 21, 12, tzinfo=UTC)
VOTERS = 5

_PLACE = """
INSERT INTO places (id, kind, state, category, sector, point) VALUES
  (:id, 'building', 'active', 'school', 'education',
   ST_SetSRID(ST_MakePoint(76.9305, 43.2403), 4326))
"""

_SEEN = {
    "entrance.level_change": st.sampled_from([0, 40, 160, 600]),
    "stairs.count": st.sampled_from([0, 1, 4]),
    "ramp.kind": st.sampled_from(["fixed", "rail_track"]),
    "ramp.slope": st.sampled_from([50, 70, 120]),
    "ramp.width": st.sampled_from([700, 1250]),
    "platform_lift.working": st.sampled_from(["working", "out_of_order"]),
    "platform_lift.access_mode": st.sampled_from(["open", "attendant"]),
    "door.clear_width": st.sampled_from([700, 920]),
    "door.threshold": st.sampled_from([0, 10, 40]),
    "path.step_count": st.sampled_from([0, 2]),
    "path.tactile_guide": st.sampled_from(["none", "continuous"]),
}
_INSIDE = {
    "service.floor": st.sampled_from([1, 2]),
    "lift.present": st.booleans(),
    "staff.help": st.booleans(),
    "staff.sign_language": st.sampled_from(["none", "on_site"]),
    "info.braille": st.booleans(),
}
_GOOD = {
    "entrance.level_change": 600,
    "stairs.count": 4,
    "platform_lift.working": "working",
    "platform_lift.access_mode": "open",
    "platform_lift.w": 900,
    "platform_lift.d": 1250,
    "door.clear_width": 920,
    "door.threshold": 10,
    "path.step_count": 0,
}
_answers = st.tuples(
    st.fixed_dictionaries({}, optional=_SEEN), st.fixed_dictionaries({}, optional=_INSIDE)
)
_first_answers = st.tuples(
    st.one_of(
        st.fixed_dictionaries({}, optional=_SEEN),
        st.dictionaries(st.sampled_from(sorted(_GOOD)), st.none(), max_size=1).map(
            lambda left_out: {k: v for k, v in _GOOD.items() if k not in left_out}
        ),
    ),
    st.fixed_dictionaries(_INSIDE),
)
_steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("vote"),
            st.integers(0, VOTERS - 1),
            st.integers(0, 40),
            st.sampled_from([VoteKind.DISAGREE, VoteKind.DISAGREE, *VoteKind]),
        ),
        st.tuples(st.just("audit"), st.integers(0, VOTERS - 1), _answers),
        st.tuples(st.just("days"), st.integers(1, 500)),
        st.tuples(st.just("barrier"), st.integers(0, VOTERS - 1)),
        st.tuples(st.just("rules")),
    ),
    min_size=3,
    max_size=16,
)
_counted = {"stories": 0, "steps": 0, "words that fell": 0}


@dataclass
class _Story:
    db: AsyncSession
    place_id: UUID
    entrance_id: UUID
    people: list[Actor]
    now: datetime = START

    async def words(self) -> list[Word]:
        place = await self.db.get_one(Place, self.place_id, populate_existing=True)
        return [Word.from_code(code) for code in (*place.entry_words, *place.service_words)]

    async def audit(self, who: Actor, answers: tuple[Mapping[str, Any], Mapping[str, Any]]) -> UUID:
        at_door, inside = answers
        body = audit_of_a_ramp(self.place_id, self.entrance_id)
        body["started_at"] = body["finished_at"] = self.now.isoformat()
        body["observations"] = [
            *(observe(self.entrance_id, name, value) for name, value in at_door.items()),
            *(observe(None, name, value, "estimate") for name, value in inside.items()),
            observe(self.entrance_id, "path.width_min", 1600),
        ]
        audit_id = uuid7()
        while True:
            submission = AuditIn.model_validate(body).as_submission()
            try:
                await put_audit(
                    self.db, actor=who, audit_id=audit_id, submission=submission, now=self.now
                )
                break
            except AuditInvalidError as error:
                # A question that does not apply after the others is left out, as a form does.
                number = int(error.params["errors"][0]["pointer"].split("/")[2])  # type: ignore[index]
                del body["observations"][number]
        return audit_id

    async def vote(self, who: Actor, number: int, kind: VoteKind) -> None:
        facts = (await load_place_facts(self.db, place_ids=[self.place_id]))[self.place_id]
        keys: list[FactKey] = sorted(facts, key=str)
        element_id, field = keys[number % len(keys)]
        ballot = Ballot(element_id, None if element_id else self.place_id, field, kind)
        await confirm_fact(self.db, actor=who, confirmation_id=uuid7(), ballot=ballot, now=self.now)

    async def step(self, what: str, *given: Any) -> None:  # noqa: ANN401 - as drawn
        self.now += timedelta(minutes=1)
        if what == "vote":
            await self.vote(self.people[given[0]], given[1], given[2])
        elif what == "audit":
            await self.audit(self.people[given[0]], given[1])
        elif what == "days":
            self.now += timedelta(days=given[0])
            while await sweep_expired(self.db, now=self.now):
                pass
        elif what == "barrier":
            await report_barrier(
                self.db,
                actor=self.people[given[0]],
                barrier_id=uuid7(),
                report=BarrierReport(
                    kind=BarrierKind.SNOW,
                    geometry={"type": "Point", "coordinates": [76.9305, 43.2402]},
                    note=None,
                    element_id=None,
                    body={},
                ),
                now=self.now,
            )
        else:
            await self.db.execute(text("UPDATE verdicts SET rules_version = 'old'"))
            await request_renewal(self.db, now=self.now, again=True)
            await renew_batch(self.db, after=None, now=self.now)


async def _begin(db: AsyncSession, answers: tuple[Mapping[str, Any], Mapping[str, Any]]) -> _Story:
    """Make a place with one approved audit, and people who did not write it."""
    ids = [uuid7() for _ in range(VOTERS + 2)]
    roles = [Role.VOLUNTEER] * (VOTERS + 1) + [Role.REVIEWER]
    db.add_all(
        Account(id=key, role=role, state=AccountState.ACTIVE)
        for key, role in zip(ids, roles, strict=True)
    )
    await db.flush()
    people = [Actor(key, role) for key, role in zip(ids, roles, strict=True)]
    story = _Story(db, uuid7(), uuid7(), people[:VOTERS])
    await db.execute(text(_PLACE), {"id": story.place_id})
    audit_id = await story.audit(people[VOTERS], answers)
    await decide(
        db,
        actor=people[-1],
        audit_id=audit_id,
        outcome=Outcome.APPROVE,
        reason_code=None,
        note=None,
        expected_version=1,
        now=story.now,
    )
    return story


@settings(
    max_examples=STORIES[get_size()],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(answers=_first_answers, steps=_steps)
async def test_only_a_reviewer_makes_a_word_better(
    db: AsyncSession,
    count_proof: CountProof,
    answers: Any,  # noqa: ANN401 - as drawn
    steps: Any,  # noqa: ANN401 - as drawn
) -> None:
    """After each step every word is as it was or worse, in the order no, unknown, help, yes."""
    savepoint = await db.begin_nested()
    try:
        story = await _begin(db, answers)
        before = await story.words()
        for step in steps:
            try:
                await story.step(*step)
            except OwnFactError:
                continue
            after = await story.words()
            better = [
                (PROFILES[place % len(PROFILES)], was, now)
                for place, (was, now) in enumerate(zip(before, after, strict=True))
                if now.rank > was.rank
            ]
            assert not better, step
            _counted["words that fell"] += sum(
                now.rank < was.rank for was, now in zip(before, after, strict=True)
            )
            _counted["steps"] += 1
            before = after
    finally:
        await savepoint.rollback()
        db.expunge_all()
    _counted["stories"] += 1
    if _counted["stories"] == STORIES[get_size()]:
        for what, number in _counted.items():
            count_proof(f"crowd: {what}", number)
