"""Bodies of places: what they are, for whom they work, and how we know."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api.schemas.base import ResponseBody
from geo.mobility.profiles import Profile
from geo.mobility.words import Word


class PlaceSummary(ResponseBody):
    """A place in a list."""

    id: UUID
    kind: str
    category: str
    sector: str
    name: Annotated[dict[str, str], Field(description="By language; `` is of unknown language.")]
    address: dict[str, str]
    point: Annotated[dict[str, Any], Field(description="GeoJSON Point, longitude first.")]
    entry: Annotated[dict[Profile, Word], Field(description="From the street through the door.")]
    service: Annotated[dict[Profile, Word], Field(description="On to the service point.")]
    coverage_percent: int
    badges: list[str]
    distance_m: Annotated[int | None, Field(description="From `near`, straight line.")]


class PlacePage(ResponseBody):
    """A page of places."""

    items: list[PlaceSummary]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


class FactRead(ResponseBody):
    """The current value of a field and what it rests on."""

    element_id: UUID | None
    field: str
    state: str
    operator: str | None
    value: Annotated[int | str | bool | None, Field()]
    precision: int | None
    method: str
    observed_at: datetime
    expires_at: datetime | None
    confidence: str
    agreement: dict[str, Any]
    evidence: Annotated[list[UUID], Field(description="Observations, the deciding one first.")]


class ElementRead(ResponseBody):
    """A part of a place."""

    id: UUID
    parent_id: UUID | None
    kind: str
    state: str
    name: dict[str, str]
    level: str | None
    geometry: dict[str, Any] | None
    position_source: str


class VerdictRead(ResponseBody):
    """The word for one profile and scope, and why."""

    profile: Profile
    scope: str
    word: Word
    entrance_id: Annotated[UUID | None, Field(description="The entrance that wins.")]
    help_kinds: list[str]
    blocking: list[dict[str, Any]]
    missing: Annotated[
        list[dict[str, Any]], Field(description="What to find out next, the most telling first.")
    ]
    coverage_percent: int
    confidence: str
    valid_until: datetime | None
    rules_version: str
    computed_at: datetime


class PlaceRead(PlaceSummary):
    """Everything public about one place."""

    state: str
    parent_id: UUID | None
    phone: str | None
    opening_hours: str | None
    website: str | None
    level: str | None
    permit_date: date | None
    osm: Annotated[str | None, Field(description="`node/1`, `way/1` or `relation/1`.")]
    elements: list[ElementRead]
    facts: list[FactRead]
    verdicts: list[VerdictRead]
    organisations: list[PlaceSummary]
