"""One place in the words of other systems, over HTTP."""

from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from geo.ids import uuid7
from geo.places.kinds import ElementKind, PlaceState
from geo.places.models import Element
from tests.http.conftest import SmallCity
from tests.support.bodies import audit_of_a_ramp


async def test_an_approved_audit_is_in_a11yjson(small_city: SmallCity) -> None:
    """What waits for review is not shown; approved, it is there with its measures and grade."""
    client, audit_id = small_city.client, uuid7()
    path = f"/v1/places/{small_city.place_id}.a11y.json"
    sent = await client.put(
        f"/v1/audits/{audit_id}",
        json=audit_of_a_ramp(small_city.place_id, uuid7()),
        headers={**small_city.volunteer, "If-None-Match": "*"},
    )
    assert sent.status_code == 201, sent.text
    before = await client.get(path)
    assert before.status_code == 200
    assert before.headers["content-type"] == "application/geo+json"
    assert "entrances" not in before.json()["features"][0]["properties"]["accessibility"]
    decided = await client.post(
        f"/v1/audits/{audit_id}/decisions",
        json={"outcome": "approve"},
        headers={**small_city.reviewer, "If-Match": '"1"'},
    )
    assert decided.status_code == 201, decided.text
    after = await client.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    place = after.json()["features"][0]
    assert place["properties"]["category"] == "school"
    entrance = place["properties"]["accessibility"]["entrances"][0]
    assert entrance["geometry"]["coordinates"] == [76.9305, 43.2402]
    assert entrance["properties"]["door"]["width"] == {"operator": "==", "value": 0.92, "unit": "m"}
    assert entrance["properties"]["slopeAngle"]["value"] == 4.0
    again = await client.get(path, headers={"If-None-Match": after.headers["etag"]})
    assert again.status_code == 304


async def test_a_place_that_is_not_there_is_a_problem(small_city: SmallCity) -> None:
    """No place, no export; the plain place answers as before."""
    missing = await small_city.client.get(f"/v1/places/{uuid4()}.a11y.json")
    assert missing.status_code == 404
    assert missing.json()["type"].endswith("place-not-found")
    plain = await small_city.client.get(f"/v1/places/{small_city.place_id}")
    assert plain.status_code == 200


async def test_an_audit_gives_an_imported_entrance_its_position(
    small_city: SmallCity, engine: AsyncEngine
) -> None:
    """Imported without a point, it is surveyed once an approved audit says where it is."""
    element_id, audit_id = uuid7(), uuid7()
    async with AsyncSession(engine) as db, db.begin():
        db.add(
            Element(
                id=element_id,
                place_id=small_city.place_id,
                kind=ElementKind.ENTRANCE,
                state=PlaceState.ACTIVE,
                position_source="import",
            )
        )
    await small_city.client.put(
        f"/v1/audits/{audit_id}",
        json=audit_of_a_ramp(small_city.place_id, element_id),
        headers={**small_city.volunteer, "If-None-Match": "*"},
    )
    path = f"/v1/places/{small_city.place_id}"
    waiting = (await small_city.client.get(path)).json()["elements"][0]
    assert (waiting["geometry"], waiting["position_source"]) == (None, "import")
    await small_city.client.post(
        f"/v1/audits/{audit_id}/decisions",
        json={"outcome": "approve"},
        headers={**small_city.reviewer, "If-Match": '"1"'},
    )
    placed = (await small_city.client.get(path)).json()["elements"][0]
    assert placed["geometry"]["coordinates"] == [76.9305, 43.2402]
    assert placed["position_source"] == "audit"
