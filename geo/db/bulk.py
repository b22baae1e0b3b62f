"""Insert many rows with one statement and one parameter.

A parameter per column and row costs more than the rows themselves; here the server reads them
from one JSON text by the table's own types.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.base import Base


async def insert_rows(
    db: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert plain rows; every row names the same columns, the others get the server's default.

    Python-side defaults are not applied, and objects of the session do not learn of the rows.
    """
    if not rows:
        return
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is not a plain table")
    columns = ", ".join(table.c[name].name for name in rows[0])
    statement = text(
        f"INSERT INTO {table.name} ({columns})"  # noqa: S608 - names of our own tables
        f" SELECT {columns} FROM jsonb_populate_recordset(NULL::{table.name}, CAST(:rows AS jsonb))"
    )
    await db.execute(statement, {"rows": orjson.dumps(list(rows)).decode()})
