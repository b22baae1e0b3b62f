"""Signing keys: made once, rotated while running, never lost."""

from pathlib import Path

import pytest

from api.keys import load_or_create_keys, load_or_create_sealer, rotate_keys
from audits.accounts.sealing import BrokenSealError


def test_a_new_key_signs_at_once_and_old_ones_stay(tmp_path: Path) -> None:
    """A ring that is open follows its folder: the new key signs, both are published."""
    ring = load_or_create_keys(tmp_path)
    first = ring.signing.kid
    rotate_keys(tmp_path)
    assert ring.signing.kid != first
    assert ring.find(first) is not None
    assert [key["kid"] for key in ring.as_jwks()["keys"]] == [ring.signing.kid, first]
    assert all("d" not in key for key in ring.as_jwks()["keys"])


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    """Nobody else on the machine reads a key."""
    folder = tmp_path / "keys"
    load_or_create_keys(folder)
    load_or_create_sealer(folder)
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}


def test_what_is_sealed_opens_only_in_its_place(tmp_path: Path) -> None:
    """The same key opens it again after a restart, but not for another owner."""
    sealed = load_or_create_sealer(tmp_path).seal("secret", bound_to="totp:1")
    sealer = load_or_create_sealer(tmp_path)
    assert sealer.open(sealed, bound_to="totp:1") == "secret"
    assert "secret" not in sealed
    for text, owner in ((sealed, "totp:2"), (sealed[:-4] + "AAAA", "totp:1"), ("x", "totp:1")):
        with pytest.raises(BrokenSealError):
            sealer.open(text, bound_to=owner)
