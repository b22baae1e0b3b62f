"""Staff: two factors, sessions that cannot be copied, and accounts that are looked after."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import psycopg
import pyotp

from geo.ids import uuid7
from tests.http.conftest import DISTRICT_ID, PASSWORD, SmallCity
from tests.support.bodies import audit_of_a_ramp
from tests.support.clients import sign_in
from tests.support.devices import Phone, bearer


async def _token(city: SmallCity, login: str, second_factor: str | None = None) -> httpx2.Response:
    body = {"login": login, "password": PASSWORD, "second_factor": second_factor}
    return await city.client.post("/v1/auth/token", json=body)


def _kind(answer: httpx2.Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def _enrol(city: SmallCity, headers: dict[str, str]) -> tuple[pyotp.TOTP, list[str], str]:
    """Set a second factor up; gives the app, the recovery codes and the code that was used."""
    offer = await city.client.post("/v1/account/second-factor", headers=headers)
    app = pyotp.TOTP(offer.json()["secret"])
    assert offer.json()["uri"].startswith("otpauth://totp/Esik:reviewer?")
    code = app.now()
    wrong = await city.client.post(
        "/v1/account/second-factor/confirm", json={"code": "12345x"}, headers=headers
    )
    assert _kind(wrong) == "wrong-second-factor"
    done = await city.client.post(
        "/v1/account/second-factor/confirm", json={"code": code}, headers=headers
    )
    assert done.status_code == 200, done.text
    return app, done.json()["recovery_codes"], code


async def test_two_factors_and_no_code_twice(
    small_city: SmallCity, admin: dict[str, str], libpq_url: str
) -> None:
    """A password alone is not enough, every code works once, and a reset begins anew."""
    app, recovery, used = await _enrol(small_city, small_city.reviewer)
    assert _kind(await _token(small_city, "reviewer")) == "second-factor-required"
    assert _kind(await _token(small_city, "reviewer", used)) == "wrong-second-factor"
    # The next step is within the drift that a slow clock is forgiven.
    following = app.at(datetime.now(UTC) + timedelta(seconds=30))
    assert (await _token(small_city, "reviewer", following)).status_code == 200
    assert _kind(await _token(small_city, "reviewer", following)) == "wrong-second-factor"
    assert (await _token(small_city, "reviewer", recovery[0].lower())).status_code == 200
    assert _kind(await _token(small_city, "reviewer", recovery[0])) == "wrong-second-factor"
    with psycopg.connect(libpq_url) as connection:
        row = connection.execute(
            "SELECT id, totp_secret FROM accounts WHERE login = 'reviewer'"
        ).fetchone()
    assert row is not None
    assert app.secret not in row[1]
    path = f"/v1/accounts/{row[0]}/second-factor"
    assert (await small_city.client.delete(path, headers=admin)).status_code == 204
    old = await small_city.client.get("/v1/auth/me", headers=small_city.reviewer)
    assert old.status_code == 401
    assert (await _token(small_city, "reviewer")).status_code == 200


async def test_refreshing_never_forks(small_city: SmallCity, libpq_url: str) -> None:
    """Two tabs get the same next token; a copied old one ends the session for everybody."""
    client = small_city.client
    session = (await _token(small_city, "anna")).json()

    async def refresh(token: str) -> httpx2.Response:
        return await client.post("/v1/auth/refresh", json={"refresh_token": token})

    first = session["refresh_token"]
    one, other = (await refresh(first)).json(), (await refresh(first)).json()
    assert one["refresh_token"] == other["refresh_token"]
    assert (await refresh(one["refresh_token"])).status_code == 200
    with psycopg.connect(libpq_url) as connection:
        connection.execute("UPDATE refresh_tokens SET used_at = used_at - interval '2 minutes'")
    newest = (await refresh((await _token(small_city, "anna")).json()["refresh_token"])).json()
    assert (await refresh(first)).status_code == 401
    assert (await refresh(one["refresh_token"])).status_code == 401
    assert (await refresh(newest["refresh_token"])).status_code == 200, "another family lives on"
    # The database knows nothing that gives the next token.
    with psycopg.connect(libpq_url) as connection:
        rows = connection.execute("SELECT string_agg(t::text, ' ') FROM refresh_tokens t")
        text = str(rows.fetchone())
    assert first not in text
    assert one["refresh_token"] not in text


async def test_signing_out_everywhere_ends_access_at_once(small_city: SmallCity) -> None:
    """Old access tokens are dead the same second; a new sign-in in that second works."""
    elsewhere = await sign_in(small_city.client, "anna", PASSWORD)
    await small_city.client.post("/v1/auth/sign-out-everywhere", headers=small_city.volunteer)
    for headers in (elsewhere, small_city.volunteer):
        assert (await small_city.client.get("/v1/auth/me", headers=headers)).status_code == 401
    again = await sign_in(small_city.client, "anna", PASSWORD)
    assert (await small_city.client.get("/v1/auth/me", headers=again)).status_code == 200


async def test_a_new_password_ends_the_other_sessions(small_city: SmallCity) -> None:
    """The old password must be known, the new one long; the answer is a session of its own."""
    path, headers = "/v1/account/password", small_city.volunteer

    async def change(old: str, new: str) -> httpx2.Response:
        body = {"old_password": old, "new_password": new}
        return await small_city.client.post(path, json=body, headers=headers)

    assert _kind(await change("wrong", "a new long password")) == "wrong-credentials"
    assert _kind(await change(PASSWORD, "short")) == "weak-password"
    done = await change(PASSWORD, "a new long password")
    assert done.status_code == 200
    assert (await small_city.client.get("/v1/auth/me", headers=headers)).status_code == 401
    mine = bearer(done.json())
    assert (await small_city.client.get("/v1/auth/me", headers=mine)).status_code == 200


async def test_a_ban_is_at_once_and_keeps_the_evidence(
    small_city: SmallCity, admin: dict[str, str]
) -> None:
    """Tokens and the device's key die; the audit stays for the reviewer; lifting it lets in."""
    client = small_city.client
    phone = Phone(client)
    await phone.register(small_city.volunteer)
    audit_id = uuid7()
    sent = await client.put(
        f"/v1/audits/{audit_id}",
        json=audit_of_a_ramp(small_city.place_id, uuid7()),
        headers={**small_city.volunteer, "If-None-Match": "*"},
    )
    assert sent.status_code == 201
    me = (await client.get("/v1/auth/me", headers=small_city.volunteer)).json()["id"]
    ban = f"/v1/accounts/{me}/ban"
    banned = await client.post(ban, json={"reason": "Invents places"}, headers=admin)
    assert banned.json()["state"] == "banned"
    assert (await client.get("/v1/auth/me", headers=small_city.volunteer)).status_code == 401
    assert (await phone.sign_in()).status_code == 401
    assert (await _token(small_city, "anna")).status_code == 401
    seen = await client.get(f"/v1/review/audits/{audit_id}", headers=small_city.reviewer)
    assert (seen.status_code, seen.json()["author_state"]) == (200, "banned")
    await client.delete(ban, headers=admin)
    assert (await client.get("/v1/auth/me", headers=small_city.volunteer)).status_code == 401
    assert (await _token(small_city, "anna")).status_code == 200


async def test_accounts_are_looked_after_and_the_history_knows_by_whom(
    small_city: SmallCity, admin: dict[str, str], libpq_url: str
) -> None:
    """Create, give a role and districts, list; nobody locks everybody out."""
    client = small_city.client
    body: dict[str, Any] = {
        "login": "Dana", "password": PASSWORD, "role": "reviewer", "display_name": "Дана",
        "district_ids": [str(DISTRICT_ID)],
    }  # fmt: skip
    made = await client.post("/v1/accounts", json=body, headers=admin)
    assert made.status_code == 201, made.text
    assert made.json()["district_ids"] == [str(DISTRICT_ID)]
    path = made.headers["Location"]
    assert _kind(await client.post("/v1/accounts", json=body, headers=admin)) == "login-taken"
    dana = await sign_in(client, "dana", PASSWORD)
    promoted = await client.patch(path, json={"role": "manager"}, headers=admin)
    assert (promoted.json()["role"], promoted.json()["district_ids"]) == ("manager", [])
    assert (await client.get("/v1/auth/me", headers=dana)).status_code == 401
    districts = {"district_ids": [str(DISTRICT_ID)]}
    refused = await client.patch(path, json=districts, headers=admin)
    assert _kind(refused) == "districts-need-reviewer"
    found = await client.get("/v1/accounts", params={"q": "dana"}, headers=admin)
    assert [item["login"] for item in found.json()["items"]] == ["dana"]
    me = (await client.get("/v1/auth/me", headers=admin)).json()["id"]
    own = await client.patch(f"/v1/accounts/{me}", json={"role": "volunteer"}, headers=admin)
    assert _kind(own) == "own-account"
    offer = (await client.post("/v1/account/deletion", headers=admin)).json()
    last = await client.post(
        "/v1/account/deletion/confirm",
        json={"confirmation": offer["confirmation"]},
        headers=admin,
    )
    assert _kind(last) == "last-admin"
    with psycopg.connect(libpq_url) as connection:
        kinds = connection.execute(
            "SELECT kind, data FROM events WHERE actor_id = %s ORDER BY id", [me]
        ).fetchall()
    assert [kind for kind, _data in kinds] == ["account_created", "account_changed"]
    assert "Дана" not in str(kinds)


async def test_pages_of_accounts_meet(small_city: SmallCity, admin: dict[str, str]) -> None:
    """Page by page every account comes once."""
    seen: list[str] = []
    path: str | None = "/v1/accounts?limit=3"
    while path:
        page = (await small_city.client.get(path, headers=admin)).json()
        seen += [item["id"] for item in page["items"]]
        path = page["next"]
    assert len(seen) == len(set(seen)) == 4
