"""Signatures of devices: only the key, only the payload, only the one form."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from audits.accounts.jwk import public_jwk
from audits.accounts.signatures import InvalidDeviceSignatureError, check_signature, sign

_KEY = ec.generate_private_key(ec.SECP256R1())
_JWK = public_jwk(_KEY.public_key())


def test_a_signature_of_the_key_is_good() -> None:
    """What the key signed is accepted."""
    check_signature(_JWK, payload=b"esik\nx", signature=sign(_KEY, b"esik\nx"))


@given(st.integers(0, 63), st.integers(0, 7))
def test_one_wrong_bit_is_enough(place: int, bit: int) -> None:
    """A signature with any bit turned over is refused."""
    signature = sign(_KEY, b"x")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[place] ^= 1 << bit
    turned = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    with pytest.raises(InvalidDeviceSignatureError):
        check_signature(_JWK, payload=b"x", signature=turned)


@pytest.mark.parametrize("signature", ["", "AAAA", "A" * 86, "é" * 86, "A" * 85, "=" * 88])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    """Empty, short, zero and unreadable signatures are refused, not crashed on."""
    with pytest.raises(InvalidDeviceSignatureError):
        check_signature(_JWK, payload=b"x", signature=signature)


def test_another_payload_or_key_is_refused() -> None:
    """A signature says nothing about other bytes, and nothing for other keys."""
    other = public_jwk(ec.generate_private_key(ec.SECP256R1()).public_key())
    for jwk, payload in ((_JWK, b"y"), (other, b"x")):
        with pytest.raises(InvalidDeviceSignatureError):
            check_signature(jwk, payload=payload, signature=sign(_KEY, b"x"))
