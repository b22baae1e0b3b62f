"""Seal secrets that must be read again, so that a copy of the database alone opens nothing (pure).

AES-256-GCM. The key lies beside the signing keys, outside the database. What is sealed is bound to
its purpose and owner: moved to another row it does not open.
"""

import base64
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class BrokenSealError(Exception):
    """The text was sealed with another key, for something else, or was changed."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seal and open with one key of 32 bytes."""

    key: bytes = field(repr=False)

    def seal(self, secret: str, *, bound_to: str) -> str:
        """Give the sealed form, different each time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self.key).encrypt(nonce, secret.encode(), bound_to.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, bound_to: str) -> str:
        """Give the secret back; raises BrokenSealError."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
            nonce, rest = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return AESGCM(self.key).decrypt(nonce, rest, bound_to.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise BrokenSealError from error
