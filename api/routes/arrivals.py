"""From where a place can be reached: stops, parking, and where a car can let one out."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, Response

from api.parameters import refuse_repeated
from api.planning import AskDesk, list_links, read_areas
from api.problems import problems
from api.schemas.journeys import ArrivalsQuery, Collection
from api.ways import PRIVATE, ROUTING_ERRORS, GeoJsonResponse
from audits.journeys.arrivals import list_ways_to_arrive, rank_arrivals, show_arrivals

router = APIRouter(tags=["routes"])


@router.get(
    "/v1/arrivals",
    dependencies=[Depends(refuse_repeated(ArrivalsQuery))],
    operation_id="listArrivals",
    summary="Where I can arrive",
    response_model=Collection,
    response_class=GeoJsonResponse,
    responses=problems(*ROUTING_ERRORS),
)
async def list_arrivals(asked: Annotated[ArrivalsQuery, Query()], desk: AskDesk) -> Response:
    """List stops, parking and points to be let out from which this person reaches a place.

    Ranked by certainty, then by time; each says whether the way back works. Where a car may
    stop is inferred from the streets: nobody checked that stopping is allowed.
    """
    needs = asked.as_needs()
    person = desk.person(asked, needs)
    [ends] = await desk.resolve([asked.place], person)
    points = await list_ways_to_arrive(desk.db, ends=ends, person=person)
    areas = read_areas(asked.avoid)
    pinned, lifts, at = await desk.pin(asked)

    def work() -> bytes:
        network = desk.state.lifts.lay_over(pinned, lifts, at)
        ranked = rank_arrivals(
            network, ends, points, needs, most_s=asked.minutes * 60.0, avoid=areas
        )
        shown = show_arrivals(ranked, ends, points, desk.language(asked), asked.limit)
        links = list_links("/v1/arrivals", asked, desk.language(asked))
        shown["properties"] |= {"links": links, "url": links["self"], "at": at.isoformat()}
        return orjson.dumps(shown)

    return GeoJsonResponse(await desk.state.bench.run(desk.client, work), headers=PRIVATE)
