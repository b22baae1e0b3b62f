"""Access tokens: short-lived ES256 JWTs that carry only an account id and a device id."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from geo.errors import DomainError, ErrorKind
from geo.ids import uuid7

ISSUER = "esik"
AUDIENCE = "esik-api"


class InvalidTokenError(DomainError):
    """The access token is missing, malformed, expired or not ours."""

    code = "invalid-token"
    title = "Sign in again"
    kind = ErrorKind.UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token says."""

    account_id: UUID
    device_id: UUID | None
    issued_at: datetime


def issue_access_token(
    *,
    key: ec.EllipticCurvePrivateKey,
    kid: str,
    account_id: UUID,
    device_id: UUID | None,
    now: datetime,
    lifetime: timedelta,
) -> str:
    """Sign an access token that is valid from `now` for `lifetime`."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(account_id),
        # With its fraction: a session may end and begin again within one second.
        "iat": now.timestamp(),
        "exp": now + lifetime,
        "jti": str(uuid7()),
    }
    if device_id is not None:
        claims["device"] = str(device_id)
    return jwt.encode(claims, key, algorithm="ES256", headers={"kid": kid})


def read_access_token(
    token: str, *, find_key: Callable[[str], ec.EllipticCurvePublicKey | None]
) -> Claims:
    """Verify a token and give its claims; raises InvalidTokenError for anything else."""
    try:
        kid = jwt.get_unverified_header(token).get("kid", "")
        key = find_key(kid)
        if key is None:
            raise InvalidTokenError
        claims = jwt.decode(
            token,
            key,
            algorithms=["ES256"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub"]},
        )
        device = claims.get("device")
        issued_at = datetime.fromtimestamp(float(claims["iat"]), UTC)
        return Claims(UUID(claims["sub"]), UUID(device) if device else None, issued_at)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise InvalidTokenError from error
