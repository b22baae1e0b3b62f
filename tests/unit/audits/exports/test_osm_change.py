"""The change file says what is known, about objects of the map only, and pyosmium reads it."""

import io
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import osmium
import pytest

from audits.exports.osm_change import OsmEdit, propose_edits, write_osm_change
from audits.exports.published import PublishedPlace
from audits.models import FactRow
from geo.geojson import point
from geo.ids import uuid7
from geo.places.kinds import ElementKind, PlaceKind, PlaceState, Sector
from geo.places.models import Element, Place

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _place(*, word: int = 0, osm_id: int | None = 77, **tags: str) -> Place:
    return Place(
        id=uuid7(),
        kind=PlaceKind.BUILDING,
        state=PlaceState.ACTIVE,
        category="clinic",
        sector=Sector.HEALTH,
        osm_type="way" if osm_id else None,
        osm_id=osm_id,
        osm_tags={key.replace("_", ":"): value for key, value in tags.items()},
        point=point(76.93, 43.24),
        entry_words=[word] * 6,
        service_words=[word] * 6,
    )


def _entrance(place: Place, node: int | None = 501, **tags: str) -> Element:
    return Element(
        id=uuid7(),
        place_id=place.id,
        kind=ElementKind.ENTRANCE,
        osm_node_id=node,
        osm_tags=tags,
        geom=point(76.931, 43.241),
    )


def _fact(field: str, value: object, element: Element | None = None, **more: Any) -> FactRow:  # noqa: ANN401
    return FactRow(
        element_id=None if element is None else element.id,
        field=field,
        value=value,
        observed_at=NOW,
        **{"state": "value", "operator": "=", "method": "tape", "precision": None, **more},
    )


@pytest.mark.parametrize(("word", "value"), [(3, "yes"), (2, "limited"), (1, "no"), (0, None)])
def test_wheelchair_follows_the_word(word: int, value: str | None) -> None:
    """Unknown is never written."""
    place = _place(word=word)
    edits = propose_edits(PublishedPlace(place, [], [_fact("desk.height", 800)]))
    assert [edit.tags for edit in edits] == ([] if value is None else [{"wheelchair": value}])


def test_measures_of_a_door_go_to_its_node() -> None:
    """Width, threshold, steps, ramp and automation, in metres and words of the map."""
    place = _place()
    door = _entrance(place)
    facts = [
        _fact("door.clear_width", 920, door),
        _fact("door.threshold", 15, door),
        _fact("stairs.count", 3, door),
        _fact("ramp.kind", "rail_track", door),
        _fact("door.automatic", "button", door),
    ]
    (edit,) = propose_edits(PublishedPlace(place, [door], facts))
    assert (edit.kind, edit.id) == ("node", 501)
    assert edit.tags == {
        "automatic_door": "button",
        "kerb:height": "0.015",
        "ramp:wheelchair": "no",
        "step_count": "3",
        "width": "0.92",
    }


@pytest.mark.parametrize(
    "more",
    [{"operator": ">="}, {"method": "claimed"}, {"method": "estimate"}, {"state": "absent"}],
)
def test_what_is_not_measured_is_not_written(more: dict[str, str]) -> None:
    """Bounds, claims of other registers and guesses are no width for the map."""
    place = _place()
    door = _entrance(place)
    fact = _fact("door.clear_width", None if "state" in more else 900, door, **more)
    assert propose_edits(PublishedPlace(place, [door], [fact])) == []


def test_a_word_that_rests_on_claims_is_not_passed_on() -> None:
    """One claim of another register among the facts keeps the word at home."""
    place = _place(word=3)
    facts = [_fact("desk.height", 800), _fact("staff.help", value=True, method="claimed")]
    assert propose_edits(PublishedPlace(place, [], facts)) == []


def test_objects_that_the_map_does_not_have_are_left_out() -> None:
    """No OSM id, no edit; what the map already says is not said again."""
    place = _place(word=3, osm_id=None)
    door = _entrance(place, node=None)
    facts = [_fact("door.clear_width", 920, door)]
    assert propose_edits(PublishedPlace(place, [door], facts)) == []
    same = _place(word=3, wheelchair="yes")
    assert propose_edits(PublishedPlace(same, [], [_fact("desk.height", 800)])) == []


async def _stream(edits: Iterable[OsmEdit]) -> AsyncIterator[OsmEdit]:
    for edit in edits:
        yield edit


async def test_pyosmium_reads_the_file(tmp_path: Path) -> None:
    """Ids, tags and odd characters come back as written."""
    place = _place(word=2, wheelchair="no")
    door = _entrance(place)
    facts = [_fact("door.clear_width", 920, door)]
    edits = propose_edits(PublishedPlace(place, [door], facts))
    edits.append(OsmEdit("node", 9, place.id, {"entrance": 'ма"in <&>\x07'}, before={"a": "--"}))
    out = io.BytesIO()
    assert await write_osm_change(_stream(edits), out) == 3
    path = tmp_path / "esik.osc"
    path.write_bytes(out.getvalue())
    read = {
        (item.type_str(), item.id): {tag.k: tag.v for tag in item.tags}
        for item in osmium.FileProcessor(str(path))
    }
    assert set(read) == {("w", 77), ("n", 501), ("n", 9)}
    assert read["w", 77]["wheelchair"] == "limited"
    assert read["n", 501]["width"] == "0.92"
    assert read["n", 501]["source"] == "survey"
    assert "compare" in read["n", 501]["note"]
    assert read["n", 9]["entrance"] == 'ма"in <&>'
    assert b"on the map now: wheelchair=no" in out.getvalue()
