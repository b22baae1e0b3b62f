"""How far the words follow new rules: for managers."""

from fastapi import APIRouter, status

from api.dependencies import AppState, CurrentActor, Now, ReadDb, WriteDb
from api.jobs import enqueue_renewal
from api.problems import problems
from api.schemas.reviews import RenewalProgress
from audits import renewal
from audits.accounts.policy import NotAllowedError
from audits.accounts.tokens import InvalidTokenError

router = APIRouter(tags=["review"])

_PATH = "/v1/review/recompute"


@router.get(
    _PATH,
    operation_id="getRecompute",
    summary="Progress of new rules",
    responses=problems(InvalidTokenError, NotAllowedError),
)
async def get_recompute(db: ReadDb, actor: CurrentActor) -> RenewalProgress:
    """Say how many places still have words by older rules; those words serve meanwhile."""
    return RenewalProgress.model_validate(await renewal.get_progress(db, actor=actor))


@router.post(
    _PATH,
    operation_id="startRecompute",
    summary="Judge all places again",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(InvalidTokenError, NotAllowedError),
)
async def start_recompute(
    db: WriteDb, actor: CurrentActor, state: AppState, now: Now
) -> RenewalProgress:
    """Ask for words by the rules of this program, also after going back to an older one.

    A worker does it in the background; nothing happens when all words follow them already.
    """
    if await renewal.restart_renewal(db, actor=actor, now=now):
        await enqueue_renewal(state.jobs, db)
    return RenewalProgress.model_validate(await renewal.get_progress(db, actor=actor))
