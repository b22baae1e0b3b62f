"""Devices: register a phone's key, sign in with it, list and revoke one's own."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status

from api.bodies import SmallBodyRoute
from api.client_address import limit_address
from api.dependencies import AppState, CurrentActor, MaybeActor, Now, ReadDb, WriteDb
from api.problems import problems
from api.schemas.auth import (
    ChallengeRead,
    DeviceIn,
    DeviceList,
    DeviceRead,
    DeviceRegistered,
    DeviceSignIn,
    TokenPair,
)
from api.sessions import begin_session
from audits.accounts import devices
from audits.accounts.jwk import InvalidDeviceKeyError
from audits.accounts.service import TooManyAttemptsError
from audits.accounts.signatures import InvalidDeviceSignatureError
from audits.accounts.tokens import InvalidTokenError

router = APIRouter(tags=["sign-in"], route_class=SmallBodyRoute)

# A whole audit day may sit behind one mobile network's address.
_challenges = Depends(limit_address("challenges", count=1_000, window=timedelta(minutes=15)))
_registrations = Depends(limit_address("registrations", count=300, window=timedelta(hours=1)))


@router.post(
    "/v1/auth/challenges",
    operation_id="makeChallenge",
    summary="Get something to sign",
    status_code=status.HTTP_201_CREATED,
    responses=problems(TooManyAttemptsError),
    dependencies=[_challenges],
)
async def make_challenge(db: WriteDb, now: Now) -> ChallengeRead:
    """Give random text for a device to sign; it works once and for five minutes."""
    challenge = await devices.make_challenge(db, now=now)
    return ChallengeRead(challenge=challenge.text, expires_at=challenge.expires_at)


@router.post(
    "/v1/auth/device",
    operation_id="signInWithDevice",
    summary="Sign in with a key",
    responses=problems(InvalidDeviceSignatureError),
)
async def sign_in(body: DeviceSignIn, state: AppState, db: WriteDb, now: Now) -> TokenPair:
    """Begin a session for a registered device that signed a fresh challenge."""
    device = await devices.sign_in_device(
        db, key_id=body.key_id, challenge=body.challenge, signature=body.signature, now=now
    )
    return await begin_session(
        db, state, account_id=device.account_id, device_id=device.id, now=now
    )


@router.post(
    "/v1/devices",
    operation_id="registerDevice",
    summary="Register a device",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": DeviceRegistered, "description": "The key was registered before."},
        **problems(
            InvalidDeviceKeyError,
            InvalidDeviceSignatureError,
            InvalidTokenError,
            devices.DeviceKeyTakenError,
            devices.TooManyDevicesError,
            TooManyAttemptsError,
        ),
    },
    dependencies=[_registrations],
)
async def register(
    body: DeviceIn,
    state: AppState,
    db: WriteDb,
    actor: MaybeActor,
    now: Now,
    response: Response,
) -> DeviceRegistered:
    """Store the key of a phone and begin a session on it.

    Whoever is signed in gets one more device; a stranger gets a new account without a name. The
    phone signs to prove that it holds the key, and may ask again when an answer was lost.
    """
    device, created = await devices.register_device(
        db,
        jwk=body.public_key.model_dump(),
        challenge=body.challenge,
        signature=body.signature,
        name=body.name,
        language=body.language,
        account_id=actor.account_id if actor else None,
        now=now,
    )
    if not created:
        response.status_code = status.HTTP_200_OK
    session = await begin_session(
        db, state, account_id=device.account_id, device_id=device.id, now=now
    )
    return DeviceRegistered(device=DeviceRead.model_validate(device), session=session)


@router.get(
    "/v1/devices",
    operation_id="listDevices",
    summary="My devices",
    responses=problems(InvalidTokenError),
)
async def list_devices(db: ReadDb, actor: CurrentActor) -> DeviceList:
    """List the active devices of one's own account, oldest first."""
    found = await devices.list_devices(db, account_id=actor.account_id)
    return DeviceList(items=[DeviceRead.model_validate(device) for device in found])


@router.delete(
    "/v1/devices/{device_id}",
    operation_id="revokeDevice",
    summary="Revoke a device",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(InvalidTokenError, devices.DeviceNotFoundError),
)
async def revoke(device_id: UUID, db: WriteDb, actor: CurrentActor, now: Now) -> Response:
    """End a lost phone: its key proves nothing any more and its sessions end at once."""
    await devices.revoke_device(db, account_id=actor.account_id, device_id=device_id, now=now)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
