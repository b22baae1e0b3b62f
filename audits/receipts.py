"""Receipts: signed words that bytes are stored for good, which anybody can verify.

A receipt is a compact JWS (RFC 7515) with ES256, so WebCrypto in any browser checks it against
the keys at `/.well-known/jwks.json`. It names what was stored and the SHA-256 that the server
computed over its own copy. Invariant: no receipt leaves before the commit of what it names, and
none can pass as an access token: its `typ` differs and it has no audience.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

ISSUER = "esik"
TYPE = "esik-receipt+jws"


class ReceiptKind(StrEnum):
    """What a receipt is about."""

    AUDIT = "audit"
    PHOTO = "photo"


class Signer(Protocol):
    """A private P-256 key with the id under which its public half is published."""

    @property
    def kid(self) -> str:
        """Give the key id."""

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        """Give the private key."""


class InvalidReceiptError(ValueError):
    """The text is no receipt of this installation."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a verified receipt says."""

    kind: ReceiptKind
    subject: UUID
    """Id of the audit or the photo."""
    sha256: str
    """Computed by the server, hex: of a photo's bytes, of an audit's canonical JSON."""
    received_at: datetime
    version: int | None
    """Of an audit: the version that these bytes are."""


def sign_receipt(
    key: Signer,
    *,
    subject: UUID,
    kind: ReceiptKind,
    sha256: str,
    received_at: datetime,
    version: int | None = None,
) -> str:
    """Sign that the server holds these bytes since `received_at`.

    `sha256` is 64 hex digits, computed here and not copied from the sender. The same facts may
    be signed again at any time: claims are equal, only the signature differs.
    """
    claims: dict[str, object] = {
        "iss": ISSUER,
        "sub": str(subject),
        "kind": kind.value,
        "sha256": sha256,
        "iat": int(received_at.timestamp()),
        "received_at": received_at.astimezone(UTC).isoformat(),
        "durable": True,
    }
    if version is not None:
        claims["version"] = version
    return jwt.encode(claims, key.private, algorithm="ES256", headers={"kid": key.kid, "typ": TYPE})


def read_receipt(
    token: str, *, find_key: Callable[[str], ec.EllipticCurvePublicKey | None]
) -> Receipt:
    """Verify a receipt and give what it says; raises InvalidReceiptError for anything else.

    A receipt never expires: it says what was true at `received_at`.
    """
    try:
        header = jwt.get_unverified_header(token)
        key = find_key(str(header.get("kid", "")))
        if header.get("typ") != TYPE or key is None:
            raise InvalidReceiptError("not a receipt, or signed by an unknown key")
        claims = jwt.decode(
            token,
            key,
            algorithms=["ES256"],
            issuer=ISSUER,
            # A phone's clock, or ours, may be behind: a receipt is about the past only.
            options={"verify_iat": False, "require": ["sub", "kind", "sha256", "received_at"]},
        )
        version = claims.get("version")
        return Receipt(
            kind=ReceiptKind(claims["kind"]),
            subject=UUID(claims["sub"]),
            sha256=str(claims["sha256"]),
            received_at=datetime.fromisoformat(claims["received_at"]),
            version=None if version is None else int(version),
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise InvalidReceiptError(str(error)) from error
