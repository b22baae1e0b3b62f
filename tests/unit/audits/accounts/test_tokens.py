"""Access tokens prove an account for a while, and nothing else does."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from audits.accounts.jwk import InvalidDeviceKeyError, public_jwk, public_key, thumbprint
from audits.accounts.tokens import InvalidTokenError, issue_access_token, read_access_token
from geo.ids import uuid7

_KEY = ec.generate_private_key(ec.SECP256R1())
_OTHER = ec.generate_private_key(ec.SECP256R1())


def _find(kid: str) -> ec.EllipticCurvePublicKey | None:
    return _KEY.public_key() if kid == "one" else None


def _issue(key: ec.EllipticCurvePrivateKey = _KEY, kid: str = "one", age_minutes: int = 0) -> str:
    return issue_access_token(
        key=key,
        kid=kid,
        account_id=uuid7(),
        device_id=None,
        now=datetime.now(UTC) - timedelta(minutes=age_minutes),
        lifetime=timedelta(minutes=10),
    )


def test_a_token_names_its_account_and_device() -> None:
    """What was put in comes out."""
    account_id, device_id = uuid7(), uuid7()
    token = issue_access_token(
        key=_KEY,
        kid="one",
        account_id=account_id,
        device_id=device_id,
        now=datetime.now(UTC),
        lifetime=timedelta(minutes=1),
    )
    claims = read_access_token(token, find_key=_find)
    assert (claims.account_id, claims.device_id) == (account_id, device_id)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        _issue(key=_OTHER),
        _issue(kid="unknown"),
        _issue(age_minutes=11),
        _issue()[:-4] + "AAAA",
        jwt.encode({"sub": str(uuid7())}, "x" * 32, algorithm="HS256", headers={"kid": "one"}),
    ],
)
def test_anything_else_is_refused(token: str) -> None:
    """Forged, foreign, expired, unsigned and malformed tokens raise one and the same error."""
    with pytest.raises(InvalidTokenError):
        read_access_token(token, find_key=_find)


def test_a_key_survives_its_json_form() -> None:
    """A public key written as JWK and read back is the same key with the same thumbprint."""
    jwk = public_jwk(_KEY.public_key())
    assert public_key(jwk).public_numbers() == _KEY.public_key().public_numbers()
    assert thumbprint(jwk) == thumbprint({**jwk, "alg": "ES256"})


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    """A key in the form of RFC 7638 hashes to 43 characters of base64url without padding."""
    mark = thumbprint(public_jwk(_KEY.public_key()))
    assert len(mark) == 43
    assert "=" not in mark


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "RSA", "crv": "P-256", "x": "", "y": ""},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {**public_jwk(_KEY.public_key()), "x": public_jwk(_OTHER.public_key())["x"]},
    ],
)
def test_a_key_that_is_none_is_refused(jwk: dict[str, str]) -> None:
    """Other kinds, other curves and points off the curve raise the typed error."""
    with pytest.raises(InvalidDeviceKeyError):
        public_key(jwk)
