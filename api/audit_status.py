"""The answer about one audit: what is stored, what is missing, and the receipt for it."""

from collections.abc import Sequence

from api.keys import SigningKey
from api.schemas.audits import AuditStatus
from audits import intake
from audits.arrival import FlagCode
from audits.models import Audit
from audits.photos.models import Photo
from audits.receipts import ReceiptKind, sign_receipt


def describe_audit(
    audit: Audit, photos: Sequence[Photo], *, version: intake.StoredVersion, key: SigningKey
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
    status = intake.as_status(audit, photos)
    return AuditStatus.model_validate(
        {**status, "possible_duplicates": doubles, "receipt": receipt}
    )
