"""Places in the words of other systems."""

from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response, status

from api.conditional import IfNoneMatch, matches, version_tag
from api.dependencies import Now, ReadDb
from api.problems import problems
from api.viewing import VisiblePlace, cache_control
from audits.exports.a11yjson import find_collection
from geo.places.queries import PlaceNotFoundError

router = APIRouter(tags=["places"])

_MEDIA_TYPE = "application/geo+json"


@router.get(
    "/v1/places/{place_id}.a11y.json",
    operation_id="getPlaceAsA11yjson",
    summary="One place as A11yJSON",
    response_class=Response,
    responses={
        200: {
            "description": "GeoJSON FeatureCollection: PlaceInfo first, then EquipmentInfo.",
            "content": {_MEDIA_TYPE: {"schema": {"type": "object"}}},
        },
        304: {"description": "Not changed."},
        **problems(PlaceNotFoundError),
    },
)
async def get_place_as_a11yjson(
    place_id: UUID,
    request: Request,
    see: VisiblePlace,
    db: ReadDb,
    now: Now,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Give a place and its lifts as A11yJSON, from approved audits only.

    `null` says that there is none, a missing member that nobody knows. What the format has no
    member for stands in `tags` under `kz:`.
    """
    place = await see(place_id)
    tag = version_tag(place.version)
    headers = {"ETag": tag, "Cache-Control": cache_control(place)}
    if matches(if_none_match, tag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    public_url = request.app.state.settings.server.public_url
    collection = await find_collection(db, place_id=place.id, now=now, public_url=public_url)
    if collection is None:
        raise PlaceNotFoundError
    return Response(orjson.dumps(collection), media_type=_MEDIA_TYPE, headers=headers)
