"""Engines: one that writes in transactions, one that only reads.

The read engine runs in autocommit, because psycopg forgets its prepared statements at every
ROLLBACK, and with parallel plans off, because PostGIS's function costs make the planner start
workers for queries that take a millisecond alone.
"""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

WRITE_OPTIONS = (
    "-c statement_timeout=10000 -c lock_timeout=2000"
    " -c idle_in_transaction_session_timeout=15000 -c timezone=UTC"
)
READ_OPTIONS = (
    "-c statement_timeout=5000 -c default_transaction_read_only=on"
    " -c max_parallel_workers_per_gather=0 -c jit=off -c timezone=UTC"
)


def create_write_engine(
    url: str, *, pool_size: int = 8, options: str = WRITE_OPTIONS
) -> AsyncEngine:
    """Create the engine for transactions that change something."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        hide_parameters=True,  # logs must not hold what people sent
        max_overflow=0,
        pool_recycle=1800,
        pool_timeout=10,
        connect_args={"options": options, "application_name": "esik-write"},
    )


def create_read_engine(url: str, *, pool_size: int = 8) -> AsyncEngine:
    """Create the engine for single statements that only read.

    Several statements that must agree with each other need a snapshot transaction instead.
    """
    return create_async_engine(
        url,
        pool_size=pool_size,
        hide_parameters=True,  # logs must not hold what people sent
        max_overflow=0,
        pool_recycle=1800,
        pool_timeout=10,
        isolation_level="AUTOCOMMIT",
        connect_args={
            "options": READ_OPTIONS,
            "application_name": "esik-read",
            "prepare_threshold": 2,
        },
    )
