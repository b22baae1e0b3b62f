"""The service's signing keys: made at first start, kept in files, published as a JWK set.

ES256 (ECDSA on P-256, RFC 7518 §3.4), because WebCrypto in every browser can verify it. The
newest key signs; older ones stay published so that what they signed can still be verified.
"""

import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from audits.accounts.jwk import JsonWebKey, public_jwk, thumbprint
from audits.accounts.sealing import KEY_BYTES, Sealer


@dataclass(frozen=True)
class SigningKey:
    """One private key with the id that its signatures carry."""

    private: ec.EllipticCurvePrivateKey

    @cached_property
    def public(self) -> JsonWebKey:
        """Give the public half as JWK."""
        return public_jwk(self.private.public_key())

    @cached_property
    def kid(self) -> str:
        """Give the key id: the JWK thumbprint (RFC 7638)."""
        return thumbprint(self.public)


class KeyRing:
    """All keys of this installation, the signing one first.

    Follows its folder: a key that another process or `esik rotate-keys` adds is used at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: list[Path] = []
        self._keys: list[SigningKey] = []

    @property
    def signing(self) -> SigningKey:
        """Give the key that signs."""
        return self._current()[0]

    def find(self, kid: str) -> SigningKey | None:
        """Find a key by its id, also one that no longer signs."""
        return next((key for key in self._current() if key.kid == kid), None)

    def as_jwks(self) -> dict[str, list[JsonWebKey]]:
        """Give the public halves as a JWK set (RFC 7517 §5)."""
        return {
            "keys": [
                {**key.public, "kid": key.kid, "use": "sig", "alg": "ES256"}
                for key in self._current()
            ]
        }

    def _current(self) -> list[SigningKey]:
        # Names, not times: two files may come within one tick of the clock. A key never changes.
        paths = sorted(self._folder.glob("*.pem"), reverse=True)
        if paths != self._seen:
            self._keys = [_load(path) for path in paths]
            self._seen = paths
        return self._keys


def load_or_create_keys(folder: Path) -> KeyRing:
    """Load `*.pem` from a folder, newest name first; make the first key if there is none.

    Safe when several processes start at once: the file is linked into place, and whoever
    comes second takes what is there.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not list(folder.glob("*.pem")):
        _create(folder / "0001.pem")
    ring = KeyRing(folder)
    _ = ring.signing  # a broken file must stop the start, not the first request
    return ring


def rotate_keys(folder: Path) -> KeyRing:
    """Add a key that signs from now on; the old ones stay to verify what they signed."""
    ring = load_or_create_keys(folder)
    newest = max(int(path.stem) for path in folder.glob("*.pem"))
    _create(folder / f"{newest + 1:04d}.pem")
    return ring


def load_or_create_sealer(folder: Path) -> Sealer:
    """Load the key that seals second factors; make it at first start.

    Whoever loses it has to reset every second factor, so a backup holds this folder too.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "sealing.key"
    if not path.exists():
        _place(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name} does not hold {KEY_BYTES} bytes")
    return Sealer(key)


def _load(path: Path) -> SigningKey:
    private = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path.name} is not an elliptic curve key")
    return SigningKey(private)


def _create(path: Path) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    _place(path, pem)


def _place(path: Path, content: bytes) -> None:
    """Write a file for its owner only, whole or not at all; the first of several writers wins."""
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
