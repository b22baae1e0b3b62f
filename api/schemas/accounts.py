"""Bodies of one's own account, and of accounts as an administrator sees them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr

from api.schemas.auth import LanguageIn
from api.schemas.base import RequestBody, ResponseBody
from audits.accounts.consents import ConsentKind
from audits.accounts.roles import AccountState, Role

DisplayName = Annotated[str, Field(max_length=100)]
Password = Annotated[SecretStr, Field(max_length=200, description="At least 12 characters.")]
Districts = Annotated[
    list[UUID], Field(max_length=200, description="Of a reviewer; empty means the whole city.")
]


class ConsentTextRead(ResponseBody):
    """A text to agree to."""

    kind: ConsentKind
    version: str
    title: str
    text: str


class ConsentTexts(ResponseBody):
    """The texts in force."""

    language: str
    items: list[ConsentTextRead]


class ConsentsIn(RequestBody):
    """Which versions were read and agreed to."""

    versions: Annotated[
        dict[ConsentKind, Annotated[str, Field(max_length=40)]],
        Field(min_length=1, examples=[{"personal_data": "2026-11", "contribution": "2026-11"}]),
    ]
    language: LanguageIn


class PasswordChange(RequestBody):
    """Change one's own password."""

    old_password: Annotated[SecretStr, Field(max_length=200)]
    new_password: Password


class DeletionOffer(ResponseBody):
    """What to send back if one really means it."""

    confirmation: str
    expires_in: Annotated[int, Field(description="Seconds that the confirmation works.")]


class DeletionConfirm(RequestBody):
    """Yes, forget me."""

    confirmation: Annotated[SecretStr, Field(min_length=1, max_length=100)]


class AccountIn(RequestBody):
    """A new account of a colleague."""

    login: Annotated[str, Field(min_length=2, max_length=100, pattern=r"^\S+$")]
    password: Password
    role: Role
    display_name: DisplayName = ""
    district_ids: Districts = []


class AccountPatch(RequestBody):
    """What to change; what is not given stays."""

    role: Role | None = None
    display_name: DisplayName | None = None
    email: Annotated[str | None, Field(max_length=254)] = None
    password: Password | None = None
    district_ids: Districts | None = None


class BanIn(RequestBody):
    """Why an account is closed; colleagues read it."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class ManagedAccount(ResponseBody):
    """An account as those see it who look after accounts."""

    id: UUID
    role: Role
    state: AccountState
    display_name: str
    login: str | None
    email: str | None
    phone: str | None
    district_ids: list[UUID]
    has_second_factor: bool
    is_demo: bool
    created_at: datetime
    banned_at: datetime | None
    ban_reason: str | None


class AccountList(ResponseBody):
    """Accounts, newest first."""

    items: list[ManagedAccount]
    next: Annotated[str | None, Field(description="Address of the next page.")]
