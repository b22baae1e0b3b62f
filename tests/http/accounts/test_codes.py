"""One-time codes: the answers tell nothing, the code works once, and guessing ends soon."""

import psycopg

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support.bodies import audit_of_a_ramp
from tests.support.clients import hold_clock
from tests.support.devices import LetterBox, Phone, bearer


async def _ask(city: SmallCity, to: str) -> int:
    answer = await city.client.post("/v1/auth/codes", json={"to": to, "language": "ru"})
    return answer.status_code


async def _prove(city: SmallCity, to: str, code: str) -> tuple[int, dict[str, object]]:
    answer = await city.client.post("/v1/auth/codes/verify", json={"to": to, "code": code})
    return answer.status_code, answer.json()


async def test_a_code_signs_in_and_finds_the_same_person_again(
    small_city: SmallCity, letters: LetterBox, libpq_url: str
) -> None:
    """However the number is written, it is one person; a code works once; no code is stored."""
    assert await _ask(small_city, "8 701 234-56-78") == 202
    code = await letters.read_code()
    status, first = await _prove(small_city, "+77012345678", code)
    assert status == 200
    assert (await _prove(small_city, "+77012345678", code))[0] == 401
    assert await _ask(small_city, "+7 (701) 234 56 78") == 202
    message = (await letters.deliver())[-1]
    assert message.text("sms").endswith(f"@esik.test #{message.code}")
    status, second = await _prove(small_city, "87012345678", message.code)
    assert second["account_id"] == first["account_id"]
    with psycopg.connect(libpq_url) as connection:
        text = connection.execute(
            "SELECT string_agg(t::text, ' ') FROM one_time_codes t"
        ).fetchone()
        jobs = connection.execute(
            "SELECT string_agg(t::text, ' ') FROM procrastinate_jobs t"
        ).fetchone()
    assert text
    assert jobs
    assert code not in text[0]
    assert code not in jobs[0]
    assert "7012345678" not in jobs[0]


async def test_answers_do_not_tell_whose_address_it_is(
    small_city: SmallCity, letters: LetterBox, libpq_url: str
) -> None:
    """Known, unknown and staff addresses answer alike, and staff get no code."""
    with psycopg.connect(libpq_url) as connection:
        connection.execute("UPDATE accounts SET email = 'anna@mail.kz' WHERE login = 'anna'")
        connection.execute("UPDATE accounts SET email = 'r@akimat.kz' WHERE login = 'reviewer'")
    answers = []
    for to in ("anna@mail.kz", "nobody@mail.kz", "r@akimat.kz"):
        asked = await small_city.client.post("/v1/auth/codes", json={"to": to})
        _status, wrong = await _prove(small_city, to, "000000x")
        unlike = ("instance", "request_id")
        answers.append((asked.status_code, asked.json(), {
            name: value for name, value in wrong.items() if name not in unlike
        }))  # fmt: skip
    assert answers[0] == answers[1] == answers[2]
    sent = await letters.deliver()
    assert {message.to.address for message in sent} == {"anna@mail.kz", "nobody@mail.kz"}


async def test_guessing_ends_soon(small_city: SmallCity, letters: LetterBox) -> None:
    """After five wrong guesses the right code is dead, and asking for more codes ends as well."""
    to = "someone@mail.kz"
    with hold_clock():
        assert await _ask(small_city, to) == 202
        code = await letters.read_code()
        wrong = "111111" if code != "111111" else "222222"
        assert [(await _prove(small_city, to, wrong))[0] for _ in range(5)] == [401] * 5
        assert (await _prove(small_city, to, code))[0] == 401
        asked = [await _ask(small_city, to) for _ in range(3)]
        statuses = {(await _prove(small_city, to, wrong))[0] for _ in range(12)}
    assert asked == [202, 202, 429]
    assert statuses == {401, 429}


async def test_an_address_must_be_one(small_city: SmallCity) -> None:
    """What cannot get a message is refused before anything is stored."""
    for to in ("not an address", "12345", "a@b", "+7 727 123 45 67 89", "x@-.kz"):
        assert await _ask(small_city, to) == 422, to


async def test_a_pseudonym_is_claimed(small_city: SmallCity, letters: LetterBox) -> None:
    """Attach a phone: the account stays, and a new phone finds it by code."""
    device = Phone(small_city.client)
    session = (await device.register()).json()["session"]
    to = {"to": "+77770001122", "language": "kk"}
    asked = await small_city.client.post("/v1/account/contacts", json=to, headers=bearer(session))
    assert asked.status_code == 202
    code = await letters.read_code()
    stranger = await _prove(small_city, "+77770001122", code)
    assert stranger[0] == 401, "a code for a claim signs nobody in"
    proven = await small_city.client.post(
        "/v1/account/contacts/verify", json={**to, "code": code}, headers=bearer(session)
    )
    assert proven.status_code == 200, proven.text
    assert proven.json()["account_id"] == session["account_id"]
    assert await _ask(small_city, "+77770001122") == 202
    found = await _prove(small_city, "+77770001122", await letters.read_code())
    assert found[1]["account_id"] == session["account_id"]


async def test_two_accounts_of_one_person_become_one(
    small_city: SmallCity, letters: LetterBox
) -> None:
    """The audit of the pseudonym belongs to the person afterwards; the old session is over."""
    assert await _ask(small_city, "dana@mail.kz") == 202
    _status, elder = await _prove(small_city, "dana@mail.kz", await letters.read_code())
    device = Phone(small_city.client)
    session = (await device.register()).json()["session"]
    texts = (await small_city.client.get("/v1/consents")).json()["items"]
    agreed = {
        "versions": {text["kind"]: text["version"] for text in texts}, "language": "kk",
    }  # fmt: skip
    await small_city.client.put("/v1/account/consents", json=agreed, headers=bearer(session))
    audit = f"/v1/audits/{uuid7()}"
    sent = await small_city.client.put(
        audit,
        json=audit_of_a_ramp(small_city.place_id, uuid7()),
        headers={**bearer(session), "If-None-Match": "*"},
    )
    assert sent.status_code == 201
    to = {"to": "Dana@Mail.kz"}
    await small_city.client.post("/v1/account/contacts", json=to, headers=bearer(session))
    proven = await small_city.client.post(
        "/v1/account/contacts/verify",
        json={**to, "code": await letters.read_code()},
        headers=bearer(session),
    )
    assert proven.json()["account_id"] == elder["account_id"]
    mine = await small_city.client.get(audit, headers=bearer(proven.json()))
    assert mine.status_code == 200
    over = await small_city.client.get(audit, headers=bearer(session))
    assert over.status_code == 401
    assert (await device.sign_in()).json()["account_id"] == elder["account_id"]


async def test_nobody_merges_into_staff(
    small_city: SmallCity, letters: LetterBox, libpq_url: str
) -> None:
    """A claim of a reviewer's address gets no code: the audits would be decided by their author."""
    with psycopg.connect(libpq_url) as connection:
        connection.execute("UPDATE accounts SET email = 'r@akimat.kz' WHERE login = 'reviewer'")
    session = (await Phone(small_city.client).register()).json()["session"]
    asked = await small_city.client.post(
        "/v1/account/contacts", json={"to": "r@akimat.kz"}, headers=bearer(session)
    )
    assert asked.status_code == 202
    assert await letters.deliver() == []
