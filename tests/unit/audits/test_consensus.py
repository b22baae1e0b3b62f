"""Several answers settle into one fact by stated rules."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from audits.catalogue import latest
from audits.consensus import Vote, VoteKind, settle, settle_all
from audits.observations import (
    Agreement,
    Confidence,
    Fact,
    Method,
    Observation,
    Operator,
    State,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WIDTH = latest().fields["door.clear_width"]
LIFT = latest().fields["lift.state"]
DOOR = UUID(int=1)


def _seen(
    number: int, value: int | str | None, method: Method | None, days_ago: int, **more: object
) -> Observation:
    content: dict[str, object] = {
        "id": UUID(int=number),
        "field": "door.clear_width",
        "element_id": DOOR,
        "state": State.UNKNOWN if value is None else State.VALUE,
        "observed_at": NOW - timedelta(days=days_ago),
        "author_id": UUID(int=1000 + number),
        "value": value,
        "method": method,
    }
    return Observation(**{**content, **more})


def _settled(*answers: Observation, item=WIDTH, votes: tuple[Vote, ...] = ()) -> Fact:  # noqa: ANN001 - a catalogue field
    fact = settle(item, answers, votes, NOW)
    assert fact is not None
    return fact


def _vote(account: int, kind: VoteKind, days_ago: int) -> Vote:
    return Vote(UUID(int=account), kind, NOW - timedelta(days=days_ago))


def test_a_measurement_beats_a_newer_estimate() -> None:
    """A tape last year is better than a look today."""
    assert _settled(_seen(1, 870, Method.TAPE, 300), _seen(2, 900, Method.ESTIMATE, 1)).value == 870


def test_a_much_newer_estimate_beats_an_old_measurement_of_another_time() -> None:
    """After more than two years an old measurement counts one grade less, and newer wins."""
    fact = _settled(
        _seen(1, 870, Method.TAPE, 1100),
        _seen(2, 900, Method.ESTIMATE, 1),
    )
    assert fact.value == 900


def test_among_equals_the_newer_wins() -> None:
    """Two tapes: the door was rebuilt."""
    assert _settled(_seen(1, 780, Method.TAPE, 400), _seen(2, 920, Method.TAPE, 10)).value == 920


def test_an_exact_answer_beats_an_inequality() -> None:
    """A number says more than "at most"."""
    newer = _seen(2, 900, Method.TAPE, 1, operator=Operator.GE)
    assert _settled(_seen(1, 910, Method.TAPE, 30), newer).operator is Operator.EQ


def test_hearsay_never_beats_a_look() -> None:
    """An imported claim gives way to anybody who was there."""
    claim = _seen(2, 1000, Method.CLAIMED, 1)
    assert _settled(_seen(1, 800, Method.ESTIMATE, 500), claim).value == 800


def test_not_knowing_never_erases() -> None:
    """An unsure answer does not replace a sure one; alone it is an unknown fact."""
    assert _settled(_seen(1, 870, Method.TAPE, 300), _seen(2, None, None, 1)).value == 870
    alone = _settled(_seen(2, None, None, 1))
    assert not alone.known
    assert alone.expires_at is None


def test_a_state_is_what_was_seen_last_and_expires() -> None:
    """A lift's state is the newest one, and its good news ends after 30 days."""
    fact = _settled(
        _seen(1, "out_of_order", None, 20, field="lift.state"),
        _seen(2, "working", None, 5, field="lift.state"),
        item=LIFT,
    )
    assert fact.value == "working"
    assert fact.expires_at == NOW + timedelta(days=25)
    assert not fact.stale_at(NOW)
    assert fact.stale_at(NOW + timedelta(days=25))


def test_agreement_counts_people_once() -> None:
    """Support, conflict and votes are people, not rows, and authors do not vote on themselves."""
    first = _seen(1, 900, Method.TAPE, 30)
    again = _seen(2, 905, Method.TAPE, 20, author_id=first.author_id)
    other = _seen(3, 700, Method.TAPE, 40)
    votes = (
        _vote(5, VoteKind.AGREE, 3),
        _vote(5, VoteKind.AGREE, 2),
        Vote(first.author_id, VoteKind.AGREE, NOW),
        _vote(6, VoteKind.UNSURE, 1),
    )
    agreement = _settled(first, again, other, votes=votes).agreement
    assert agreement == Agreement(authors=1, agree=1, unsure=1, conflicting=1)
    assert not agreement.confirmed


def test_confidence_needs_measure_confirmation_and_freshness() -> None:
    """All three make it high, two medium, fewer low."""
    old = _settled(_seen(1, 900, Method.ESTIMATE, 900))
    measured = _settled(_seen(1, 900, Method.TAPE, 30))
    confirmed = _settled(_seen(1, 900, Method.TAPE, 30), votes=(_vote(5, VoteKind.AGREE, 3),))
    assert [fact.confidence for fact in (old, measured, confirmed)] == [
        Confidence.LOW,
        Confidence.MEDIUM,
        Confidence.HIGH,
    ]
    assert len(confirmed.evidence) == 1


def test_a_dispute_holds_until_somebody_looks_again() -> None:
    """Two voters close; later votes do not open; a newer observation does."""
    against = (_vote(5, VoteKind.DISAGREE, 9), _vote(6, VoteKind.DISAGREE, 8))
    praise = tuple(_vote(number, VoteKind.AGREE, 3) for number in range(10, 20))
    first = _seen(1, 900, Method.TAPE, 30)
    assert not _settled(first, votes=against[:1]).agreement.disputed
    assert _settled(first, votes=against).stale_at(NOW)
    assert _settled(first, votes=against + praise).agreement.disputed
    assert not _settled(first, _seen(2, 910, Method.TAPE, 1), votes=against).agreement.disputed


answers = st.lists(
    st.builds(
        _seen,
        st.integers(1, 60),
        st.one_of(st.none(), st.integers(600, 1200)),
        st.sampled_from([None, *Method]),
        st.integers(0, 2000),
        operator=st.sampled_from(Operator),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda answer: answer.id,
)


@given(answers, st.randoms(use_true_random=False))
def test_the_order_of_audits_does_not_matter(given_answers, shuffler) -> None:  # noqa: ANN001 - drawn
    """Any order of the same answers settles into the same fact."""
    shuffled = list(given_answers)
    shuffler.shuffle(shuffled)
    assert settle(WIDTH, given_answers, (), NOW) == settle(WIDTH, shuffled, (), NOW)


def test_facts_of_a_place_are_kept_apart() -> None:
    """Elements and fields do not mix, and a field of no catalogue is left out."""
    facts = settle_all(
        latest(),
        [
            _seen(1, 900, Method.TAPE, 3),
            _seen(2, 800, Method.TAPE, 3, element_id=UUID(int=2)),
            _seen(3, 5, Method.TAPE, 3, field="door.colour"),
        ],
        [(DOOR, "door.clear_width", _vote(5, VoteKind.AGREE, 1))],
        NOW,
    )
    assert {key: fact.value for key, fact in facts.items()} == {
        (DOOR, "door.clear_width"): 900,
        (UUID(int=2), "door.clear_width"): 800,
    }
    assert facts[DOOR, "door.clear_width"].agreement.agree == 1


def test_agreement_is_stored_and_read_back() -> None:
    """The stored form loses nothing, and an empty one is a single author."""
    agreement = Agreement(authors=2, agree=3, disputed=True)
    assert Agreement.from_json(agreement.as_json()) == agreement
    assert Agreement.from_json({}) == Agreement()
