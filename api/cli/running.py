"""What commands share: settings with a readable complaint, an event loop, and exit codes."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError

from api.settings import Settings
from geo.errors import DomainError

if TYPE_CHECKING:
    from geo.db.session import Sessions

Result = TypeVar("Result")


def load_settings() -> Settings:
    """Read the environment; end the command with one readable list of what is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        lines = ["The settings do not fit:"]
        for item in error.errors():
            place = ["database", "url"] if item["loc"] == ("database",) else item["loc"]
            name = "ESIK_" + "__".join(str(part).upper() for part in place)
            lines.append(f"  {name}: {item['msg']}")
            if place == ["database", "url"]:
                lines.append("  (`make run` writes it down:  . .local/esik.env)")
        fail("\n".join(lines))


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end; a domain error is said in words and ends with code 1."""
    try:
        return asyncio.run(work)
    except DomainError as error:
        facts = "".join(f"\n  {name}: {value}" for name, value in error.params.items())
        detail = f"\n{error.detail}" if error.detail and error.detail != error.title else ""
        fail(f"{error.title}.{detail}{facts}")


@asynccontextmanager
async def open_sessions(settings: Settings, *, pool_size: int) -> AsyncIterator["Sessions"]:
    """Open the database for a command, and close it whatever becomes of it."""
    from geo.db.engine import create_write_engine
    from geo.db.session import session_factory

    engine = create_write_engine(settings.database.url.get_secret_value(), pool_size=pool_size)
    try:
        yield session_factory(engine)
    finally:
        await engine.dispose()


def fail(message: str) -> NoReturn:
    """End the command with a message and code 1."""
    typer.echo(message, err=True)
    raise typer.Exit(1)
