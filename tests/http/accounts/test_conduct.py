"""Odd conduct reaches the reviewer as a flag, and refuses nothing."""

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support.bodies import audit_of_a_ramp


async def test_a_flight_through_the_city_is_flagged(small_city: SmallCity) -> None:
    """Two audits of one volunteer, 8 km and no minute apart: both stored, the second flagged."""
    flags = []
    for lon in (76.9305, 76.8305):
        body = audit_of_a_ramp(small_city.place_id, uuid7())
        body["position"]["lon"] = lon
        path = f"/v1/audits/{uuid7()}"
        new = {**small_city.volunteer, "If-None-Match": "*"}
        sent = await small_city.client.put(path, json=body, headers=new)
        assert sent.status_code == 201, sent.text
        seen = await small_city.client.get(
            path.replace("/v1/", "/v1/review/"), headers=small_city.reviewer
        )
        flags.append({flag["code"]: flag["params"] for flag in seen.json()["flags"]})
    assert "impossible_travel" not in flags[0]
    assert flags[1]["impossible_travel"]["distance_m"] > 7_000
