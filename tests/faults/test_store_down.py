"""The photo store is away: volunteers do not notice, and the worker catches up afterwards."""

import time

import psycopg
import pytest

from tests.support.campaign import Campaign
from tests.support.inspection import inspect
from tests.support.proofs import CountProof, ProofSize
from tests.support.station import Station

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("faults")]
_AWAY_S = {"short": 1.0, "long": 60.0}


def test_intake_goes_on_while_the_store_is_down(
    campaign: Campaign, station: Station, proof_size: ProofSize, count_proof: CountProof
) -> None:
    """Everything is acknowledged meanwhile, photos too; nothing is lost, and all become ready."""
    ledger = campaign.ledger
    before = set(ledger.photos)
    refused = dict(ledger.refusals)
    station.kill("store")
    try:
        since = time.monotonic()
        while not set(ledger.photos) - before or time.monotonic() - since < _AWAY_S[proof_size]:
            campaign.end_work(campaign.begin_work(audits=1))
        away_s = time.monotonic() - since
        fresh = set(ledger.photos) - before
        with psycopg.connect(station.libpq_url) as db:
            waiting = db.execute(
                "SELECT count(*) FROM photos WHERE state = 'received' AND id = ANY(%s)",
                ([*fresh],),
            ).fetchone()
    finally:
        station.restart("store")
    assert waiting == (len(fresh),)
    assert dict(ledger.refusals) == refused, "intake refused something although it needs no store"
    station.settle()
    found = inspect(station, ledger, campaign.volunteers, photos=fresh)
    assert found.all == []
    assert found.object_count >= 4 * len(fresh)
    count_proof("seconds without the photo store", round(away_s))
    count_proof("photos acknowledged without the photo store", len(fresh))
    count_proof("of these lost", len(found.lost))
