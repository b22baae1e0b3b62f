"""Bodies of search: what was typed, and what it may mean."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import RequestBody, ResponseBody
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.finding import MOST_HITS, HitKind

_NEAR = "lon,lat: of equally good hits the nearest comes first."
LanguageName = Annotated[
    Literal["kk", "ru", "en"] | None, Field(description="Language; else `Accept-Language`.")
]


class SearchQuery(RequestBody):
    """A text, and from where it is asked."""

    q: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="A name, an address, a street, a district or a category, in any of the"
            " languages.",
            examples=["аптеки", "Абая 7", "darihana"],
        ),
    ]
    near: Annotated[
        str | None, Field(max_length=60, description=_NEAR, examples=["76.93,43.24"])
    ] = None
    lang: LanguageName = None
    limit: Annotated[int, Field(ge=1, le=MOST_HITS)] = 10


class SearchHit(ResponseBody):
    """One thing that may have been meant."""

    kind: HitKind
    name: Annotated[str, Field(description="In the wanted language, where it has one there.")]
    id: Annotated[UUID | None, Field(description="Of a place, and of the place at an address.")]
    href: Annotated[
        str | None,
        Field(
            description="What to ask next: the place, or the list of places of a category or"
            " around a district."
        ),
    ]
    end: Annotated[
        str | None, Field(description="As an end of a route: `place:<id>` or `lon,lat`.")
    ]
    place_kind: str | None
    category: str | None
    category_name: str | None
    address: str | None
    point: Annotated[
        dict[str, Any] | None,
        Field(description="GeoJSON Point, longitude first; of a district a point well inside."),
    ]
    bbox: Annotated[
        list[float] | None, Field(description="Of a district: west, south, east, north.")
    ] = None
    district_id: Annotated[UUID | None, Field(description="Of a district.")] = None
    distance_m: Annotated[int | None, Field(description="From `near`, straight line.")]
    entry: Annotated[
        dict[Profile, Word] | None, Field(description="From the street through the door.")
    ]
    service: dict[Profile, Word] | None


class SearchAnswer(ResponseBody):
    """Hits, the best first."""

    language: str
    hits: list[SearchHit]


class AddressQuery(RequestBody):
    """A point whose address is wanted."""

    point: Annotated[str, Field(max_length=60, description="lon,lat", examples=["76.93,43.24"])]
    lang: LanguageName = None


class AddressAnswer(ResponseBody):
    """The address nearest to a point."""

    language: str
    hit: Annotated[
        SearchHit | None, Field(description="Empty when no address is known within 100 m.")
    ]
