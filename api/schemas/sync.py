"""Bodies of the feed for phones and of area packs."""

from typing import Annotated, Any

from pydantic import Field

from api.schemas.base import ResponseBody


class SyncAnswer(ResponseBody):
    """A page of the feed."""

    items: Annotated[
        list[dict[str, Any]],
        Field(
            description="In the order to apply them. `type` is audit, place, barrier or area, `op`"
            " is put (the whole present state stands under the type), delete (a tombstone) or"
            " refresh (load the area again)."
        ),
    ]
    cursor: Annotated[str, Field(description="Send it with the next request; it never expires"
                                 " while it is used every 90 days.")]  # fmt: skip
    has_more: Annotated[bool, Field(description="Ask again at once.")]


class AreaPack(ResponseBody):
    """What a phone needs to audit an area without a connection."""

    area: Annotated[str, Field(description="The tile, z/x/y.")]
    bbox: list[float]
    catalogue: Annotated[dict[str, str], Field(description="Version and hash of the questions.")]
    places: Annotated[list[dict[str, Any]], Field(description="With parts and current facts.")]
    street: Annotated[list[dict[str, Any]], Field(description="Kerbs, crossings, pavements.")]
    barriers: list[dict[str, Any]]
    sync: Annotated[str, Field(description="Address of `/v1/sync` that goes on from here.")]
