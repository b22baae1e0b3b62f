"""How much one account and one device may send in a day (pure)."""

from dataclasses import dataclass
from enum import StrEnum


class Quota(StrEnum):
    """What is counted."""

    AUDITS = "audits"
    """New audits and new versions, one each."""
    PHOTO_BYTES = "photo_bytes"
    BARRIERS = "barriers"
    """New reports and one-tap answers, one each."""
    CONFIRMATIONS = "confirmations"


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """Bounds of one account in 24 hours; a single device gets `device_percent` of them."""

    audits: int = 600
    photo_bytes: int = 3_000_000_000
    barriers: int = 200
    confirmations: int = 2_000
    device_percent: int = 60

    def of(self, quota: Quota) -> int:
        """Give the bound of one quota for an account."""
        bounds = {
            Quota.AUDITS: self.audits,
            Quota.PHOTO_BYTES: self.photo_bytes,
            Quota.BARRIERS: self.barriers,
            Quota.CONFIRMATIONS: self.confirmations,
        }
        return bounds[quota]


DEFAULT_LIMITS = QuotaLimits()
