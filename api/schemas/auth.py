"""Bodies of sign-in."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr

from api.schemas.base import RequestBody, ResponseBody
from audits.accounts.roles import Role


class PasswordSignIn(RequestBody):
    """Sign in with a login and a password."""

    login: Annotated[str, Field(min_length=1, max_length=100, examples=["volunteer"])]
    password: Annotated[SecretStr, Field(max_length=200, examples=["volunteer-demo"])]


class RefreshRequest(RequestBody):
    """Spend a refresh token."""

    refresh_token: Annotated[SecretStr, Field(max_length=200)]


class TokenPair(ResponseBody):
    """An access token for the next minutes and a refresh token for the next time."""

    access_token: str
    token_type: str
    expires_in: Annotated[int, Field(description="Seconds until the access token ends.")]
    refresh_token: str


class AccountRead(ResponseBody):
    """Who is signed in."""

    id: UUID
    role: Role
    district_ids: Annotated[
        list[UUID], Field(description="Districts of a reviewer; empty means the whole city.")
    ]
