"""The application in-process: one per worker, over ASGI, on the worker's own database."""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.dependencies import get_now
from api.settings import DatabaseSettings, Settings
from tests.support.machine import LOCAL


def make_settings(database_url: str, data_dir: Path) -> Settings:
    """Give the settings of a test installation."""
    return Settings(
        database=DatabaseSettings(url=SecretStr(database_url)),
        data_dir=data_dir,
        cache_dir=LOCAL / "cache",
    )


@asynccontextmanager
async def open_client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Run the application's lifespan and give a client that talks to it without sockets.

    A server error is answered as it would be over HTTP, not raised into the test.
    """
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            shared: MutableMapping[str, Any] = scope.setdefault("state", {})
            shared.update(state or {})
            await app(scope, receive, send)

        transport = httpx2.ASGITransport(app=with_state, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://esik.test") as client:
            yield client


@asynccontextmanager
async def open_app(database_url: str, data_dir: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """Open a client on a fresh state of the application; one at a time."""
    settings = make_settings(database_url, data_dir)
    if not _APPS:
        # Its hundred operations take longer to build than most tests; the state is in the lifespan.
        _APPS.append(create_app(settings))
    [app] = _APPS
    app.state.settings = settings
    async with open_client(app) as client:
        yield client


_APPS: list[FastAPI] = []


@contextmanager
def hold_clock() -> Iterator[None]:
    """Let no time pass in the open application: its counters begin anew at full quarters."""
    [app] = _APPS
    now = datetime.now(UTC)
    app.dependency_overrides[get_now] = lambda: now
    try:
        yield
    finally:
        del app.dependency_overrides[get_now]


async def sign_in(client: httpx2.AsyncClient, login: str, password: str) -> dict[str, str]:
    """Sign in and give the header that proves it."""
    answer = await client.post("/v1/auth/token", json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
