"""Votes about facts: somebody else looked, too."""

from uuid import UUID

from fastapi import APIRouter, Response, status

from api.bodies import SmallBodyRoute
from api.dependencies import CurrentActor, Now, WriteDb
from api.problems import problems
from api.schemas.confirmations import ConfirmationIn, ConfirmationRead
from audits import errors
from audits.accounts.policy import NotAllowedError
from audits.accounts.tokens import InvalidTokenError
from audits.confirmations import confirm_fact
from geo.places.queries import PlaceNotFoundError

router = APIRouter(tags=["audits"], route_class=SmallBodyRoute)


@router.put(
    "/v1/confirmations/{confirmation_id}",
    operation_id="putConfirmation",
    summary="Agree or disagree with a fact",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": ConfirmationRead, "description": "The same vote was stored before."},
        **problems(
            InvalidTokenError,
            NotAllowedError,
            errors.OwnFactError,
            errors.FactNotFoundError,
            PlaceNotFoundError,
            errors.ConfirmationTakenError,
            errors.NotUuid7Error,
        ),
    },
)
async def put_confirmation(
    confirmation_id: UUID,
    body: ConfirmationIn,
    db: WriteDb,
    actor: CurrentActor,
    now: Now,
    response: Response,
) -> ConfirmationRead:
    """Store a vote under the phone's own id (UUIDv7); words follow before the answer leaves.

    A vote never changes a value. Two or more who disagree, and more than agree, take the good
    news of a fact away until somebody observes it anew; taking a vote back does not undo that.
    """
    confirmation, created = await confirm_fact(
        db, actor=actor, confirmation_id=confirmation_id, ballot=body.as_ballot(), now=now
    )
    if not created:
        response.status_code = status.HTTP_200_OK
    return ConfirmationRead.model_validate(confirmation)
