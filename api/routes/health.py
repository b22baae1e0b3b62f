"""Alive and ready: for people, load balancers and `make run`."""

from fastapi import APIRouter, Response, status
from pydantic import BaseModel
from sqlalchemy import text

from api.dependencies import AppState
from geo.db.session import read_session
from geo.errors import DomainError

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """One word."""

    status: str


class Readiness(BaseModel):
    """Each thing this process needs, and whether it has it."""

    ready: bool
    checks: dict[str, bool]


@router.get("/healthz", operation_id="getHealth", summary="Is the process alive")
async def healthz() -> Health:
    """Answer without touching anything else."""
    return Health(status="alive")


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Can it serve",
    responses={503: {"model": Readiness, "description": "Something it needs is missing."}},
)
async def readyz(state: AppState, response: Response) -> Readiness:
    """Check the database, the schema and the change feed; the router is warm before we listen."""
    checks = {
        "database": await _database_answers(state),
        "change_feed": state.feed.connected.is_set(),
    }
    ready = all(checks.values())
    if not ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return Readiness(ready=ready, checks=checks)


async def _database_answers(state: AppState) -> bool:
    try:
        async with read_session(state.read_sessions) as db:
            await db.execute(text("SELECT 1 FROM places LIMIT 1"))
    except DomainError:
        return False
    return True
