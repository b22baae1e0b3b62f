"""Plans of the statements that a service really sends, taken from the wire and explained."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


class Recorder:
    """Keeps the statements that an engine sends."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    def __call__(self, _connection: object, _cursor: object, statement: str, *rest: object) -> None:
        """Note one statement."""
        self.sent.append((statement, rest[0]))


@contextmanager
def record_statements(engine: AsyncEngine) -> Iterator[Recorder]:
    """Record what is sent to the database inside the block."""
    recorder = Recorder()
    event.listen(engine.sync_engine, "before_cursor_execute", recorder)
    try:
        yield recorder
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", recorder)


async def explain(engine: AsyncEngine, recorder: Recorder) -> str:
    """Give the plans of all recorded reads, as the engine's own settings make them."""
    lines = []
    async with engine.connect() as connection:
        for statement, parameters in recorder.sent:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
                lines += [row[0] for row in rows]
    return "\n".join(lines)
