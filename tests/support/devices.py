"""A phone with a key of its own, and a letter box for one-time codes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from audits.accounts.codes import send_code
from audits.accounts.contacts import Channel
from audits.accounts.devices import REGISTRATION, SIGN_IN, proof_payload
from audits.accounts.jwk import JsonWebKey, public_jwk, thumbprint
from audits.accounts.models import OneTimeCode
from audits.accounts.senders import CodeMessage
from audits.accounts.signatures import sign
from geo.db.session import session_factory


@dataclass
class Phone:
    """A phone that registers and signs in as the documentation says."""

    client: httpx2.AsyncClient
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def jwk(self) -> JsonWebKey:
        """Give the public key."""
        return public_jwk(self.key.public_key())

    @property
    def key_id(self) -> str:
        """Give the key's thumbprint."""
        return thumbprint(self.jwk)

    async def challenge(self) -> str:
        """Fetch something to sign."""
        answer = await self.client.post("/v1/auth/challenges")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["challenge"])

    def registration(self, challenge: str, **more: object) -> dict[str, Any]:
        """Build the body that registers this phone."""
        payload = proof_payload(REGISTRATION, challenge=challenge, key_id=self.key_id)
        return {
            "public_key": self.jwk,
            "challenge": challenge,
            "signature": sign(self.key, payload),
            **more,
        }

    def proof(self, challenge: str) -> dict[str, str]:
        """Build the body that signs this phone in."""
        payload = proof_payload(SIGN_IN, challenge=challenge, key_id=self.key_id)
        signature = sign(self.key, payload)
        return {"key_id": self.key_id, "challenge": challenge, "signature": signature}

    async def register(
        self, headers: dict[str, str] | None = None, **more: object
    ) -> httpx2.Response:
        """Register, as a stranger or as somebody who is signed in."""
        body = self.registration(await self.challenge(), **more)
        return await self.client.post("/v1/devices", json=body, headers=headers or {})

    async def sign_in(self) -> httpx2.Response:
        """Sign in with the key."""
        body = self.proof(await self.challenge())
        return await self.client.post("/v1/auth/device", json=body)


def bearer(pair: dict[str, Any]) -> dict[str, str]:
    """Give the header of a session."""
    return {"Authorization": f"Bearer {pair['access_token']}"}


@dataclass
class LetterBox:
    """A sender whose messages can be read, and the worker's part of sending."""

    engine: AsyncEngine
    messages: list[CodeMessage] = field(default_factory=list)

    def send(self, message: CodeMessage) -> None:
        """Keep a message."""
        self.messages.append(message)

    async def deliver(self) -> list[CodeMessage]:
        """Send every code that waits, as the worker would; gives what was sent now."""
        before = len(self.messages)
        sessions = session_factory(self.engine)
        async with AsyncSession(self.engine) as db:
            ids: list[UUID] = list(
                await db.scalars(
                    select(OneTimeCode.id)
                    .where(OneTimeCode.sent_at.is_(None))
                    .order_by(OneTimeCode.created_at, OneTimeCode.id)
                )
            )
        for code_id in ids:
            await send_code(
                sessions,
                {Channel.SMS: self, Channel.EMAIL: self},
                code_id=code_id,
                host="esik.test",
                now=datetime.now(UTC),
            )
        return self.messages[before:]

    async def read_code(self) -> str:
        """Deliver and give the newest code."""
        return (await self.deliver())[-1].code
