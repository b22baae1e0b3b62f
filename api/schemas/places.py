"""Bodies of places: what they are, for whom they work, and how we know."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.base import RequestBody, ResponseBody
from api.schemas.photos import PublicPhotoRead
from api.schemas.verdicts import Key, LimitsIn
from audits.observations import Confidence
from audits.status import ClaimedStatus
from audits.verdicts import AdaptationStatus, OfficialCategory, Scope, StatusPolicy
from geo.mobility import Help
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.features import Feature, FeatureSource, FeatureValue
from geo.places.kinds import PlaceKind, Sector


class FeatureRead(ResponseBody):
    """One fact about a place; what is not known is not there."""

    value: Literal[FeatureValue.YES, FeatureValue.NO]
    source: Annotated[
        FeatureSource, Field(description="`audited`: an approved audit; `mapped`: a tag of OSM.")
    ]
    confidence: Confidence
    seen_at: Annotated[datetime | None, Field(description="When the oldest proof was seen.")]


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
    features: Annotated[
        dict[Feature, FeatureRead],
        Field(description="What is known of facts that lists ask for, and who says so."),
    ]
    entry_confidence: Annotated[
        dict[Profile, Confidence], Field(description="How sure the words of `entry` are.")
    ]
    service_confidence: dict[Profile, Confidence]
    distance_m: Annotated[int | None, Field(description="From `near`, straight line.")]


class OwnWord(ResponseBody):
    """The word for the one person who asks, by their own limits."""

    word: Word
    confidence: Confidence
    entrance_id: UUID | None
    help_kinds: list[str]
    blocking: list[dict[str, Any]]
    missing: list[dict[str, Any]]


class ListedPlace(PlaceSummary):
    """A place of a list."""

    own: Annotated[
        OwnWord | None,
        Field(description="Only where limits, help, keys or a time were given."),
    ] = None


class Judged(ResponseBody):
    """How far a list by own limits has looked."""

    candidates: Annotated[int, Field(description="Places judged for this page, at most 200.")]
    more: Annotated[bool, Field(description="Whether there are candidates behind them.")]


class PlacePage(ResponseBody):
    """A page of places."""

    items: list[ListedPlace]
    judged: Annotated[
        Judged | None, Field(description="Only where limits, help, keys or a time were given.")
    ] = None
    next: Annotated[
        str | None,
        Field(
            description="Address of the next page, if there is one. With own limits a page may "
            "be empty and still have a next one."
        ),
    ]


class PlacesQuery(LimitsIn):
    """Which places; with any limit, help, key or time of one's own they are judged for oneself."""

    bbox: Annotated[
        str | None,
        Field(max_length=200, description="west,south,east,north", examples=["76.9,43.2,77,43.3"]),
    ] = None
    near: Annotated[
        str | None,
        Field(max_length=60, description="lon,lat: nearest first", examples=["76.93,43.24"]),
    ] = None
    polygon: Annotated[
        str | None,
        Field(
            max_length=200_000,
            description="GeoJSON Polygon or MultiPolygon, or corners `lon,lat;lon,lat;lon,lat`; "
            "at most 1,000 corners.",
            examples=["76.9,43.2;77,43.2;77,43.3"],
        ),
    ] = None
    kind: Annotated[list[PlaceKind], Field(max_length=10)] = []
    category: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=50)] = []
    sector: Annotated[list[Sector], Field(max_length=20)] = []
    profile: Annotated[
        Profile | None,
        Field(description="Whose word `word` is about; with own limits `manual_wheelchair`."),
    ] = None
    word: Annotated[list[Word], Field(max_length=4)] = []
    scope: Scope = Scope.ENTRY
    feature: Annotated[
        list[Annotated[str, Field(max_length=80)]],
        Field(
            max_length=14,
            description="Facts, all of which hold: `name`, `name:no` or `name:unknown`. Names are "
            "those of `features`, fields of the catalogue or OSM keys. What is not known is "
            "neither yes nor no.",
            examples=[["wc_wheelchair", "lift_working:yes"]],
        ),
    ] = []
    evidence: Annotated[
        FeatureSource,
        Field(description="`audited`: only what audits found; `mapped`: else what OSM says."),
    ] = FeatureSource.MAPPED
    confidence: Annotated[
        Confidence,
        Field(description="At least so sure: the word of `profile`, and each fact asked for."),
    ] = Confidence.LOW
    help: Annotated[Help | None, Field(description="Who is with me; any help without it.")] = None
    key: Annotated[list[Key], Field(max_length=5, description="Keys and cards I hold.")] = []
    at: Annotated[
        AwareDatetime | None, Field(description="When I come: hours and expiry are looked at.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Annotated[str | None, Field(max_length=20_000)] = None
    lang: Annotated[
        Literal["kk", "ru", "en"] | None, Field(description="Language of what is wrong.")
    ] = None

    @property
    def is_personal(self) -> bool:
        """Whether anything was said about the person who asks."""
        return bool(self.as_limits() or self.help or self.key or self.at)


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
