"""A web server with the oldest bug there is: it acknowledges first and commits later.

Only for the test that proves that the checker of the kill tests notices. Everything else of it is
the real application.
"""

import asyncio
import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from api.app import create_app
from api.cli.running import load_settings
from api.dependencies import AppState, open_write_session

_COMMITS_AFTER_S = 60
_waiting: set[asyncio.Task[None]] = set()


async def _open_hasty_session(state: AppState) -> AsyncIterator[AsyncSession]:
    db = state.write_sessions()
    await db.begin()
    yield db
    task = asyncio.create_task(_commit_later(db))
    _waiting.add(task)
    task.add_done_callback(_waiting.discard)


async def _commit_later(db: AsyncSession) -> None:
    await asyncio.sleep(_COMMITS_AFTER_S)
    await db.commit()
    await db.close()


def create_lying_app() -> FastAPI:
    """Create the application with the bug."""
    app = create_app(load_settings())
    app.dependency_overrides[open_write_session] = _open_hasty_session
    return app


if __name__ == "__main__":
    # Called as `serve --port N`, like the honest one.
    uvicorn.run(create_lying_app(), host="127.0.0.1", port=int(sys.argv[-1]), log_config=None)
