"""Bodies of barrier reports."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, ModelWrapValidatorHandler, PrivateAttr, model_validator

from api.schemas.base import RequestBody, ResponseBody
from audits.barriers import BarrierOutcome, BarrierReport, BarrierVoteKind
from audits.submission import ManifestPhoto
from geo.network.models import BarrierKind


class BarrierPhotoIn(RequestBody):
    """A photo that will follow, like those of audits."""

    id: UUID
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="Of the bytes, hex.")]
    byte_count: Annotated[int, Field(gt=0, le=50_000_000)]
    media_type: Literal["image/jpeg", "image/png", "image/webp"]
    taken_at: AwareDatetime | None = None


class BarrierIn(RequestBody):
    """What stands in the way, and where."""

    _raw: dict[str, Any] = PrivateAttr(default_factory=dict)
    kind: BarrierKind
    geometry: Annotated[
        dict[str, Any] | None,
        Field(description="GeoJSON Point or LineString; may be left out with `element_id`."),
    ] = None
    note: Annotated[
        str | None,
        Field(max_length=500, description="Private until a reviewer has seen it."),
    ] = None
    element_id: Annotated[UUID | None, Field(description="A lift, ramp or door, if it is one.")] = (
        None
    )
    photo: BarrierPhotoIn | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _keep_what_was_sent(
        cls,
        data: Any,  # noqa: ANN401 - whatever was sent
        handler: ModelWrapValidatorHandler[Self],
    ) -> Self:
        """Keep the body as sent, so that the same report sent again is known by its digest."""
        model = handler(data)
        model._raw = data if isinstance(data, dict) else {}  # noqa: SLF001 - its own attribute
        return model

    def as_report(self) -> BarrierReport:
        """Give the domain's form of this body."""
        photo = None
        if self.photo is not None:
            photo = ManifestPhoto(**dict(self.photo), element_id=self.element_id, field=None)
        return BarrierReport(
            kind=self.kind,
            geometry=self.geometry,
            note=self.note,
            element_id=self.element_id,
            body=self._raw,
            photo=photo,
        )


class BarrierVoteIn(RequestBody):
    """One tap of somebody who stands there."""

    id: Annotated[UUID, Field(description="Made by the phone (UUIDv7); sending again is harmless.")]
    vote: BarrierVoteKind


class BarrierDecisionIn(RequestBody):
    """What a reviewer decides about a report."""

    outcome: BarrierOutcome
    note: Annotated[
        str | None,
        Field(
            max_length=500,
            description="With `confirm`: what everybody may read. Left out, the reporter's own"
            " words are published; empty, nothing is.",
        ),
    ] = None


class BarrierRead(ResponseBody):
    """A barrier as everybody may see it."""

    id: UUID
    kind: str
    state: Annotated[
        str, Field(description="`expired`: was reported, nobody has said that it is cleared.")
    ]
    geometry: dict[str, Any]
    element_id: UUID | None
    note: Annotated[str | None, Field(description="Only what a reviewer has passed.")]
    reported_at: datetime
    last_seen_at: datetime | None
    expires_at: Annotated[
        datetime | None, Field(description="After this the way is unknown, not open.")
    ]
    lifetime_days: Annotated[int, Field(description="How long a report of this kind holds.")]
    lifetime_source: Annotated[str, Field(description="`proposed`: no norm gives the figure.")]
    matched: Annotated[bool, Field(description="Whether a street was found for it.")]


class BarrierList(ResponseBody):
    """Barriers in a box, newest first."""

    items: list[BarrierRead]


class BarrierVoteResult(ResponseBody):
    """Where the barrier stands after a vote."""

    barrier: BarrierRead
    gone_votes: Annotated[int, Field(description="Different people since it was last seen.")]
    gone_votes_needed: Annotated[int, Field(description="So many make the way doubtful.")]


class BarrierForReview(BarrierRead):
    """A barrier as a reviewer sees it."""

    reported_note: str | None
    gone_votes: int


class BarrierReviewList(ResponseBody):
    """Open barriers: those that are said to be gone first, then the newest."""

    items: list[BarrierForReview]
