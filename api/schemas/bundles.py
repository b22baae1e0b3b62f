"""Bodies of bundles."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.audits import AuditStatus
from api.schemas.base import RequestBody, ResponseBody


class BundleItemIn(RequestBody):
    """One audit with the signature of its author's phone."""

    id: Annotated[str, Field(max_length=50, description="The audit's id (UUIDv7).")]
    audit: Annotated[dict[str, Any], Field(description="The body of `putAudit`.")]
    key_id: Annotated[str, Field(max_length=100, description="JWK thumbprint of the author's key.")]
    signature: Annotated[
        str,
        Field(
            max_length=200,
            description="ES256, base64url of r and s, over `esik-audit-v1`, the audit's id and the"
            " digest of its canonical JSON (hex), joined by line feeds.",
        ),
    ]


class BundleIn(RequestBody):
    """What a phone exported: up to 50 audits of one or of many authors."""

    version: Literal[1]
    items: Annotated[list[BundleItemIn], Field(min_length=1, max_length=50)]


class BundleResult(ResponseBody):
    """What became of one item."""

    id: str
    status: Annotated[int, Field(description="201, 200 for a replay, or that of the problem.")]
    audit: AuditStatus | None = None
    problem: dict[str, Any] | None = None


class BundleAnswer(ResponseBody):
    """Results in the order of the items."""

    items: list[BundleResult]
