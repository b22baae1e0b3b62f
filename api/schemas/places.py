"""Bodies of places: what they are, for whom they work, and how we know."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api.schemas.base import RequestBody, ResponseBody
from api.schemas.photos import PublicPhotoRead
from audits.status import ClaimedStatus
from audits.verdicts import AdaptationStatus, OfficialCategory, StatusPolicy
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


class NormRead(ResponseBody):
    """One clause held against what was measured."""

    element_id: Annotated[UUID | None, Field(description="Empty for the place itself.")]
    norm: str
    field: str
    result: Annotated[str, Field(description="`conforms`, `deviates` or `not_checkable`.")]
    required: dict[str, Any]
    measured: Annotated[int | str | bool | None, Field()]
    operator: str | None
    document: str
    clause: str
    mark: Annotated[str, Field(description="Where the figure comes from.")]
    date_assumed: Annotated[
        bool, Field(description="No permit date is known, so the newest version was taken.")
    ]
    exception: str | None
    conflict: Annotated[bool, Field(description="Two sources in force disagree here.")]


class DeclaredStatus(ResponseBody):
    """What a register claims; nobody checked it, and no word follows from it."""

    status: ClaimedStatus
    source: str
    declared_on: date


class DeclaredStatusIn(RequestBody):
    """A claim to be noted."""

    status: ClaimedStatus
    source: Annotated[str, Field(min_length=1, max_length=200, examples=["Register of 2025"])]
    declared_on: date


class OfficialStatus(ResponseBody):
    """The four categories of the state's reports, computed from the service words."""

    status: AdaptationStatus
    categories: dict[OfficialCategory, Word]
    adapted_for: list[OfficialCategory]
    policy: Annotated[StatusPolicy, Field(description="Which words count as adapted.")]
    computed_at: Annotated[datetime | None, Field(description="Empty: nothing was judged yet.")]
    declared: Annotated[DeclaredStatus | None, Field(description="A claim beside it.")]


class PastObservation(ResponseBody):
    """One answer of a visit; facts name it as evidence."""

    id: UUID
    element_id: UUID | None
    field: str
    state: str
    operator: str | None
    value: Annotated[int | str | bool | None, Field()]
    precision: int | None
    method: str
    observed_at: datetime
    rejected: Annotated[bool, Field(description="A reviewer decided that it does not count.")]


class PastEventRead(ResponseBody):
    """One thing that happened to a place."""

    happened_at: datetime
    kind: str
    role: Annotated[str, Field(description="Of who did it; `system` for clock and rules.")]
    data: dict[str, Any]
    depth: str | None
    observations: list[PastObservation]


class PlaceHistory(ResponseBody):
    """A page of the history, newest first."""

    items: list[PastEventRead]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


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
    norms: Annotated[list[NormRead], Field(description="Does it meet the norm? By clause.")]
    official: OfficialStatus
    photos: Annotated[
        list[PublicPhotoRead], Field(description="Of approved audits, newest first; faces hidden.")
    ]
    organisations: list[PlaceSummary]
