"""Signatures of device keys: ES256 in the form that WebCrypto and JWS use (pure).

A signature is 64 bytes, r before s (RFC 7518 §3.4), written as base64url without padding. What is
signed always begins with a line that says what it is for, so that a signature given for one thing
cannot be passed off as another.
"""

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from audits.accounts.jwk import public_key
from geo.errors import DomainError, ErrorKind

SIGNATURE_BYTES = 64
_HALF = SIGNATURE_BYTES // 2


class InvalidDeviceSignatureError(DomainError):
    """No active device with this key has signed this, or the challenge is used up."""

    code = "invalid-device-signature"
    title = "The device's signature does not fit"
    kind = ErrorKind.UNAUTHENTICATED


def check_signature(jwk: Mapping[str, str], *, payload: bytes, signature: str) -> None:
    """Raise InvalidDeviceSignatureError unless the key has signed the payload."""
    try:
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (binascii.Error, ValueError) as error:
        raise InvalidDeviceSignatureError from error
    if len(raw) != SIGNATURE_BYTES:
        raise InvalidDeviceSignatureError
    r, s = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
    try:
        public_key(dict(jwk)).verify(encode_dss_signature(r, s), payload, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise InvalidDeviceSignatureError from error


def sign(key: ec.EllipticCurvePrivateKey, payload: bytes) -> str:
    """Sign as a device does: base64url of r and s, 32 bytes each."""
    r, s = decode_dss_signature(key.sign(payload, ec.ECDSA(hashes.SHA256())))
    raw = r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
