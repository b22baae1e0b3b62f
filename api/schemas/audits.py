"""Bodies of audits, in and out."""

import math
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AwareDatetime,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    model_validator,
)

from api.schemas.answers import AnswerUnit, AnswerValue
from api.schemas.base import RequestBody, ResponseBody
from audits.submission import (
    ManifestPhoto,
    Position,
    ProposedPlace,
    Submission,
    SubmittedElement,
    SubmittedObservation,
)
from geo.places.kinds import ElementKind, PlaceKind, Sector

_MAX_ELEMENTS = 200
_MAX_OBSERVATIONS = 1_000
_MAX_PHOTOS = 60

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
ShortText = Annotated[str, Field(max_length=200)]
OsmId = Annotated[int, Field(ge=0, lt=1 << 63)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class PositionIn(RequestBody):
    """Where the phone was."""

    lon: Longitude
    lat: Latitude
    accuracy_m: Annotated[
        float | None,
        Field(ge=0, le=100_000, allow_inf_nan=False, description="Kept in whole metres."),
    ] = None

    def as_position(self) -> Position:
        """Give the domain's form; a place is never known better than the phone said."""
        whole = None if self.accuracy_m is None else math.ceil(self.accuracy_m)
        return Position(self.lon, self.lat, whole)


class ElementIn(RequestBody):
    """A part of the place or of the street; new when the service does not know its id."""

    id: Annotated[UUID, Field(description="Made by the phone (UUIDv7), or of a known element.")]
    kind: ElementKind
    parent_id: UUID | None = None
    geometry: Annotated[
        dict[str, Any] | None, Field(description="GeoJSON Point or LineString; longitude first.")
    ] = None
    level: Annotated[str | None, Field(max_length=20)] = None
    name: Annotated[dict[Literal["kk", "ru", "en", ""], ShortText], Field(max_length=4)] = {}
    osm_way_id: OsmId | None = None
    osm_node_ids: Annotated[list[OsmId], Field(max_length=2_000)] = []


class ObservationIn(RequestBody):
    """What was seen or measured of one field of the catalogue."""

    element_id: Annotated[
        UUID | None, Field(description="Empty when the field speaks about the place itself.")
    ] = None
    field: Annotated[str, Field(max_length=80, examples=["door.clear_width"])]
    state: Annotated[
        Literal["value", "absent", "not_applicable", "unknown"],
        Field(description="`absent`: looked, there is none. `unknown`: could not tell."),
    ]
    value: AnswerValue = None
    unit: AnswerUnit = None
    operator: Annotated[Literal["=", "<", "<=", ">", ">=", "~"] | None, Field()] = None
    precision: Annotated[int | None, Field(ge=0, le=10_000, description="± in the same unit.")] = (
        None
    )
    method: Literal[
        "tape", "laser", "inclinometer", "photo_measure", "estimate", "document", "claimed"
    ]
    photo_ids: Annotated[list[UUID], Field(max_length=20)] = []
    observed_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _value_goes_with_state(self) -> Self:
        if (self.state == "value") != (self.value is not None):
            raise ValueError("a value is given exactly when state is `value`")
        return self


class PhotoIn(RequestBody):
    """A photo that will follow."""

    id: UUID
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="Of the bytes, hex.")]
    byte_count: Annotated[int, Field(gt=0, le=50_000_000)]
    media_type: Literal["image/jpeg", "image/png", "image/webp"]
    element_id: UUID | None = None
    field: Annotated[str | None, Field(max_length=80)] = None
    taken_at: AwareDatetime | None = None


class PlaceProposalIn(RequestBody):
    """A place that the map does not have; the answer names places that it may be a double of."""

    id: Annotated[UUID, Field(description="Made by the phone (UUIDv7).")]
    kind: PlaceKind
    category: Annotated[
        str, Field(pattern="^[a-z][a-z0-9_]{1,39}$", description="In OSM words: `pharmacy`.")
    ]
    lon: Longitude
    lat: Latitude
    sector: Sector = Sector.OTHER
    name: Annotated[dict[Literal["kk", "ru", "en", ""], ShortText], Field(max_length=4)] = {}
    address: Annotated[
        dict[Literal["street", "housenumber", "city", "postcode"], ShortText], Field(max_length=4)
    ] = {}
    parent_id: Annotated[UUID | None, Field(description="The building that it is in.")] = None
    level: Annotated[str | None, Field(max_length=20)] = None


class AuditIn(RequestBody):
    """One visit: the place, its parts, what was observed, and which photos will follow."""

    _raw: dict[str, Any] = PrivateAttr(default_factory=dict)
    place_id: Annotated[
        UUID | None, Field(description="Empty for an audit of street elements only.")
    ] = None
    new_place: Annotated[
        PlaceProposalIn | None, Field(description="Instead of `place_id`, or with the same id.")
    ] = None
    supersedes_id: Annotated[
        UUID | None,
        Field(description="One's own approved audit that this one corrects and replaces."),
    ] = None
    catalogue_version: Annotated[str, Field(max_length=20, examples=["1"])]
    depth: Literal["express", "volunteer", "passport"]
    started_at: AwareDatetime
    finished_at: AwareDatetime
    position: PositionIn | None = None
    elements: Annotated[list[ElementIn], Field(max_length=_MAX_ELEMENTS)] = []
    observations: Annotated[list[ObservationIn], Field(min_length=1, max_length=_MAX_OBSERVATIONS)]
    photos: Annotated[list[PhotoIn], Field(max_length=_MAX_PHOTOS)] = []

    @model_validator(mode="wrap")
    @classmethod
    def _keep_what_was_sent(
        cls,
        data: Any,  # noqa: ANN401 - whatever was sent
        handler: ModelWrapValidatorHandler[Self],
    ) -> Self:
        """Keep the body as sent: the digest must be one that the phone can compute."""
        model = handler(data)
        model._raw = data if isinstance(data, dict) else {}  # noqa: SLF001 - its own attribute
        return model

    @model_validator(mode="after")
    def _times_in_order(self) -> Self:
        if self.finished_at < self.started_at:
            raise ValueError("finished_at lies before started_at")
        return self

    def as_submission(self) -> Submission:
        """Give the domain's form of this body."""
        return Submission(
            place_id=self.place_id,
            catalogue_version=self.catalogue_version,
            depth=self.depth,
            started_at=self.started_at,
            finished_at=self.finished_at,
            position=self.position.as_position() if self.position else None,
            elements=tuple(
                SubmittedElement(**{**dict(element), "osm_node_ids": tuple(element.osm_node_ids)})
                for element in self.elements
            ),
            observations=tuple(
                SubmittedObservation(**{**dict(item), "photo_ids": tuple(item.photo_ids)})
                for item in self.observations
            ),
            photos=tuple(ManifestPhoto(**dict(photo)) for photo in self.photos),
            body=self._raw,
            new_place=ProposedPlace(**dict(self.new_place)) if self.new_place else None,
            supersedes_id=self.supersedes_id,
        )


class PhotoStatus(ResponseBody):
    """How far a photo has come."""

    id: UUID
    state: str
    reject_reason: str | None
    missing_bytes: Annotated[int, Field(description="What the service has not got yet.")]


class DuplicateCandidate(ResponseBody):
    """What a proposed place or part may be a double of."""

    place_id: UUID | None = None
    element_id: UUID | None = None
    distance_m: int
    likeness_percent: Annotated[
        int | None, Field(description="Of the names; empty where one has none.")
    ] = None


class AuditStatus(ResponseBody):
    """What is stored of an audit and what is missing."""

    id: UUID
    state: str
    version: int
    digest: Annotated[
        str, Field(description="SHA-256 of the canonical JSON of the current body, hex.")
    ]
    place_id: UUID | None
    supersedes_id: UUID | None = None
    received_at: datetime
    flags: Annotated[
        list[dict[str, Any]], Field(description="What a reviewer will look at; never a refusal.")
    ]
    possible_duplicates: Annotated[
        list[DuplicateCandidate],
        Field(description="Known places and parts near a proposed one, the likeliest first."),
    ] = []
    photos: list[PhotoStatus]
    receipt: Annotated[
        str,
        Field(
            description="ES256 JWS: this content is stored for good. Verify it against"
            " `/.well-known/jwks.json` and compare its `sha256` before deleting anything."
        ),
    ]


class AuditSummary(ResponseBody):
    """One of my audits in a list."""

    id: UUID
    state: str
    version: int
    place_id: UUID | None
    depth: str
    received_at: datetime
    decided_at: datetime | None


class AuditList(ResponseBody):
    """A page of my audits, newest first."""

    items: list[AuditSummary]
    next: str | None


class BatchItemIn(RequestBody):
    """One audit of a batch."""

    id: Annotated[str, Field(max_length=50, description="The audit's id (UUIDv7).")]
    if_match: Annotated[
        str | None, Field(max_length=20, description="As the header; without it a new audit.")
    ] = None
    audit: Annotated[dict[str, Any], Field(description="The body of `putAudit`.")]


class BatchIn(RequestBody):
    """Up to 50 audits; each is stored or refused by itself."""

    items: Annotated[list[BatchItemIn], Field(min_length=1, max_length=50)]


class BatchResult(ResponseBody):
    """What became of one item: what `putAudit` would have answered."""

    id: str
    status: Annotated[int, Field(description="201, 200 for a replay, or that of the problem.")]
    audit: AuditStatus | None = None
    problem: dict[str, Any] | None = None


class BatchAnswer(ResponseBody):
    """Results in the order of the items."""

    items: list[BatchResult]


class StoryLine(ResponseBody):
    """One thing with its sentence."""

    code: str
    text: str
    photo_id: UUID | None


class StoryRemark(ResponseBody):
    """What a reviewer asks or refuses, about the audit or about one answer."""

    reason_code: str | None
    text: str
    note: str | None
    element_id: UUID | None
    field: str | None
    field_text: str | None


class StoryChange(ResponseBody):
    """One word that the approval changed."""

    place_id: UUID
    scope: str
    profile: str
    before: str
    after: str
    text: str


class AuditStory(ResponseBody):
    """What became of an audit, for a person and for a program."""

    id: UUID
    state: str
    language: str
    text: Annotated[str, Field(description="The whole story, one thing a line.")]
    state_text: str
    next_step: str
    stored: list[StoryLine]
    missing: list[StoryLine]
    asked: Annotated[list[StoryRemark], Field(description="Of the newest decision.")]
    changed: Annotated[list[StoryChange], Field(description="Words before and after.")]
    street_text: str | None
    steps: Annotated[list[str], Field(description="What the author may do now.")]
