"""Real extracts: counts that were checked by hand, and nothing that stops the import."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.osm_import import Import

pytestmark = pytest.mark.realdata
Look = psycopg.AsyncConnection[dict[str, Any]]


async def _value(look: Look, query: str) -> Any:  # noqa: ANN401 - whatever was asked
    row = await (await look.execute(query)).fetchone()
    assert row is not None
    return next(iter(row.values()))


async def test_helsinki_centre_has_its_doors(load: Import, look: Look, shared_data: Path) -> None:
    """A clipped extract with 325 mapped entrances: nearly all belong to a building."""
    summary = await load(shared_data / "helsinki" / "helsinki-centre.osm.pbf")
    assert summary.by_kind["building"] >= 430
    doors = await _value(
        look, "SELECT count(DISTINCT osm_node_id) FROM elements WHERE kind = 'entrance'"
    )
    assert doors >= 290
    hinted = await _value(look, "SELECT count(*) FROM places WHERE osm_tags ? 'wheelchair'")
    assert hinted >= 300
    inside = await _value(
        look,
        "SELECT count(parent_id)::float / count(*) FROM places WHERE kind = 'organisation'",
    )
    assert inside > 0.6
    again = await load(shared_data / "helsinki" / "helsinki-centre.osm.pbf")
    assert again.counts["places_new"] == 0
    assert again.counts["places_changed"] == 0
    assert again.counts["elements_changed"] == 0
