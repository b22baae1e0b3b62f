"""Bodies of review."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api.schemas.base import RequestBody, ResponseBody
from audits.accounts.roles import AccountState
from audits.review import Outcome, ReasonCode


class DecisionIn(RequestBody):
    """What a reviewer decides about one version of an audit."""

    outcome: Outcome
    reason_code: Annotated[
        ReasonCode | None, Field(description="Needed unless the audit is approved.")
    ] = None
    note: Annotated[str | None, Field(max_length=2_000, description="For the author.")] = None
    rejected_observation_ids: Annotated[
        list[UUID], Field(max_length=1_000, description="Single answers that must not count.")
    ] = []


class QueueItem(ResponseBody):
    """An audit that waits."""

    id: UUID
    state: str
    version: int
    place_id: UUID | None
    district_id: UUID | None
    depth: str
    received_at: datetime
    flags: list[dict[str, Any]]


class Queue(ResponseBody):
    """A page of the queue, oldest first."""

    items: list[QueueItem]
    next: str | None


class ReviewObservation(ResponseBody):
    """One answer as the reviewer sees it."""

    id: UUID
    element_id: UUID | None
    field: str
    state: str
    operator: str | None
    value: Annotated[int | str | bool | None, Field()]
    precision: int | None
    method: str
    photo_ids: list[UUID]
    observed_at: datetime


class AuditForReview(QueueItem):
    """An audit with its answers and photos."""

    body: Annotated[dict[str, Any], Field(description="As the phone sent it.")]
    observations: list[ReviewObservation]
    photo_ids: list[UUID]
    author_state: Annotated[
        AccountState, Field(description="`banned`: the author's account was closed.")
    ]


class DecisionResult(ResponseBody):
    """Where the audit stands now."""

    id: UUID
    state: str
    version: int
    place_id: UUID | None


class RenewalProgress(ResponseBody):
    """How far the words follow the rules of this process."""

    rules_version: str
    wanted_version: Annotated[
        str | None, Field(description="Asked for last; another one during an update.")
    ]
    requested_at: datetime | None
    finished_at: datetime | None
    places_total: int
    places_done: int
    places_left: int
