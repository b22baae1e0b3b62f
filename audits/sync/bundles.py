"""Audits that another phone carries: authorship stays with the key that signed them.

A phone that is dying exports its queue as a file; any other phone, of anybody, sends it. What
counts is the author's signature over the audit's id and the digest of its content, so a carrier
can neither change an audit nor take it for its own. The manifest inside the audit names the
digests of its photos; so their bytes need no signature.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.devices import verify_device_signature
from audits.accounts.policy import Actor
from audits.accounts.sessions import get_actor
from audits.canonical import digest
from audits.intake import Stored, put_audit
from audits.submission import Submission

PURPOSE = b"esik-audit-v1"
"""First line of what is signed: a signature for anything else does not fit."""


def bundle_payload(audit_id: UUID, body: Mapping[str, Any]) -> bytes:
    """Give the bytes that an author signs: purpose, id and digest, one a line, no last break.

    Raises ContentNotCanonicalError.
    """
    return b"\n".join((PURPOSE, str(audit_id).encode(), digest(body).encode()))


async def put_carried_audit(
    db: AsyncSession,
    *,
    carrier: Actor,
    audit_id: UUID,
    submission: Submission,
    key_id: str,
    signature: str,
    now: datetime,
) -> Stored:
    """Store an audit for its author, whoever brings it; again is a replay.

    Raises InvalidDeviceSignatureError for an unknown or revoked key, a banned author and content
    or id that the key did not sign, and everything that `put_audit` raises.
    """
    payload = bundle_payload(audit_id, submission.body)
    device = await verify_device_signature(db, key_id=key_id, payload=payload, signature=signature)
    author = await get_actor(
        db, account_id=device.account_id, device_id=device.id, limits=carrier.limits
    )
    return await put_audit(db, actor=author, audit_id=audit_id, submission=submission, now=now)
