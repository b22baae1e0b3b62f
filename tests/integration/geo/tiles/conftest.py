"""The service that draws tiles, over a committed street corner."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.engine import create_read_engine
from geo.db.session import session_factory
from geo.tiles.service import TileService
from tests.support.corner import add_corner
from tests.support.osm_import import load

__all__ = ["corner", "load", "tiles"]


@pytest.fixture
async def tiles(clean_database: str) -> AsyncIterator[TileService]:
    """Serve tiles of this worker's database."""
    engine = create_read_engine(clean_database, pool_size=4)
    yield TileService(session_factory(engine))
    await engine.dispose()


@pytest.fixture
async def corner(committed_db: AsyncSession) -> UUID:
    """Commit the corner; gives the id of its pharmacy."""
    return await add_corner(committed_db)
