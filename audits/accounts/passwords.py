"""Passwords: argon2id, checked in constant work whether or not the account exists."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
# Checked when there is no such account, so that the answer takes as long as for a real one.
_NOBODY = _hasher.hash("nobody's password")


def hash_password(password: str) -> str:
    """Hash with argon2id under the library's current recommended cost; takes ~50 ms of CPU."""
    return _hasher.hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Tell whether the password is right; costs the same for an account that is not there."""
    try:
        _hasher.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
