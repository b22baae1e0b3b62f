"""What holds for every place, however strange: checked on generated ones."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audits.catalogue import Field, FieldType, latest
from audits.consensus import Vote, VoteKind, settle_all
from audits.observations import Method, Observation, Operator, State
from audits.verdicts import ElementFacts, PlaceFacts, Scope, judge
from audits.verdicts.rules import rule_documents
from geo.mobility import PROFILES, CustomLimits, Help, Profile, Word
from geo.places.kinds import PlaceKind
from tests.support.verdict_cases import NOW, base_answers, make_place

FIELDS = latest().fields
PERFECT = base_answers("perfect")
CODE_FIELDS = (
    "entrance.level_change",
    "stairs.count",
    "stairs.riser_max",
    "stairs.handrail",
    "ramp.slope",
    "ramp.length",
    "ramp.rise_per_flight",
    "inner_stairs.count",
    "inner_stairs.riser_max",
    "inner_stairs.handrail",
    "inner_ramp.kind",
    "inner_ramp.slope",
    "inner_ramp.width",
    "service.floor",
    "service.scope",
    "lift.present",
    "lift.floors_served",
    "lift.key_issuer",
    "entrance.role",
    "entrance.opening_hours",
)


def _judged_fields() -> list[str]:
    found = set(CODE_FIELDS)
    for document in rule_documents().values():
        found |= {row["field"] for row in document.get("requirement", [])}
        found |= {
            row[gate]["field"]
            for row in document.get("requirement", [])
            for gate in ("when", "unless")
            if gate in row
        }
        for need in document.get("either", []):
            found |= {option["field"] for option in need["options"]}
    return sorted(name for name in found if not name.startswith("stop."))


JUDGED = _judged_fields()


def _values(item: Field) -> st.SearchStrategy[Any]:
    if item.type is FieldType.CHOICE:
        return st.sampled_from(item.choices)
    if item.type is FieldType.BOOL:
        return st.booleans()
    if item.type is FieldType.HOURS:
        return st.sampled_from(["24/7", "Mo-Fr 09:00-18:00", "whenever"])
    if item.type is FieldType.FLOORS:
        return st.sampled_from(["1-5", "1,3", "-1-2"])
    if item.type is FieldType.TEXT:
        return st.just("akimat")
    low, high = item.low or 0, item.high or 0
    # Most figures that matter are small; the far ends are drawn too.
    return st.one_of(
        st.integers(low, min(high, max(low, 1500))), st.integers(low, high), st.just(low)
    )


def _answers(item: Field) -> st.SearchStrategy[dict[str, Any]]:
    operators = list(Operator) if item.type.is_number else [Operator.EQ]
    stated = st.fixed_dictionaries(
        {
            "value": _values(item),
            "is": st.sampled_from([Operator.EQ, *operators]).map(str),
            "days": st.integers(0, 1200),
            "by": st.sampled_from([method.value for method in Method]),
            "disputed": st.sampled_from([False, False, False, True]),
        }
    )
    other = st.sampled_from(["absent", "not_applicable", "unknown"])
    return st.one_of(stated, stated, stated, other.map(lambda state: {"state": state}))


@st.composite
def answer_sets(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Draw a place: the perfect one with some answers replaced and some taken away."""
    names = draw(st.lists(st.sampled_from(JUDGED), max_size=14, unique=True))
    answers: dict[str, Any] = dict(PERFECT) if draw(st.booleans()) else {}
    for name in draw(st.lists(st.sampled_from(sorted(PERFECT)), max_size=4)):
        answers.pop(name, None)
    return answers | {name: draw(_answers(FIELDS[name])) for name in names}


profiles = st.sampled_from(PROFILES)
scopes = st.sampled_from(Scope)
many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _word(place: PlaceFacts, profile: Profile, scope: Scope, **who: Any) -> Word:  # noqa: ANN401 - passed on
    return judge(place, profile, scope, now=NOW, **who).word


def _usable(word: Word) -> int:
    return word.rank if word.usable else 0


@many
@given(answer_sets(), profiles, scopes, st.sampled_from(JUDGED))
def test_adding_an_unknown_changes_nothing(
    answers: dict[str, Any], profile: Profile, scope: Scope, name: str
) -> None:
    """An unsure answer to an open question is the same as no answer."""
    answers.pop(name, None)
    unsure = answers | {name: {"state": "unknown"}}
    before, after = make_place(answers), make_place(unsure)
    assert _word(after, profile, scope) is _word(before, profile, scope)


@many
@given(answer_sets(), profiles, scopes, st.data())
def test_forgetting_an_answer_never_opens_a_way(
    answers: dict[str, Any], profile: Profile, scope: Scope, data: st.DataObject
) -> None:
    """Where an answer becomes unknown, a mandatory question never turns into a yes."""
    mandatory = [
        name
        for name in answers
        if name in {"door.clear_width", "path.step_count", "entrance.level_change"}
    ]
    if not mandatory:
        return
    name = data.draw(st.sampled_from(mandatory))
    without = {key: value for key, value in answers.items() if key != name}
    before = _word(make_place(answers), profile, scope)
    after = _word(make_place(without), profile, scope)
    if profile is Profile.MANUAL_WHEELCHAIR and name != "entrance.level_change":
        assert _usable(after) == 0
    elif before is Word.UNKNOWN and name == "door.clear_width":
        assert after in {Word.UNKNOWN, Word.YES, Word.WITH_HELP}


@many
@given(answer_sets(), profiles, scopes, st.data())
def test_tightening_a_limit_never_makes_a_word_better(
    answers: dict[str, Any], profile: Profile, scope: Scope, data: st.DataObject
) -> None:
    """A person who can do less never gets a better word."""
    name, low, high = data.draw(
        st.sampled_from(
            [
                ("max_incline_up_permille", 0, 200),
                ("max_cross_slope_permille", 0, 60),
                ("max_kerb_mm", 0, 200),
                ("max_steps", 0, 15),
                ("max_step_mm", 0, 250),
                ("max_ramp_slope_permille", 0, 200),
            ]
        )
    )
    tight, loose = sorted(data.draw(st.tuples(*[st.integers(low, high)] * 2)))
    place = make_place(answers)
    strict = _word(place, profile, scope, limits=CustomLimits(**{name: tight}))
    lenient = _word(place, profile, scope, limits=CustomLimits(**{name: loose}))
    assert strict.rank <= lenient.rank


@many
@given(answer_sets(), profiles, scopes, st.tuples(st.integers(400, 1600), st.integers(400, 1600)))
def test_needing_more_width_never_makes_a_word_better(
    answers: dict[str, Any], profile: Profile, scope: Scope, widths: tuple[int, int]
) -> None:
    """The same for widths, where more is stricter."""
    place = make_place(answers)
    loose, tight = (
        _word(place, profile, scope, limits=CustomLimits(min_width_mm=width))
        for width in sorted(widths)
    )
    assert tight.rank <= loose.rank


@many
@given(answer_sets(), profiles, scopes)
def test_more_help_and_more_keys_never_make_a_word_worse(
    answers: dict[str, Any], profile: Profile, scope: Scope
) -> None:
    """Alone, with staff, with a companion, with every key: never worse."""
    place = make_place(answers)
    words = [
        _word(place, profile, scope, help_at_hand=Help.ALONE),
        _word(place, profile, scope, help_at_hand=Help.STAFF),
        _word(place, profile, scope, help_at_hand=Help.COMPANION),
        _word(place, profile, scope, help_at_hand=Help.COMPANION, keys=["any"]),
    ]
    assert [word.rank for word in words] == sorted(word.rank for word in words)


@many
@given(answer_sets(), profiles, scopes, st.integers(0, 3000), st.integers(0, 3000))
def test_time_never_makes_a_word_better(
    answers: dict[str, Any], profile: Profile, scope: Scope, one: int, other: int
) -> None:
    """The clock may take a word away, never give one."""
    place = make_place(answers)
    sooner, later = sorted((one, other))
    first = judge(place, profile, scope, now=NOW + timedelta(days=sooner)).word
    second = judge(place, profile, scope, now=NOW + timedelta(days=later)).word
    assert second.rank <= first.rank


@many
@given(answer_sets(), profiles, scopes)
def test_a_no_always_says_why_and_an_unknown_always_says_what_is_missing(
    answers: dict[str, Any], profile: Profile, scope: Scope
) -> None:
    """No word without its reason: `blocking` for a no, `missing` for an unknown."""
    verdict = judge(make_place(answers), profile, scope, now=NOW)
    if verdict.word is Word.NO:
        assert any(reason.effect is Word.NO for reason in verdict.blocking)
        assert verdict.missing == ()
    if verdict.word is Word.UNKNOWN:
        assert verdict.missing
    if verdict.word is Word.WITH_HELP:
        assert verdict.help_kinds
    if verdict.word is Word.YES:
        assert verdict.blocking == ()
    assert 0 <= verdict.coverage_percent <= 100


@many
@given(answer_sets(), profiles, scopes)
def test_unknown_is_never_yes(answers: dict[str, Any], profile: Profile, scope: Scope) -> None:
    """A usable word rests on at least one known answer."""
    unsure = {name: {"state": "unknown"} for name in answers}
    assert _word(make_place(unsure), profile, scope) is Word.UNKNOWN


@many
@given(answer_sets(), st.sampled_from(PROFILES[:2]), st.integers(400, 799))
def test_a_proven_violation_shows_in_blocking(
    answers: dict[str, Any], profile: Profile, width: int
) -> None:
    """A door too narrow for any chair is named, whatever else is or is not known."""
    answers |= {"door.clear_width": width, "entrance.role": "main"}
    verdict = judge(make_place(answers), profile, Scope.ENTRY, now=NOW)
    assert verdict.word is Word.NO
    assert "door_width" in [reason.requirement for reason in verdict.blocking]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("scope", Scope)
def test_removing_any_mandatory_fact_of_a_perfect_building_gives_unknown(
    profile: Profile, scope: Scope
) -> None:
    """Every fact the word stands on is needed, and the missing one is named first."""
    perfect = _word(make_place(PERFECT), profile, scope)
    assert perfect is Word.YES
    decisive = 0
    for name in PERFECT:
        verdict = judge(
            make_place({key: value for key, value in PERFECT.items() if key != name}),
            profile,
            scope,
            now=NOW,
        )
        assert verdict.word in {Word.YES, Word.UNKNOWN}, name
        if verdict.word is Word.UNKNOWN:
            decisive += 1
            assert name in [missing.field for missing in verdict.missing]
    assert decisive >= 1


def test_express_decides_the_entry_of_most_profiles() -> None:
    """A perfect building surveyed at express has an entry word for at least four of six."""
    place = make_place(base_answers("perfect_express"))
    decided = [p for p in PROFILES if _word(place, p, Scope.ENTRY) is not Word.UNKNOWN]
    assert len(decided) >= 4


votes = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(VoteKind), st.integers(0, 60)), max_size=8
)


@many
@given(answer_sets(), profiles, scopes, votes, st.integers(0, 8), st.integers(0, 60))
def test_no_votes_and_no_time_make_a_word_better(
    answers: dict[str, Any],
    profile: Profile,
    scope: Scope,
    cast: list[tuple[int, VoteKind, int]],
    first: int,
    days: int,
) -> None:
    """After any votes, more votes and more days give the same word or a worse one."""
    observed = make_place(answers)
    sent = sorted(cast, key=lambda vote: vote[2])
    early, late = sent[:first], sent
    before = _settled_word(observed, early, profile, scope, days)
    after = _settled_word(observed, late, profile, scope, days + 30)
    assert after.rank <= before.rank


def _settled_word(
    place: PlaceFacts,
    cast: list[tuple[int, VoteKind, int]],
    profile: Profile,
    scope: Scope,
    days: int,
) -> Word:
    """Settle one observation per fact with votes about each, and judge the outcome."""
    now = NOW + timedelta(days=days)
    owners = [(None, place.facts), *((item.id, item.facts) for item in place.elements)]
    observations, says = [], []
    for owner, facts in owners:
        for fact in facts.values():
            observations.append(
                Observation(
                    id=place.id,
                    field=fact.field,
                    element_id=owner,
                    state=State(fact.state),
                    observed_at=fact.observed_at,
                    author_id=place.id,
                    operator=fact.operator,
                    value=fact.value,
                    method=fact.method,
                )
            )
            for account, kind, day in cast:
                voter = UUID(int=account)
                says.append((owner, fact.field, Vote(voter, kind, NOW + timedelta(days=day))))
    settled = settle_all(latest(), observations, says, now)
    rebuilt = PlaceFacts(
        id=place.id,
        kind=PlaceKind.BUILDING,
        facts={name: settled[None, name] for name in place.facts},
        elements=tuple(
            ElementFacts(
                id=item.id,
                kind=item.kind,
                point=item.point,
                facts={name: settled[item.id, name] for name in item.facts},
            )
            for item in place.elements
        ),
    )
    return judge(rebuilt, profile, scope, now=now).word
