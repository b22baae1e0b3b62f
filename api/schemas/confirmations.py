"""Bodies of votes about facts."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.base import RequestBody, ResponseBody
from audits.confirmations import Ballot
from audits.consensus import VoteKind


class ConfirmationIn(RequestBody):
    """What somebody says about one fact."""

    element_id: Annotated[UUID | None, Field(description="The part that the fact is about.")] = None
    place_id: Annotated[UUID | None, Field(description="For a fact about the place itself.")] = None
    field: Annotated[str, Field(max_length=80, examples=["lift.state"])]
    vote: VoteKind

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.element_id is None) == (self.place_id is None):
            raise ValueError("exactly one of element_id and place_id is given")
        return self

    def as_ballot(self) -> Ballot:
        """Give the domain's form."""
        return Ballot(self.element_id, self.place_id, self.field, self.vote)


class ConfirmationRead(ResponseBody):
    """A vote as it is kept."""

    id: UUID
    element_id: UUID | None
    place_id: UUID | None
    field: str
    vote: VoteKind
    voted_at: datetime
