"""Take in audits: idempotent by client-made id, checked against the catalogue, never lost."""

from audits.intake.reading import (
    AuditPage,
    StoredVersion,
    as_status,
    get_newest_version,
    get_own_audit,
    list_own_audits,
    list_photos,
    photo_status,
)
from audits.intake.receiving import Stored, lock_id, put_audit
from audits.intake.revising import revise_audit
from audits.intake.rows import ELEMENT_SHAPES
from audits.intake.settling import give_up_waiting, settle_photos
from audits.intake.withdrawing import erase_withdrawn, withdraw_audit

__all__ = [
    "ELEMENT_SHAPES",
    "AuditPage",
    "Stored",
    "StoredVersion",
    "as_status",
    "erase_withdrawn",
    "get_newest_version",
    "get_own_audit",
    "give_up_waiting",
    "list_own_audits",
    "list_photos",
    "lock_id",
    "photo_status",
    "put_audit",
    "revise_audit",
    "settle_photos",
    "withdraw_audit",
]
