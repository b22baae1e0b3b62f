"""Devices: who signed something, told by the key that only their phone holds.

A key belongs to one account. Revoking it ends its sessions and its signatures; what it signed and
sent before stays where it is. To prove that it holds the key, a phone signs a challenge of ours:
random, good once and for five minutes.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.counters import digest
from audits.accounts.jwk import public_jwk, public_key, thumbprint
from audits.accounts.models import Account, Device, DeviceChallenge
from audits.accounts.roles import AccountState, Role
from audits.accounts.sessions import end_device_sessions
from audits.accounts.signatures import InvalidDeviceSignatureError, check_signature
from audits.history import record_event
from geo.errors import DomainError, ErrorKind
from geo.ids import uuid7

CHALLENGE_LIFETIME = timedelta(minutes=5)
MAX_DEVICES = 20
"""Active keys of one account; nobody carries more phones."""

REGISTRATION = b"esik-device-registration-v1"
SIGN_IN = b"esik-device-sign-in-v1"


class DeviceNotFoundError(DomainError):
    """No device of yours has this id."""

    code = "device-not-found"
    title = "There is no such device"
    kind = ErrorKind.NOT_FOUND


class DeviceKeyTakenError(DomainError):
    """The key belongs to another account already."""

    code = "device-key-taken"
    title = "This key belongs to another account"
    kind = ErrorKind.CONFLICT


class TooManyDevicesError(DomainError):
    """The account has as many active devices as it may."""

    code = "too-many-devices"
    title = f"An account has at most {MAX_DEVICES} devices; revoke one"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class Challenge:
    """Random text for a device to sign."""

    text: str
    expires_at: datetime


async def verify_device_signature(
    db: AsyncSession, *, key_id: str, payload: bytes, signature: str
) -> Device:
    """Give the device whose key signed the payload; `device.account_id` is the author.

    `key_id` is the JWK thumbprint (RFC 7638), `signature` base64url of r and s. The caller begins
    the payload with a line of its own (`esik-audit-v1`). Raises InvalidDeviceSignatureError for
    an unknown or revoked key, for an account that may not act, and for any other signature.
    """
    found = (
        await db.execute(
            select(Device, Account.state)
            .join(Account, Account.id == Device.account_id)
            .where(Device.key_id == key_id, Device.revoked_at.is_(None))
        )
    ).one_or_none()
    if found is None:
        raise InvalidDeviceSignatureError
    device, state = found
    check_signature(device.public_key, payload=payload, signature=signature)
    if state is not AccountState.ACTIVE:
        raise InvalidDeviceSignatureError
    return device


async def make_challenge(db: AsyncSession, *, now: datetime) -> Challenge:
    """Make a challenge that one registration or sign-in may use up."""
    challenge = Challenge(secrets.token_urlsafe(32), now + CHALLENGE_LIFETIME)
    db.add(DeviceChallenge(challenge_hash=digest(challenge.text), expires_at=challenge.expires_at))
    await db.flush()
    return challenge


def proof_payload(purpose: bytes, *, challenge: str, key_id: str) -> bytes:
    """Give the bytes to sign: purpose, challenge and key id, one a line, no last line break."""
    return b"\n".join((purpose, challenge.encode(), key_id.encode()))


async def register_device(
    db: AsyncSession,
    *,
    jwk: Mapping[str, str],
    challenge: str,
    signature: str,
    name: str,
    language: str,
    account_id: UUID | None,
    now: datetime,
) -> tuple[Device, bool]:
    """Store a device's key; gives the device and whether it is new.

    Without an account a pseudonymous one is made for it. A key that is known already is given
    back, so a phone whose answer was lost may ask again. Raises InvalidDeviceKeyError,
    InvalidDeviceSignatureError, DeviceKeyTakenError and TooManyDevicesError.
    """
    # Written anew from the parsed key, so that nothing else in the JWK is ever stored.
    clean = public_jwk(public_key(dict(jwk)))
    key_id = thumbprint(clean)
    payload = proof_payload(REGISTRATION, challenge=challenge, key_id=key_id)
    check_signature(clean, payload=payload, signature=signature)
    await _use_up(db, challenge, now=now)
    known = await db.scalar(select(Device).where(Device.key_id == key_id))
    if known is not None:
        await _check_known(db, known, account_id=account_id)
        return known, False
    if account_id is None:
        account_id = await _create_pseudonym(db, language=language)
    elif await _count_active(db, account_id) >= MAX_DEVICES:
        raise TooManyDevicesError
    device = Device(
        id=uuid7(),
        account_id=account_id,
        key_id=key_id,
        public_key=clean,
        name=name,
        created_at=now,
        last_seen_at=now,
    )
    db.add(device)
    await db.flush()
    await record_event(db, kind="device_registered", subject=device, actor_id=account_id)
    return device, True


async def sign_in_device(
    db: AsyncSession, *, key_id: str, challenge: str, signature: str, now: datetime
) -> Device:
    """Give the device that signed a fresh challenge of ours; raises InvalidDeviceSignatureError."""
    payload = proof_payload(SIGN_IN, challenge=challenge, key_id=key_id)
    device = await verify_device_signature(db, key_id=key_id, payload=payload, signature=signature)
    await _use_up(db, challenge, now=now)
    device.last_seen_at = now
    await db.flush()
    return device


async def list_devices(db: AsyncSession, *, account_id: UUID) -> Sequence[Device]:
    """List the active devices of an account, oldest first."""
    rows = await db.scalars(
        select(Device)
        .where(Device.account_id == account_id, Device.revoked_at.is_(None))
        .order_by(Device.id)
    )
    return rows.all()


async def revoke_device(
    db: AsyncSession, *, account_id: UUID, device_id: UUID, now: datetime
) -> None:
    """End a device: its key proves nothing any more, its sessions end at once.

    Raises DeviceNotFoundError for somebody else's; revoking again changes nothing.
    """
    device = await db.get(Device, device_id, with_for_update=True)
    if device is None or device.account_id != account_id:
        raise DeviceNotFoundError
    if device.revoked_at is not None:
        return
    device.revoked_at = now
    await db.flush()
    await end_device_sessions(db, device_id=device.id, now=now)
    await record_event(db, kind="device_revoked", subject=device, actor_id=account_id)


async def sweep_challenges(db: AsyncSession, *, now: datetime) -> None:
    """Remove challenges that nobody answered in time."""
    await db.execute(delete(DeviceChallenge).where(DeviceChallenge.expires_at < now))


async def _use_up(db: AsyncSession, challenge: str, *, now: datetime) -> None:
    """Delete the challenge: of two who bring the same one, only one finds it."""
    expires_at = await db.scalar(
        delete(DeviceChallenge)
        .where(DeviceChallenge.challenge_hash == digest(challenge))
        .returning(DeviceChallenge.expires_at)
    )
    if expires_at is None or expires_at <= now:
        raise InvalidDeviceSignatureError


async def _check_known(db: AsyncSession, device: Device, *, account_id: UUID | None) -> None:
    if account_id is not None and device.account_id != account_id:
        raise DeviceKeyTakenError
    account = await db.get_one(Account, device.account_id)
    if device.revoked_at is not None or account.state is not AccountState.ACTIVE:
        raise InvalidDeviceSignatureError


async def _create_pseudonym(db: AsyncSession, *, language: str) -> UUID:
    account = Account(id=uuid7(), role=Role.VOLUNTEER, state=AccountState.ACTIVE, language=language)
    db.add(account)
    await db.flush()
    await record_event(
        db, kind="account_created", subject=account, data={"role": Role.VOLUNTEER.value}
    )
    return account.id


async def _count_active(db: AsyncSession, account_id: UUID) -> int:
    return len(await list_devices(db, account_id=account_id))
