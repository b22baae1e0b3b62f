"""JSON Web Keys on P-256: out of a key, into a key, and their thumbprint (pure)."""

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric import ec

from geo.errors import DomainError

JsonWebKey = dict[str, str]
_COORDINATE_BYTES = 32


class InvalidDeviceKeyError(DomainError):
    """A public key is not an EC key on P-256 in JWK form."""

    code = "invalid-device-key"
    title = "The device key must be a public P-256 key as JWK"


def public_jwk(key: ec.EllipticCurvePublicKey) -> JsonWebKey:
    """Write a public key as JWK (RFC 7518 §6.2)."""
    numbers = key.public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _encode(numbers.x), "y": _encode(numbers.y)}


def public_key(jwk: JsonWebKey) -> ec.EllipticCurvePublicKey:
    """Read a public key from JWK; raises InvalidDeviceKeyError for anything else."""
    try:
        if (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
            raise InvalidDeviceKeyError
        point = ec.EllipticCurvePublicNumbers(_decode(jwk["x"]), _decode(jwk["y"]), ec.SECP256R1())
        return point.public_key()
    except (KeyError, ValueError, TypeError) as error:
        raise InvalidDeviceKeyError from error


def thumbprint(jwk: JsonWebKey) -> str:
    """Give the SHA-256 thumbprint of a public key (RFC 7638), base64url without padding."""
    canonical = json.dumps(
        {name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":")
    )
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _encode(coordinate: int) -> str:
    return _base64url(coordinate.to_bytes(_COORDINATE_BYTES, "big"))


def _decode(text: str) -> int:
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != _COORDINATE_BYTES:
        raise ValueError("a P-256 coordinate has 32 bytes")
    return int.from_bytes(raw, "big")


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
