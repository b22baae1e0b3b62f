"""Questions about ways: who goes, where from and to, and what they would rather have.

One model serves the query string and the body, so both ask the same and have one address.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.base import RequestBody, ResponseBody
from api.schemas.verdicts import Key, LimitsIn
from geo.mobility import Help, Profile
from geo.routing.encoding import LimitKind
from geo.routing.needs import Needs, Preference, Unknown

MAX_VIA = 8
MAX_ENDS = 20
_END_TEXT = (
    "`lon,lat`, `place:<id>`, `entrance:<id>` or `address:<text>` (an address or a name in any "
    "language)."
)
_LIMITS = "|".join(limit.name.lower() for limit in LimitKind)
_POLICIES = "|".join(policy.value for policy in Unknown)

EndText = Annotated[str, Field(min_length=1, max_length=200, description=_END_TEXT)]
UnknownText = Annotated[
    str, StringConstraints(pattern=f"^(({_LIMITS}):)?({_POLICIES})$", max_length=40)
]
RingText = Annotated[str, Field(max_length=60_000)]


class PolygonIn(RequestBody):
    """A GeoJSON polygon; longitude first."""

    type: Literal["Polygon"]
    coordinates: Annotated[
        list[list[Annotated[list[float], Field(min_length=2, max_length=3)]]],
        Field(min_length=1, max_length=50),
    ]


_AREAS = Field(
    max_length=50,
    description="Areas to stay out of, each `lon,lat;lon,lat;lon,lat`, in a body also a GeoJSON "
    "Polygon; at most 1,000 corners in all.",
)


class WhoGoes(LimitsIn):
    """A person: profile or own limits, help, keys, time, and what to do with the unknown."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True
    )

    profile: Profile = Profile.MANUAL_WHEELCHAIR
    help: Annotated[
        Help | None,
        Field(description="Who is with me. Without it any help counts, and each use is listed."),
    ] = None
    key: Annotated[
        list[Key], Field(max_length=5, description="Keys I hold: `lift`, `gate`, or an issuer.")
    ] = []
    at: Annotated[
        AwareDatetime | None,
        Field(description="When, with its zone; now by default. For hours of doors and lifts."),
    ] = None
    unknown: Annotated[
        list[UnknownText],
        Field(
            max_length=8,
            description="What to do where a limit is neither audited nor mapped: "
            "`prefer_known`, `allow` or `forbid`; for one limit `width:forbid`.",
            examples=[["prefer_known", "width:forbid"]],
        ),
    ] = []
    prefer: Annotated[
        list[Preference], Field(max_length=3, description="What I would rather have.")
    ] = []
    lang: Annotated[
        Literal["kk", "ru", "en"] | None, Field(description="Language; else `Accept-Language`.")
    ] = None

    def as_needs(self) -> Needs:
        """Give who walks, as the router takes it."""
        policies: dict[LimitKind, Unknown] = {}
        for text in sorted(self.unknown, key=lambda each: ":" in each):
            limit, _colon, policy = text.rpartition(":")
            named = [LimitKind[limit.upper()]] if limit else list(LimitKind)
            policies |= dict.fromkeys(named, Unknown(policy))
        return Needs(
            profile=self.profile,
            custom=self.as_limits(),
            help=self.help,
            keys=frozenset(self.key),
            unknown=policies,
            preferences=frozenset(self.prefer),
        )


class RouteAsk(WhoGoes):
    """A way from one place to another."""

    origin: Annotated[EndText, Field(alias="from", examples=["76.93,43.24"])]
    destination: Annotated[
        EndText, Field(alias="to", examples=["place:0198c8a4-0000-7000-8000-000000000000"])
    ]
    via: Annotated[
        list[EndText],
        Field(
            max_length=MAX_VIA,
            description="Stops on the way, in this order; into a place and out of it again.",
        ),
    ] = []
    alternatives: Annotated[
        int, Field(ge=0, le=3, description="How many other ways to give beside the best.")
    ] = 0
    check_return: Annotated[bool, Field(description="Say whether there is a way back.")] = False
    elevation: Annotated[bool, Field(description="Add the heights along the way.")] = False
    format: Annotated[
        Literal["geojson", "gpx"] | None,
        Field(description="`gpx` gives the best way as GPX 1.1; else the `Accept` header decides."),
    ] = None

    @model_validator(mode="after")
    def _choose_stops_or_alternatives(self) -> Self:
        if self.via and self.alternatives:
            raise PydanticCustomError(
                "stops_without_alternatives", "a way with stops has no alternatives"
            )
        return self


class RouteQuery(RouteAsk):
    """As a query string."""

    avoid: Annotated[list[RingText], _AREAS] = []


class RouteBody(RouteAsk):
    """As a body, for long areas."""

    avoid: Annotated[list[RingText | PolygonIn], _AREAS] = []


class ReachAsk(WhoGoes):
    """Everything that can be reached within some time."""

    origin: Annotated[EndText, Field(alias="from", examples=["76.93,43.24"])]
    minutes: Annotated[
        list[Annotated[int, Field(ge=1, le=60)]],
        Field(max_length=3, description="Up to three times, 1 to 60 minutes."),
    ] = [15]
    arriving: Annotated[bool, Field(description="From where I can come here, instead.")] = False
    category: Annotated[
        list[Annotated[str, Field(max_length=60)]],
        Field(max_length=20, description="Only places of these categories."),
    ] = []
    places: Annotated[
        int, Field(ge=0, le=200, description="How many reachable places to list; 0 for none.")
    ] = 50


class ReachQuery(ReachAsk):
    """As a query string."""

    avoid: Annotated[list[RingText], _AREAS] = []


class ReachBody(ReachAsk):
    """As a body, for long areas."""

    avoid: Annotated[list[RingText | PolygonIn], _AREAS] = []


class MatrixBody(WhoGoes):
    """Times and distances between every start and every end."""

    origins: Annotated[list[EndText], Field(min_length=1, max_length=MAX_ENDS)]
    destinations: Annotated[list[EndText], Field(min_length=1, max_length=MAX_ENDS)]
    avoid: Annotated[list[RingText | PolygonIn], _AREAS] = []


class ArrivalsQuery(WhoGoes):
    """From where I can arrive at a place: stops, parking and where a car can let me out."""

    place: Annotated[EndText, Field(examples=["place:0198c8a4-0000-7000-8000-000000000000"])]
    minutes: Annotated[int, Field(ge=1, le=60, description="Longest way from there.")] = 20
    limit: Annotated[int, Field(ge=1, le=50)] = 20
    avoid: Annotated[list[RingText], _AREAS] = []


class Collection(ResponseBody):
    """A GeoJSON FeatureCollection; what holds for the whole stands in `properties`."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]
    properties: dict[str, Any]


class MatrixAnswer(ResponseBody):
    """Rows are origins, columns destinations; `null` where there is no way."""

    duration_s: list[list[float | None]]
    distance_m: list[list[float | None]]
    origins: list[dict[str, Any]]
    destinations: list[dict[str, Any]]
    origin_choice: list[list[int | None]]
    destination_choice: list[list[int | None]]
    network: dict[str, Any]
