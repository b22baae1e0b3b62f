"""Steps that many stories begin with."""

import asyncio
import time
from typing import Any
from uuid import UUID

import httpx2

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support.bodies import audit_of_a_ramp
from tests.support.machine import PATIENCE_S


async def approve(city: SmallCity, body: dict[str, Any], audit_id: UUID | None = None) -> UUID:
    """Send an audit as the volunteer and let the reviewer approve it; gives its id."""
    audit_id = audit_id or uuid7()
    sent = await city.client.put(
        f"/v1/audits/{audit_id}", json=body, headers={**city.volunteer, "If-None-Match": "*"}
    )
    assert sent.status_code == 201, sent.text
    decided = await city.client.post(
        f"/v1/audits/{audit_id}/decisions",
        json={"outcome": "approve"},
        headers={**city.reviewer, "If-Match": sent.headers["ETag"]},
    )
    assert decided.status_code == 201, decided.text
    return audit_id


async def approve_a_ramp(city: SmallCity) -> UUID:
    """Give the school an entrance with a good ramp; gives the entrance's id."""
    element_id = uuid7()
    await approve(city, audit_of_a_ramp(city.place_id, element_id))
    return element_id


async def decide(
    city: SmallCity, audit_id: object, etag: str, **decision: object
) -> httpx2.Response:
    """Let the reviewer decide about one version of an audit."""
    decided = await city.client.post(
        f"/v1/audits/{audit_id}/decisions",
        json=decision,
        headers={**city.reviewer, "If-Match": etag},
    )
    assert decided.status_code == 201, decided.text
    return decided


async def await_route(city: SmallCity, query: dict[str, str], *, found: bool) -> dict[str, Any]:
    """Ask until the change feed has reached the router; gives the way, or why there is none."""
    until = time.monotonic() + PATIENCE_S
    while True:
        answer = dict((await city.client.get("/v1/routes", params=query)).json())
        if answer["properties"]["found"] is found:
            return answer
        assert time.monotonic() < until, answer["properties"]
        await asyncio.sleep(0.02)
