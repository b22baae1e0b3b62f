"""Times and distances between many places."""

from typing import Any

from fastapi import APIRouter

from api.bodies import BodyTooLargeError, SmallBodyRoute
from api.planning import AskDesk, read_areas
from api.problems import problems
from api.schemas.journeys import MatrixAnswer, MatrixBody
from api.ways import ROUTING_ERRORS
from audits.journeys.model import Ends
from geo.routing.bounds import BadTargetsError, TooManyCellsError
from geo.routing.matrix import Matrix, MatrixRequest

router = APIRouter(tags=["routes"], route_class=SmallBodyRoute)


@router.post(
    "/v1/matrix",
    operation_id="computeMatrix",
    summary="Times between many places",
    responses=problems(*ROUTING_ERRORS, BadTargetsError, TooManyCellsError, BodyTooLargeError),
)
async def compute_matrix(asked: MatrixBody, desk: AskDesk) -> MatrixAnswer:
    """Give times and distances from each start to each end, door to door.

    At most 20 of each, 400 pairs. `null` says that there is no way for this person.
    """
    needs = asked.as_needs()
    person = desk.person(asked, needs)
    count = len(asked.origins)
    ends = await desk.resolve([*asked.origins, *asked.destinations], person, alone=True)
    pinned, lifts, at = await desk.pin(asked)
    request = MatrixRequest(
        origins=[end.targets for end in ends[:count]],
        targets=[end.targets for end in ends[count:]],
        needs=needs,
        avoid=read_areas(asked.avoid),
    )

    def search() -> Matrix:
        return desk.state.lifts.lay_over(pinned, lifts, at).matrix(request)

    found = await desk.state.bench.run(desk.client, search)
    shown = [_show_end(end) for end in ends]
    return MatrixAnswer(
        duration_s=found.duration_s,
        distance_m=found.distance_m,
        origins=shown[:count],
        destinations=shown[count:],
        origin_choice=found.origin_choice,
        destination_choice=found.target_choice,
        network={"key": found.graph_key, "version": found.overlay_version},
    )


def _show_end(ends: Ends) -> dict[str, Any]:
    return {
        "ends": [end.as_json() for end in ends.usable],
        "address": ends.hit.as_json() if ends.hit else None,
    }
