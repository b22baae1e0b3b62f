"""What answers about ways have in common: their media types, headers and problems."""

from fastapi import Response

from api.admission import OverloadedError
from api.planning import QUESTION_ERRORS
from geo.places.addresses import AddressNotFoundError, AmbiguousAddressError
from geo.places.queries import PlaceNotFoundError
from geo.routing.answer import (
    OutsideNetworkError,
    RouterNotReadyError,
    SearchTooLongError,
    TooFarError,
)

GEOJSON = "application/geo+json"
PRIVATE = {"Cache-Control": "private, no-store"}
"""Limits and places say something about a person: no shared cache may keep the answer."""

ROUTING_ERRORS = (
    *QUESTION_ERRORS,
    PlaceNotFoundError,
    AddressNotFoundError,
    AmbiguousAddressError,
    OutsideNetworkError,
    TooFarError,
    SearchTooLongError,
    RouterNotReadyError,
    OverloadedError,
)


class GeoJsonResponse(Response):
    """GeoJSON that was written in a thread."""

    media_type = GEOJSON
