"""Devices: who signed something, told by the key that only their phone holds.

A key belongs to one account. Revoking it ends its sessions and its signatures; what it signed and
sent before stays where it is.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.models import Account, Device
from audits.accounts.roles import AccountState
from audits.accounts.signatures import InvalidDeviceSignatureError, check_signature


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
