"""A dying phone's audits arrive through anybody, as their author's, and nothing else does."""

from typing import Any
from uuid import UUID

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec

from audits.accounts.jwk import public_jwk, thumbprint
from audits.accounts.signatures import sign
from audits.sync.bundles import bundle_payload
from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support.bodies import announce, audit_of_a_ramp
from tests.support.devices import Phone, bearer
from tests.support.photos import make_photo


async def _register(city: SmallCity) -> tuple[Phone, dict[str, str]]:
    """Give a phone of somebody new who has agreed to the texts, and their session."""
    phone = Phone(city.client)
    answer = await phone.register()
    assert answer.status_code == 201, answer.text
    headers = bearer(answer.json()["session"])
    texts = (await city.client.get("/v1/consents")).json()["items"]
    versions = {text["kind"]: text["version"] for text in texts}
    agreed = await city.client.put(
        "/v1/account/consents", json={"versions": versions, "language": "kk"}, headers=headers
    )
    assert agreed.status_code == 204, agreed.text
    return phone, headers


def _item(
    key: ec.EllipticCurvePrivateKey, body: dict[str, Any], audit_id: UUID | None = None
) -> dict[str, Any]:
    audit_id = audit_id or uuid7()
    return {
        "id": str(audit_id),
        "audit": body,
        "key_id": thumbprint(public_jwk(key.public_key())),
        "signature": sign(key, bundle_payload(audit_id, body)),
    }


async def _send(city: SmallCity, items: list[dict[str, Any]]) -> httpx2.Response:
    answer = await city.client.post(
        "/v1/bundles", json={"version": 1, "items": items}, headers=city.other_volunteer
    )
    assert answer.status_code == 200, answer.text
    return answer


async def test_a_bundle_arrives_as_its_authors(small_city: SmallCity) -> None:
    """Two authors' audits through a third phone: each is theirs, again is a replay."""
    (anna, annas), (ben, bens) = await _register(small_city), await _register(small_city)
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    items = [_item(anna.key, body), _item(ben.key, audit_of_a_ramp(small_city.place_id, uuid7()))]
    first = (await _send(small_city, items)).json()["items"]
    again = (await _send(small_city, items)).json()["items"]
    assert [item["status"] for item in (*first, *again)] == [201, 201, 200, 200]
    assert first[0]["audit"]["receipt"]
    for item, headers in zip(items, (annas, bens), strict=True):
        mine = await small_city.client.get(f"/v1/audits/{item['id']}", headers=headers)
        assert mine.status_code == 200
        carrier = await small_city.client.get(
            f"/v1/audits/{item['id']}", headers=small_city.other_volunteer
        )
        assert carrier.status_code == 404
    # The phone recovered and sends its audit itself: nothing is doubled.
    itself = await small_city.client.put(
        f"/v1/audits/{items[0]['id']}", json=body, headers={**annas, "If-None-Match": "*"}
    )
    assert itself.status_code == 200


async def test_what_was_tampered_with_is_refused_and_the_rest_stored(
    small_city: SmallCity,
) -> None:
    """Changed content, another id, an unknown key, nonsense: each with a reason."""
    phone, headers = await _register(small_city)

    def fresh() -> dict[str, Any]:
        return audit_of_a_ramp(small_city.place_id, uuid7())

    changed = _item(phone.key, fresh())
    changed["audit"] = {**changed["audit"], "depth": "passport"}
    moved = _item(phone.key, fresh()) | {"id": str(uuid7())}
    stranger = _item(ec.generate_private_key(ec.SECP256R1()), fresh())
    stolen = _item(ec.generate_private_key(ec.SECP256R1()), fresh()) | {"key_id": phone.key_id}
    nonsense = _item(phone.key, fresh()) | {"signature": "?"}
    good = _item(phone.key, fresh())
    answer = await _send(small_city, [changed, moved, stranger, stolen, nonsense, good])
    results = answer.json()["items"]
    assert [item["status"] for item in results] == [401, 401, 401, 401, 401, 201]
    assert {item["problem"]["type"] for item in results[:5]} == {
        "/problems/invalid-device-signature"
    }
    stored = await small_city.client.get("/v1/audits", headers=headers)
    assert [item["id"] for item in stored.json()["items"]] == [good["id"]]


async def test_photos_come_along(small_city: SmallCity) -> None:
    """The carrier brings the announced bytes, and no others; a stranger brings nothing."""
    phone, headers = await _register(small_city)
    content, photo_id = make_photo(), uuid7()
    body = audit_of_a_ramp(small_city.place_id, uuid7()) | {"photos": [announce(photo_id, content)]}
    item = _item(phone.key, body)
    await _send(small_city, [item])
    path = f"/v1/bundles/photos/{photo_id}/content"
    client, carrier = small_city.client, small_city.other_volunteer
    assert (await client.put(path, content=content)).status_code == 401
    assert (await client.put(path, content=b"other", headers=carrier)).status_code == 400
    sent = [(await client.put(path, content=content, headers=carrier)) for _time in range(2)]
    assert [answer.status_code for answer in sent] == [201, 200], sent[0].text
    mine = await client.get(f"/v1/audits/{item['id']}", headers=headers)
    assert mine.json()["state"] == "submitted"
    nowhere = f"/v1/bundles/photos/{uuid7()}/content"
    assert (await client.put(nowhere, content=content, headers=carrier)).status_code == 404
