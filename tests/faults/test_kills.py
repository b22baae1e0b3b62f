"""Parts killed at any moment while people work: nothing promised is lost, doubled or half there.

A killed process is not a power cut. What a process handed to the kernel survives its death here,
and would not survive the machine's; against that stand the durable settings of the database and
the flushes of the store, which a test reads but no test here can prove.
"""

import random
import time
from collections.abc import Iterator

import pytest

from tests.support.campaign import Campaign
from tests.support.inspection import inspect
from tests.support.proofs import CountProof, ProofSize
from tests.support.station import PARTS, Part, Station

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("faults")]
_ROUNDS = {"short": 4, "long": 100}


def _plan(rounds: int, dice: random.Random) -> Iterator[list[Part]]:
    """Give what to kill in each round: all parts in turn, every fifth time two at once."""
    for number in range(rounds):
        if number % len(PARTS) == 0:
            turn = dice.sample(PARTS, len(PARTS))
        first = turn[number % len(PARTS)]
        others = [part for part in PARTS if part not in {first, "store"}]
        yield [first, dice.choice(others)] if number % 5 == 4 else [first]


@pytest.mark.timeout(3600)
def test_nothing_acknowledged_is_lost_whatever_is_killed(
    campaign: Campaign,
    station: Station,
    proof_size: ProofSize,
    count_proof: CountProof,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Kill any part at any moment, many times; look at the tables and ask every time.

    When each part has been killed, all work is waited for, and the store is read too.
    """
    rounds, leftovers, seen = _ROUNDS[proof_size], 0, set(campaign.ledger.photos)
    dice, ledger = campaign.dice, campaign.ledger
    for number, parts in enumerate(_plan(rounds, dice), start=1):
        after_s, down_s = dice.uniform(0.02, 1.2), dice.uniform(0.0, 0.5)
        campaign.run_round(parts, after_s=after_s, down_s=down_s)
        found = inspect(station, ledger, campaign.volunteers, settled=False)
        assert found.all == [], f"round {number}, {parts} killed after {after_s:.2f} s"
        if number % len(PARTS) == 0:
            station.settle()
            fresh = set(ledger.photos) - seen
            found = inspect(station, ledger, campaign.volunteers, photos=fresh)
            assert found.all == [], f"settled after round {number}"
            seen |= fresh
            leftovers += found.leftover_count
        if proof_size == "long":
            with capfd.disabled():
                print(f"{time.strftime('%H:%M:%S')} round {number} of {rounds}: {parts}")  # noqa: T201 - an hour without a word is too long
    found = inspect(station, ledger, campaign.volunteers)
    assert found.all == []
    assert ledger.version_count >= rounds * len(campaign.volunteers)
    assert ledger.photos
    assert ledger.barriers
    assert station.ended_by_itself["api"] == 0
    count_proof("rounds (processes killed; a power cut is not tried)", rounds)
    for part in PARTS:
        count_proof(f"kills of the {part}", campaign.kills[part])
    count_proof("acknowledged audits", len(ledger.versions))
    count_proof("acknowledged versions of audits", ledger.version_count)
    count_proof("acknowledged photos", len(ledger.photos))
    count_proof("acknowledged barriers", len(ledger.barriers))
    count_proof("acknowledged approvals", len(ledger.approved))
    count_proof("acknowledged and lost", len(found.lost))
    count_proof("stored twice", len(found.doubled))
    count_proof("visible by halves", len(found.half))
    count_proof("answers that never came", ledger.broken_answers)
    count_proof("answers 500", ledger.refusals[500])
    count_proof("answers 503 with Retry-After", ledger.refusals[503])
    count_proof("requests answered as replays", ledger.replays)
    count_proof("objects read again and right", found.object_count)
    count_proof("unnamed objects removed by the reconciler", leftovers)
    count_proof("worker ended by itself and was started again", station.ended_by_itself["worker"])
