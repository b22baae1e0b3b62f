"""Bodies of verdicts that are asked for and not stored: one person's, or of given answers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.answers import AnswerUnit, AnswerValue
from api.schemas.base import RequestBody, ResponseBody
from audits.catalogue import Answer, latest
from audits.verdicts import GivenElement, Scope
from geo.geojson import read_geometry, read_point
from geo.mobility import CustomLimits, Help, Profile, Word
from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.places.kinds import ElementKind, PlaceKind

LengthMm = Annotated[int | None, Field(ge=0, le=10_000)]
SlopePermille = Annotated[int | None, Field(ge=0, le=1_000)]
Key = Annotated[str, Field(max_length=80)]


class SurfaceName(StrEnum):
    """Surfaces from best to worst."""

    SMOOTH = "smooth"
    UNEVEN = "uneven"
    COMPACTED = "compacted"
    LOOSE = "loose"
    SOFT = "soft"


class SmoothnessName(StrEnum):
    """OpenStreetMap `smoothness` from best to worst."""

    EXCELLENT = "excellent"
    GOOD = "good"
    INTERMEDIATE = "intermediate"
    BAD = "bad"
    VERY_BAD = "very_bad"
    HORRIBLE = "horrible"
    VERY_HORRIBLE = "very_horrible"
    IMPASSABLE = "impassable"


class LimitsIn(RequestBody):
    """One person's own figures; each replaces that of the profile and is final."""

    max_incline_up_permille: SlopePermille = None
    max_incline_down_permille: SlopePermille = None
    max_cross_slope_permille: SlopePermille = None
    max_ramp_slope_permille: SlopePermille = None
    min_width_mm: LengthMm = None
    min_door_width_mm: LengthMm = None
    max_kerb_mm: LengthMm = None
    max_step_mm: LengthMm = None
    max_steps: Annotated[int | None, Field(ge=0, le=1_000)] = None
    worst_surface: SurfaceName | None = None
    worst_smoothness: SmoothnessName | None = None

    def as_limits(self) -> CustomLimits | None:
        """Give the domain's form; `None` when nothing was stated."""
        stated: dict[str, Any] = {
            name: getattr(self, name)
            for name in LimitsIn.model_fields
            if getattr(self, name) is not None
        }
        if "worst_surface" in stated:
            stated["worst_surface"] = SurfaceRank[stated["worst_surface"].name]
        if "worst_smoothness" in stated:
            stated["worst_smoothness"] = SmoothnessRank[stated["worst_smoothness"].name]
        return CustomLimits(**stated) if stated else None


class VerdictQuery(LimitsIn):
    """Who asks about a place, with what help, when, and with which limits of their own."""

    profile: Profile = Profile.MANUAL_WHEELCHAIR
    help: Annotated[Help | None, Field(description="Who is with me; any help without it.")] = None
    key: Annotated[list[Key], Field(max_length=5, description="Keys and cards I hold.")] = []
    at: Annotated[
        AwareDatetime | None, Field(description="When I come: hours and expiry are looked at.")
    ] = None
    lang: Literal["kk", "ru", "en"] | None = None


class GivenElementIn(RequestBody):
    """A part that answers speak about."""

    id: UUID
    kind: ElementKind
    parent_id: UUID | None = None
    geometry: Annotated[
        dict[str, Any] | None, Field(description="GeoJSON Point or LineString; longitude first.")
    ] = None

    def as_element(self) -> GivenElement:
        """Give the domain's form; raises InvalidGeometryError."""
        geom = (
            read_geometry(self.geometry, kinds=("Point", "LineString")) if self.geometry else None
        )
        return GivenElement(self.id, self.kind, self.parent_id, read_point(geom))


class GivenAnswerIn(RequestBody):
    """One answer; what is wrong with it is said against the catalogue."""

    element_id: UUID | None = None
    field: Annotated[str, Field(max_length=80, examples=["door.clear_width"])]
    state: Annotated[str, Field(max_length=20)] = "value"
    value: AnswerValue = None
    unit: AnswerUnit = None
    operator: Annotated[str | None, Field(max_length=2)] = None
    precision: Annotated[int | None, Field(ge=0, le=10_000, description="± in the unit.")] = None
    method: Annotated[str | None, Field(max_length=20)] = None

    def as_answer(self, element_kind: str) -> Answer:
        """Give the domain's form."""
        return Answer(
            field=self.field,
            element_id=self.element_id,
            element_kind=element_kind,
            state=self.state,
            value=self.value,
            operator=self.operator,
            precision=self.precision,
            method=self.method,
            unit=self.unit,
        )


class ExplainIn(RequestBody):
    """A place as somebody describes it, and who wants to know; nothing of it is stored."""

    catalogue_version: Annotated[str, Field(max_length=20)] = latest().version
    kind: PlaceKind = PlaceKind.BUILDING
    building_id: Annotated[
        UUID | None, Field(description="A stored building around it, whose entry it inherits.")
    ] = None
    elements: Annotated[list[GivenElementIn], Field(max_length=200)] = []
    observations: Annotated[list[GivenAnswerIn], Field(max_length=1_000)]
    profile: Annotated[Profile | None, Field(description="One profile only; all without it.")] = (
        None
    )
    limits: LimitsIn | None = None
    help: Help | None = None
    keys: Annotated[list[Key], Field(max_length=5)] = []
    at: AwareDatetime | None = None


class Cause(ResponseBody):
    """One thing that stands in the way."""

    text: str
    found: Annotated[str | None, Field(description="What was measured, with its unit.")]
    limit: Annotated[str | None, Field(description="The limit that it missed.")]


class OpenQuestion(ResponseBody):
    """One thing to find out."""

    text: str
    advice: str


class Explanation(ResponseBody):
    """A verdict in words."""

    language: str
    summary: str
    way_in: Annotated[str | None, Field(description="How one gets over the height.")]
    help: list[str]
    because: list[Cause]
    find_out: list[OpenQuestion]
    warnings: list[str]
    confidence: str


class PersonalVerdict(ResponseBody):
    """The word for one person and scope, with everything behind it."""

    profile: Profile
    scope: Scope
    word: Word
    entrance_id: UUID | None
    help_kinds: list[str]
    blocking: list[dict[str, Any]]
    missing: list[dict[str, Any]]
    unanswered: list[dict[str, Any]]
    coverage_percent: int
    grade: str | None
    confidence: str
    oldest_at: datetime | None
    valid_until: datetime | None
    remote_service: bool
    warnings: list[str]
    entrances: list[dict[str, Any]]
    explanation: Explanation


class PlaceVerdict(ResponseBody):
    """Both scopes of one place for one person."""

    place_id: UUID
    rules_version: str
    at: Annotated[datetime | None, Field(description="The time of the visit, in the city's time.")]
    verdicts: list[PersonalVerdict]


class ExplainedAnswers(ResponseBody):
    """What follows from given answers."""

    catalogue_version: str
    rules_version: str
    verdicts: list[PersonalVerdict]
    badges: list[str]
    norms: Annotated[list[dict[str, Any]], Field(description="Every clause that applies.")]
