"""Clusters equal a recount after thousands of random writes, and nobody meets a deadlock."""

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tests.support.cluster_recount import count_cells, find_wrong_cells, find_wrong_tiles
from tests.support.cluster_storm import find_tiles, run_storm
from tests.support.cluster_writers import CATEGORIES
from tests.support.proofs import CountProof, get_size

WRITES = {"short": 400, "long": 10_000}
CONNECTIONS = 8
DEADLOCK = "40P01"


@pytest.mark.timeout(1200)
def test_counts_equal_a_recount_whoever_writes(
    libpq_url: str, clean_database: str, count_proof: CountProof
) -> None:
    """Eight connections write, two fold, folders are killed, and every look finds exact counts.

    At the end every cell of every zoom is compared, for each category, profile and word, and so
    are the bytes of every tile.
    """
    storm = run_storm(
        libpq_url, clean_database, writers=CONNECTIONS, writes=WRITES[get_size()], seed=20
    )
    assert storm.wrong == []
    assert storm.refusals == {}
    assert storm.falls.keys() <= {"57P01", "None"}, "a folder ended though nobody killed it"
    assert storm.folded > 0
    engine = create_engine(clean_database, poolclass=NullPool)
    with engine.connect() as connection:
        assert find_wrong_cells(connection) == []
        cells, categories = count_cells(connection)
        tiles = find_tiles(connection)
        filters = [(), *((each,) for each in CATEGORIES)]
        assert find_wrong_tiles(connection, tiles, filters) == []
    engine.dispose()
    assert cells > 0
    assert storm.done["truncate"] == 1
    count_proof("writes", storm.done["writes"])
    count_proof("connections", CONNECTIONS)
    count_proof("deadlocks", storm.refusals.get(DEADLOCK, 0) + storm.falls[DEADLOCK])
    count_proof("tiles looked at while others wrote, all exact", storm.looks)
    count_proof("folders killed", storm.kills)
    count_proof("cells of a category at the end, 24 counts each, all exact", cells)
    count_proof("categories", categories)
    count_proof("tiles at the end equal to a recount", len(tiles) * len(filters))
