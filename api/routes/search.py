"""Search by text, and the address of a point."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request

from api.coordinates import InvalidCoordinatesError, read_point
from api.dependencies import ReadDb
from api.localised import find_language
from api.problems import problems
from api.schemas.search import AddressAnswer, AddressQuery, SearchAnswer, SearchHit, SearchQuery
from geo.errors import DatabaseUnavailableError
from geo.places.categories import find_label
from geo.places.finding import Hit, find_nearest_address, search

router = APIRouter(tags=["places"])


@router.get(
    "/v1/search",
    operation_id="search",
    summary="Find by text",
    responses=problems(InvalidCoordinatesError, DatabaseUnavailableError),
)
async def search_by_text(
    asked: Annotated[SearchQuery, Query()], request: Request, db: ReadDb
) -> SearchAnswer:
    """Give places, addresses, streets, districts and categories that a text may mean, best first.

    Languages and alphabets may be mixed, endings differ, letters be mistyped. Nothing found is
    an empty list.
    """
    language = asked.lang or find_language(request)
    near = read_point(asked.near) if asked.near else None
    hits = await search(db, text=asked.q, language=language, near=near, limit=asked.limit)
    return SearchAnswer(language=language, hits=[_show(hit, language, asked.near) for hit in hits])


@router.get(
    "/v1/search/address",
    operation_id="findAddressOfPoint",
    summary="The address of a point",
    responses=problems(InvalidCoordinatesError, DatabaseUnavailableError),
)
async def find_address_of_point(
    asked: Annotated[AddressQuery, Query()], request: Request, db: ReadDb
) -> AddressAnswer:
    """Give the nearest place with an address, within 100 m; the building around comes first."""
    language = asked.lang or find_language(request)
    hit = await find_nearest_address(db, point=read_point(asked.point), language=language)
    return AddressAnswer(language=language, hit=_show(hit, language, None) if hit else None)


def _show(hit: Hit, language: str, near: str | None) -> SearchHit:
    return SearchHit(
        kind=hit.kind,
        name=hit.name,
        id=hit.place_id,
        href=_link(hit, near),
        end=_end(hit),
        place_kind=hit.place_kind,
        category=hit.category,
        category_name=find_label(hit.category, language) if hit.category else None,
        address=hit.address,
        point={"type": "Point", "coordinates": list(hit.point)} if hit.point else None,
        bbox=list(hit.box) if hit.box else None,
        district_id=hit.district_id,
        distance_m=None if hit.distance_m is None else round(hit.distance_m),
        entry=hit.entry,
        service=hit.service,
    )


def _link(hit: Hit, near: str | None) -> str | None:
    if hit.place_id is not None:
        return f"/v1/places/{hit.place_id}"
    if hit.categories:
        query = [("category", each) for each in hit.categories]
        return f"/v1/places?{urlencode([*query, *([('near', near)] if near else [])], safe=',')}"
    if hit.box is not None:
        return f"/v1/places?bbox={','.join(f'{each:.6f}' for each in hit.box)}"
    if hit.point is not None:
        return f"/v1/places?near={hit.point[0]:.6f},{hit.point[1]:.6f}"
    return None


def _end(hit: Hit) -> str | None:
    if hit.place_id is not None:
        return f"place:{hit.place_id}"
    if hit.box is not None:
        return None  # Nobody goes to the middle of a district.
    return f"{hit.point[0]:.6f},{hit.point[1]:.6f}" if hit.point is not None else None
