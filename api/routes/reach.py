"""How far this person gets, and what lies there."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response

from api.bodies import BodyTooLargeError, SmallBodyRoute
from api.parameters import refuse_repeated
from api.planning import AskDesk, Desk, list_links, read_areas
from api.problems import problems
from api.schemas.journeys import Collection, ReachBody, ReachQuery
from api.ways import PRIVATE, ROUTING_ERRORS, GeoJsonResponse
from audits.journeys.reachable import (
    judge_nearest,
    read_candidates,
    show_reach,
    time_candidates,
)
from geo.routing.bounds import BadBudgetError
from geo.routing.reach import Reach, ReachRequest

router = APIRouter(tags=["routes"], route_class=SmallBodyRoute)

_RESPONSES: dict[int | str, dict[str, Any]] = problems(
    *ROUTING_ERRORS, BadBudgetError, BodyTooLargeError
)


@router.get(
    "/v1/reach",
    dependencies=[Depends(refuse_repeated(ReachQuery))],
    operation_id="findReach",
    summary="What is within reach",
    response_model=Collection,
    response_class=GeoJsonResponse,
    responses=_RESPONSES,
)
async def find_reach(asked: Annotated[ReachQuery, Query()], desk: AskDesk) -> Response:
    """Give the area that can be reached within each time, and the places in it.

    One polygon per time; `properties.places` lists the nearest with time, category and word,
    `properties.by_category` counts them. With `arriving` the way leads here instead.
    """
    return await answer_reach(asked, desk)


@router.post(
    "/v1/reach",
    operation_id="findReachByBody",
    summary="Reach, long question",
    response_model=Collection,
    response_class=GeoJsonResponse,
    responses=_RESPONSES,
)
async def find_reach_by_body(asked: ReachBody, desk: AskDesk) -> Response:
    """Ask what `GET /v1/reach` asks, with areas to avoid as GeoJSON polygons."""
    return await answer_reach(asked, desk)


async def answer_reach(asked: ReachQuery | ReachBody, desk: Desk) -> Response:
    """Compute reach in a thread; then find what lies in it."""
    needs = asked.as_needs()
    person = desk.person(asked, needs)
    [starts] = await desk.resolve([asked.origin], person)
    pinned, lifts, at = await desk.pin(asked)
    request = ReachRequest(
        origins=starts.targets,
        needs=needs,
        budgets_s=[minutes * 60.0 for minutes in sorted(set(asked.minutes))],
        backwards=asked.arriving,
        avoid=read_areas(asked.avoid),
    )

    def search() -> Reach:
        return desk.state.lifts.lay_over(pinned, lifts, at).reach(request)

    bench, client = desk.state.bench, desk.client
    reach = await bench.run(client, search)
    candidates = await read_candidates(
        desk.db,
        reach,
        origin=starts.targets[0],
        profile=asked.profile,
        categories=asked.category,
    )
    timed = await bench.run(client, time_candidates, reach, candidates)
    judged = await judge_nearest(desk.db, timed, person=person, most=asked.places)
    links = list_links("/v1/reach", asked, desk.language(asked))

    def write() -> bytes:
        shown = show_reach(reach, timed, judged, starts)
        shown["properties"] |= {"links": links, "url": links["self"], "at": at.isoformat()}
        return orjson.dumps(shown)

    return GeoJsonResponse(await bench.run(client, write), headers=PRIVATE)
