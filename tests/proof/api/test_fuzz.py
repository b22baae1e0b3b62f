"""Requests by the thousand that the OpenAPI document allows, and many that it does not.

Every operation gets generated input, right and wrong, as a stranger and as an administrator, on the
real application with a real database. No answer may be a 5xx, and every status must be one that
the document names.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from api.app import create_app
from audits.accounts.roles import Role
from audits.accounts.service import create_account
from tests.http.conftest import _CITY, PASSWORD
from tests.support.clients import make_settings, open_client, sign_in
from tests.support.people import agree
from tests.support.proofs import CountProof, ProofSize

_EXAMPLES = {"short": 4, "long": 150}
"""Inputs for each operation, kind of input and person."""
_ENDS_THE_SESSION = {"signOutEverywhere", "confirmDeletion", "changePassword"}
_DECLARED_ELSEWHERE = {404, 405}
"""What the server answers to a path or method that is none of its own."""


@schemathesis.serializer("application/partial-upload")
def _send_bytes(_context: object, value: object) -> bytes:
    """Send a piece of an upload as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


async def test_no_input_breaks_an_endpoint(
    engine: AsyncEngine,
    database_url: str,
    libpq_url: str,
    clean_database: str,
    tmp_path: Path,
    proof_size: ProofSize,
    count_proof: CountProof,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No 5xx and no status that the document does not name, whatever is sent."""
    assert clean_database
    with psycopg.connect(libpq_url) as connection:
        connection.execute(_CITY)
    async with AsyncSession(engine) as db, db.begin():
        admin = await create_account(db, role=Role.ADMIN, login="admin", password=PASSWORD)
        await agree(db, admin)
    app = create_app(make_settings(database_url, tmp_path))
    seen: Counter[int] = Counter()
    wrong: dict[str, str] = {}
    async with open_client(app) as client:
        headers = await sign_in(client, "admin", PASSWORD)
        loop = asyncio.get_running_loop()

        def send(case: Case, sent_headers: dict[str, str]) -> None:
            request = _as_request(case, sent_headers)
            try:
                sending = asyncio.run_coroutine_threadsafe(client.request(**request), loop)
                answer = sending.result(60)
            except httpx2.InvalidURL:  # longer than any client sends
                return
            seen[answer.status_code] += 1
            fault = _find_fault(case.operation, answer)
            if fault:
                wrong.setdefault(fault, f"{case.as_curl_command()}\n{answer.text[:300]}")

        for operation in _operations(app.openapi()):
            name = operation.definition.raw["operationId"]
            people = [{}] if name in _ENDS_THE_SESSION else [headers, {}]
            for person in people:
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    await asyncio.to_thread(
                        _fuzz, operation, mode, send, person, _EXAMPLES[proof_size]
                    )
    capsys.readouterr()
    count_proof("requests", sum(seen.values()))
    count_proof("answers 5xx", sum(count for status, count in seen.items() if status >= 500))
    assert not wrong, "\n\n".join(f"{fault}\n{how}" for fault, how in wrong.items())


def _operations(document: dict[str, Any]) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        yield result.ok()


def _fuzz(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    send: Any,  # noqa: ANN401 - a callback
    person: dict[str, str],
    examples: int,
) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case) -> None:
        send(case, person)

    # Nothing can be wrong where nothing is taken.
    with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
        run()


def _as_request(case: Case, headers: dict[str, str]) -> dict[str, Any]:
    raw = case.as_transport_kwargs(base_url="http://esik.test")
    sent = {k: v for k, v in dict(raw.get("headers") or {}).items() if k.lower() != "authorization"}
    request = {"method": raw["method"], "url": raw["url"], "headers": {**sent, **headers}}
    for ours, theirs in (("params", "params"), ("json", "json"), ("content", "data")):
        if raw.get(theirs) is not None:
            request[ours] = raw[theirs]
    return request


def _find_fault(operation: APIOperation[Any, Any, Any, Any], answer: httpx2.Response) -> str | None:
    name, status = operation.definition.raw["operationId"], answer.status_code
    named = {int(each) for each in operation.definition.raw["responses"]}
    if status in named or status in _DECLARED_ELSEWHERE:
        return None
    return f"{name}: {status} is not documented"
