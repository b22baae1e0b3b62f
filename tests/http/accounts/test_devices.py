"""A phone becomes an account with its key alone, and stops being one when it is lost."""

from datetime import UTC, datetime, timedelta

import psycopg

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support.bodies import audit_of_a_ramp
from tests.support.devices import Phone, bearer


async def _agree(city: SmallCity, headers: dict[str, str]) -> None:
    texts = (await city.client.get("/v1/consents")).json()["items"]
    versions = {text["kind"]: text["version"] for text in texts}
    body = {"versions": versions, "language": "ru"}
    answer = await city.client.put("/v1/account/consents", json=body, headers=headers)
    assert answer.status_code == 204, answer.text


async def test_a_phone_contributes_without_a_name(small_city: SmallCity) -> None:
    """Register, agree, send: the audit carries the device, and the consent is on record."""
    phone = Phone(small_city.client)
    made = await phone.register(name="Мой телефон")
    assert made.status_code == 201, made.text
    headers = bearer(made.json()["session"])
    address = f"/v1/audits/{uuid7()}"
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    new = {**headers, "If-None-Match": "*"}
    refused = await small_city.client.put(address, json=body, headers=new)
    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/consent-required"
    assert {each["kind"] for each in refused.json()["missing"]} == {
        "personal_data", "contribution",
    }  # fmt: skip
    await _agree(small_city, headers)
    sent = await small_city.client.put(address, json=body, headers=new)
    assert sent.status_code == 201, sent.text
    me = (await small_city.client.get("/v1/auth/me", headers=headers)).json()
    assert (me["role"], me["missing_consents"]) == ("volunteer", [])


async def test_an_outdated_consent_counts_for_nothing(small_city: SmallCity) -> None:
    """Who agrees to a version that is not in force is told which one is."""
    headers = bearer((await Phone(small_city.client).register()).json()["session"])
    body = {"versions": {"personal_data": "1999"}, "language": "kk"}
    answer = await small_city.client.put("/v1/account/consents", json=body, headers=headers)
    assert answer.status_code == 409
    assert answer.json()["version"] != "1999"


async def test_registering_again_gives_the_same_account(small_city: SmallCity) -> None:
    """A phone that missed the answer asks again and does not become two people."""
    phone = Phone(small_city.client)
    first, again = await phone.register(), await phone.register()
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["session"]["account_id"] == again.json()["session"]["account_id"]
    signed_in = await phone.sign_in()
    assert signed_in.json()["account_id"] == first.json()["session"]["account_id"]


async def test_a_challenge_works_once_and_soon(small_city: SmallCity, libpq_url: str) -> None:
    """A proof that was overheard opens nothing, and an old challenge neither."""
    phone = Phone(small_city.client)
    await phone.register()
    proof = phone.proof(await phone.challenge())
    first = await small_city.client.post("/v1/auth/device", json=proof)
    again = await small_city.client.post("/v1/auth/device", json=proof)
    assert (first.status_code, again.status_code) == (200, 401)
    late = phone.proof(await phone.challenge())
    with psycopg.connect(libpq_url) as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute("UPDATE device_challenges SET expires_at = %s", [past])
    assert (await small_city.client.post("/v1/auth/device", json=late)).status_code == 401


async def test_a_signature_for_one_thing_is_none_for_another(small_city: SmallCity) -> None:
    """A registration's signature signs nobody in, and one phone cannot speak for another."""
    phone, thief = Phone(small_city.client), Phone(small_city.client)
    await phone.register()
    challenge = await phone.challenge()
    stolen = {
        **phone.proof(challenge),
        "signature": phone.registration(challenge)["signature"],
    }
    assert (await small_city.client.post("/v1/auth/device", json=stolen)).status_code == 401
    foreign = {**thief.proof(challenge), "key_id": phone.key_id}
    assert (await small_city.client.post("/v1/auth/device", json=foreign)).status_code == 401
    forged = {**thief.registration(challenge), "public_key": phone.jwk}
    assert (await small_city.client.post("/v1/devices", json=forged)).status_code == 401


async def test_a_lost_phone_ends_at_once(small_city: SmallCity) -> None:
    """Revoked from another device: its access, refresh and key are all dead; others live."""
    lost, kept = Phone(small_city.client), Phone(small_city.client)
    session = (await lost.register()).json()["session"]
    other = (await kept.register(bearer(session))).json()
    assert other["session"]["account_id"] == session["account_id"]
    mine = bearer(other["session"])
    listed = (await small_city.client.get("/v1/devices", headers=mine)).json()["items"]
    assert [device["key_id"] for device in listed] == [lost.key_id, kept.key_id]
    address = f"/v1/devices/{listed[0]['id']}"
    assert (await small_city.client.delete(address, headers=mine)).status_code == 204
    assert (await small_city.client.delete(address, headers=mine)).status_code == 204
    dead = await small_city.client.get("/v1/auth/me", headers=bearer(session))
    assert dead.status_code == 401
    again = {"refresh_token": session["refresh_token"]}
    assert (await small_city.client.post("/v1/auth/refresh", json=again)).status_code == 401
    assert (await lost.sign_in()).status_code == 401
    assert (await lost.register()).status_code == 401
    assert (await small_city.client.get("/v1/auth/me", headers=mine)).status_code == 200


async def test_a_strangers_device_is_not_found(small_city: SmallCity) -> None:
    """Nobody revokes or takes over somebody else's phone."""
    phone = Phone(small_city.client)
    device = (await phone.register()).json()["device"]
    foreign = await small_city.client.delete(
        f"/v1/devices/{device['id']}", headers=small_city.volunteer
    )
    assert foreign.status_code == 404
    taken = await phone.register(small_city.volunteer)
    assert taken.status_code == 409
    assert (await phone.sign_in()).status_code == 200
