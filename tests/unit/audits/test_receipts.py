"""Receipts name what was stored, and nothing but this installation's keys can make one."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from audits.accounts.jwk import public_jwk, public_key, thumbprint
from audits.accounts.tokens import InvalidTokenError, issue_access_token, read_access_token
from audits.receipts import InvalidReceiptError, ReceiptKind, read_receipt, sign_receipt

SUBJECT = UUID("01234567-89ab-7def-8123-456789abcdef")
DIGEST = "ab" * 32
AT = datetime(2026, 11, 22, 6, 30, 0, 250_000, tzinfo=UTC)


@dataclass(frozen=True)
class Key:
    """A signer as the installation keeps it."""

    private: ec.EllipticCurvePrivateKey

    @property
    def kid(self) -> str:
        return thumbprint(public_jwk(self.private.public_key()))


def make_key() -> Key:
    """Make a key nobody else has."""
    return Key(ec.generate_private_key(ec.SECP256R1()))


def sign(key: Key) -> str:
    """Sign the receipt of these tests."""
    return sign_receipt(
        key, subject=SUBJECT, kind=ReceiptKind.PHOTO, sha256=DIGEST, received_at=AT, version=3
    )


def test_a_receipt_says_what_was_signed() -> None:
    """What comes out of verification is what went in."""
    key = make_key()
    receipt = read_receipt(sign(key), find_key={key.kid: key.private.public_key()}.get)
    assert (receipt.subject, receipt.kind, receipt.sha256) == (SUBJECT, ReceiptKind.PHOTO, DIGEST)
    assert (receipt.received_at, receipt.version) == (AT, 3)


def test_webcrypto_steps_verify_a_receipt() -> None:
    """The signature is r and s in 64 bytes over the two encoded parts, as WebCrypto wants it."""
    key = make_key()
    header, payload, signature = sign(key).split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    assert len(raw) == 64
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    published = public_key(public_jwk(key.private.public_key()))
    published.verify(der, f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    facts = json.loads(base64.urlsafe_b64decode(header + "=="))
    assert (facts["alg"], facts["kid"], facts["typ"]) == ("ES256", key.kid, "esik-receipt+jws")


def test_a_receipt_of_another_key_is_refused() -> None:
    """A forger who names our key id signs in vain."""
    ours, theirs = make_key(), make_key()
    with pytest.raises(InvalidReceiptError):
        read_receipt(sign(theirs), find_key=lambda _kid: ours.private.public_key())
    with pytest.raises(InvalidReceiptError):
        read_receipt(sign(theirs), find_key={ours.kid: ours.private.public_key()}.get)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_receipt_is_refused(part: int) -> None:
    """Any part that was altered on the way spoils the receipt."""
    key = make_key()
    parts = sign(key).split(".")
    middle = len(parts[part]) // 2
    letter = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]
    with pytest.raises(InvalidReceiptError):
        read_receipt(".".join(parts), find_key=lambda _kid: key.private.public_key())


def test_receipts_and_access_tokens_never_pass_as_each_other() -> None:
    """The same key signs both; neither opens what the other opens."""
    key = make_key()
    find = {key.kid: key.private.public_key()}.get
    with pytest.raises(InvalidTokenError):
        read_access_token(sign(key), find_key=find)
    token = issue_access_token(
        key=key.private,
        kid=key.kid,
        account_id=SUBJECT,
        device_id=None,
        now=datetime.now(UTC),
        lifetime=timedelta(minutes=5),
    )
    with pytest.raises(InvalidReceiptError):
        read_receipt(token, find_key=find)


def test_what_is_no_receipt_is_refused() -> None:
    """A captive portal's page is not a receipt."""
    with pytest.raises(InvalidReceiptError):
        read_receipt("<html>log in</html>", find_key=lambda _kid: None)
