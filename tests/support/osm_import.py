"""Fixtures that import extracts into this worker's database, and looking at what is there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from geo.osm.importer import import_osm
from geo.osm.summary import ImportSummary
from tests.support.osm_file import OsmFile

Import = Callable[..., Awaitable[ImportSummary]]


def _write(town: OsmFile, target: Path) -> Path:
    return town.write(target)


@pytest.fixture
def load(clean_database: str, tmp_path: Path) -> Import:
    """Import an `OsmFile`; the database is emptied after the test."""

    async def run(
        town: OsmFile | Path,
        *,
        dem: Path | None = None,
        districts: Path | None = None,
        is_demo: bool = False,
    ) -> ImportSummary:
        target = tmp_path / "town.osm.pbf"
        path = _write(town, target) if isinstance(town, OsmFile) else town
        return await import_osm(
            database_url=clean_database,
            path=path,
            dem=dem,
            districts=districts,
            is_demo=is_demo,
            progress=lambda _text: None,
        )

    return run


@pytest.fixture
async def look(
    clean_database: str, libpq_url: str
) -> AsyncIterator[psycopg.AsyncConnection[dict[str, Any]]]:
    """Give an autocommit connection with rows as dictionaries."""
    assert clean_database
    async with await psycopg.AsyncConnection.connect(
        libpq_url, autocommit=True, row_factory=dict_row
    ) as connection:
        yield connection
