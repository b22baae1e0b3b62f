"""Bodies of barrier reports."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api.schemas.base import RequestBody, ResponseBody
from audits.barriers import BarrierOutcome
from geo.network.models import BarrierKind


class BarrierIn(RequestBody):
    """What stands in the way, and where."""

    kind: BarrierKind
    geometry: Annotated[
        dict[str, Any], Field(description="GeoJSON Point or LineString; longitude first.")
    ]
    note: Annotated[str | None, Field(max_length=500)] = None
    element_id: Annotated[UUID | None, Field(description="A lift, ramp or door, if it is one.")] = (
        None
    )


class BarrierDecisionIn(RequestBody):
    """What a reviewer decides about a report."""

    outcome: BarrierOutcome


class BarrierRead(ResponseBody):
    """A barrier as everybody may see it."""

    id: UUID
    kind: str
    state: Annotated[
        str, Field(description="`expired`: was reported, nobody has said that it is cleared.")
    ]
    geometry: dict[str, Any]
    note: str | None
    expires_at: datetime | None
    matched: Annotated[bool, Field(description="Whether a street was found for it.")]


class BarrierList(ResponseBody):
    """Barriers in a box, newest first."""

    items: list[BarrierRead]
