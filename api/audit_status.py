"""The answer about one audit: what is stored, what is missing, and the receipt for it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.keys import SigningKey
from api.schemas.audits import AuditStatus
from audits import intake
from audits.arrival import FlagCode
from audits.models import Audit, Decision
from audits.photos.models import Photo
from audits.receipts import ReceiptKind, sign_receipt
from geo.places.models import Place


def describe_audit(
    audit: Audit,
    photos: Sequence[Photo],
    staged: Mapping[UUID, int],
    *,
    version: intake.StoredVersion,
    key: SigningKey,
) -> AuditStatus:
    """Put the answer together; the receipt names the content of `version`.

    Call it only where the commit comes before the answer, or for what was read as committed.
    """
    receipt = sign_receipt(
        key,
        subject=audit.id,
        kind=ReceiptKind.AUDIT,
        sha256=version.digest,
        received_at=version.received_at,
        version=version.version,
    )
    doubles = [
        flag["params"] for flag in audit.flags if flag["code"] == FlagCode.POSSIBLE_DUPLICATE
    ]
    status = intake.as_status(audit, photos, staged)
    return AuditStatus.model_validate(
        {**status, "possible_duplicates": doubles, "receipt": receipt}
    )


async def name_places(
    db: AsyncSession, decisions: Sequence[Decision], language: str
) -> dict[str, str]:
    """Give the names of the places that decisions changed, in a language or the nearest to it."""
    effects = [place for each in decisions for place in (each.effects or {}).get("places", ())]
    ids = [UUID(place["place_id"]) for place in effects]
    if not ids:
        return {}
    rows = await db.execute(select(Place.id, Place.name, Place.address).where(Place.id.in_(ids)))
    return {str(key): _name(name, address, language) for key, name, address in rows.all()}


def _name(name: dict[str, str], address: dict[str, str], language: str) -> str:
    for choice in (language, "ru", "kk", "en", ""):
        if name.get(choice):
            return name[choice]
    return " ".join(filter(None, (address.get("street"), address.get("housenumber"))))
