"""Bodies of sign-in."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr

from api.schemas.base import RequestBody, ResponseBody
from audits.accounts.consents import ConsentKind
from audits.accounts.roles import Role

LanguageIn = Annotated[
    Literal["kk", "ru", "en"], Field(description="Language of messages to this person.")
]
Signature = Annotated[
    str,
    Field(
        min_length=86,
        max_length=88,
        pattern="^[A-Za-z0-9_-]{86}(==)?$",
        description="ES256: r and s, 64 bytes, base64url, as WebCrypto gives them.",
    ),
]
Challenge = Annotated[str, Field(min_length=20, max_length=100)]
KeyId = Annotated[
    str,
    Field(
        pattern="^[A-Za-z0-9_-]{43}$", description="JWK thumbprint of the public key (RFC 7638)."
    ),
]


class PasswordSignIn(RequestBody):
    """Sign in with a login and a password, and a second factor where the account has one."""

    login: Annotated[str, Field(min_length=1, max_length=100, examples=["volunteer"])]
    password: Annotated[SecretStr, Field(max_length=200, examples=["volunteer-demo"])]
    second_factor: Annotated[
        SecretStr | None,
        Field(max_length=40, description="Six digits of the app, or a recovery code."),
    ] = None


class RefreshRequest(RequestBody):
    """Spend a refresh token."""

    refresh_token: Annotated[SecretStr, Field(max_length=200)]


class TokenPair(ResponseBody):
    """An access token for the next minutes and a refresh token for the next time."""

    access_token: str
    token_type: str
    expires_in: Annotated[int, Field(description="Seconds until the access token ends.")]
    refresh_token: str
    account_id: UUID


class ConsentState(ResponseBody):
    """A text that the account has still to agree to."""

    kind: ConsentKind
    version: str


class AccountRead(ResponseBody):
    """Who is signed in."""

    id: UUID
    role: Role
    district_ids: Annotated[
        list[UUID], Field(description="Districts of a reviewer; empty means the whole city.")
    ]
    missing_consents: Annotated[
        list[ConsentState], Field(description="Agree to these before the first contribution.")
    ]
    lacks_second_factor: Annotated[
        bool, Field(description="Set up a second factor before working as staff.")
    ]


class CodeRequest(RequestBody):
    """Ask for a one-time code."""

    to: Annotated[
        str,
        Field(
            min_length=3,
            max_length=254,
            examples=["+7 701 234 56 78"],
            description="A mobile phone (8 7… is read as +7 7…) or an e-mail address.",
        ),
    ]
    language: LanguageIn = "kk"


class CodeSent(ResponseBody):
    """A code is on its way, if the address can get one."""

    expires_in: Annotated[int, Field(description="Seconds that the code works.")]


class CodeProof(RequestBody):
    """Bring the code."""

    to: Annotated[str, Field(min_length=3, max_length=254)]
    code: Annotated[SecretStr, Field(max_length=20, examples=["123456"])]
    language: LanguageIn = "kk"


class ChallengeRead(ResponseBody):
    """Random text to sign, good once."""

    challenge: str
    expires_at: datetime


class PublicKeyIn(RequestBody):
    """The public half of a P-256 key as JWK, without any other member."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$")]
    y: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$")]


class DeviceIn(RequestBody):
    """Register a device: its key, and the proof that it holds the private half."""

    public_key: PublicKeyIn
    challenge: Challenge
    signature: Annotated[
        Signature,
        Field(
            description="Over `esik-device-registration-v1`, the challenge and the key's"
            " thumbprint, joined by line feeds."
        ),
    ]
    name: Annotated[str, Field(max_length=60, description="What the person calls it.")] = ""
    language: LanguageIn = "kk"


class DeviceSignIn(RequestBody):
    """Sign in with a registered key."""

    key_id: KeyId
    challenge: Challenge
    signature: Annotated[
        Signature,
        Field(
            description="Over `esik-device-sign-in-v1`, the challenge and the key id, joined by"
            " line feeds."
        ),
    ]


class DeviceRead(ResponseBody):
    """A device of one's own."""

    id: UUID
    key_id: str
    name: str
    created_at: datetime
    last_seen_at: datetime | None


class DeviceRegistered(ResponseBody):
    """The device, and a session on it."""

    device: DeviceRead
    session: TokenPair


class DeviceList(ResponseBody):
    """Devices of one's own, oldest first."""

    items: list[DeviceRead]


class EnrolmentRead(ResponseBody):
    """What an authenticator app needs, shown once."""

    secret: Annotated[str, Field(description="Base32, to type in.")]
    uri: Annotated[str, Field(description="otpauth:// URI, to show as a QR code.")]


class FactorProof(RequestBody):
    """A code of the authenticator app."""

    code: Annotated[SecretStr, Field(max_length=20, examples=["123456"])]


class RecoveryCodes(ResponseBody):
    """Codes that each work once, shown once."""

    recovery_codes: list[str]
