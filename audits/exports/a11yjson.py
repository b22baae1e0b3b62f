"""Places as A11yJSON: a PlaceInfo for each, an EquipmentInfo for each lift.

`null` says that there is none, a missing member that nobody knows. Lengths are metres, slopes
degrees, inequalities keep their operator. Where every field goes stands in the catalogue
(`a11yjson`); what the format has no place for goes to `tags` under `kz:`, with the id of the
part behind `#` when it is about a part. A number that is only bounded cannot be a count there,
so it goes to the tags as well.
"""

import math
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from audits.catalogue import Field, FieldType, latest
from audits.exports.published import PublishedPlace, iter_published
from audits.models import FactRow
from geo.geojson import read_point
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.kinds import ElementKind
from geo.places.models import Element, Place

FORMAT_VERSION = "31.1.0"
GRADES: Mapping[Word, str] = {Word.YES: "fully", Word.WITH_HELP: "partially", Word.NO: "not"}
"""Of the manual wheelchair, on to the service; unknown has no grade."""
REROUTED: Mapping[str, str] = {
    # The format knows the European key of one organisation only, and no key of restrooms.
    "wc.key_needed": "tags.kz:wc_key_needed",
    # The width of a cabin is not the circle in which one turns.
    "wc.cabin_w": "tags.kz:wc_cabin_w",
    # Reach of unnamed fittings; the format wants a piece of equipment for it.
    "reach.side_low": "tags.kz:reach_side_low",
    "reach.side_high": "tags.kz:reach_side_high",
    "reach.front_low": "tags.kz:reach_front_low",
    "reach.front_high": "tags.kz:reach_front_high",
}
"""Fields that go elsewhere than the catalogue says, and why."""

_ARRAYS = ("entrances[].", "restrooms[].", "desks[].", "rooms[].", "signageSystems[].")
_EQUIPMENT = {"lift": "elevator", "platform_lift": "wheelchairLift"}
_FROM_PLACE = "properties."
_LEVEL_UP_TO_MM = 14
_Members = dict[str, Any]


async def iter_features(
    db: AsyncSession, *, now: datetime, public_url: str | None = None
) -> AsyncIterator[_Members]:
    """Stream every active place and its lifts as GeoJSON features; memory stays bounded."""
    async for published in iter_published(db, now=now):
        for feature in describe_place(published, public_url=public_url):
            yield feature


async def find_collection(
    db: AsyncSession, *, place_id: UUID, now: datetime, public_url: str | None = None
) -> _Members | None:
    """Give one active place as a FeatureCollection, `None` when there is none."""
    async for published in iter_published(db, now=now, place_ids=[place_id]):
        return {
            "type": "FeatureCollection",
            "features": describe_place(published, public_url=public_url),
        }
    return None


def describe_place(published: PublishedPlace, *, public_url: str | None = None) -> list[_Members]:
    """Describe one place: its PlaceInfo first, then its equipment."""
    described = _Description(published)
    for fact in published.facts:
        described.add(fact)
    place = published.place
    properties = _place_properties(place, public_url)
    properties["accessibility"] = described.accessibility()
    tags = {**_place_tags(place), **described.tags}
    if tags:
        properties["tags"] = dict(sorted(tags.items()))
    if described.description:
        properties["description"] = {"und": described.description}
    feature = {
        "type": "Feature",
        "formatVersion": FORMAT_VERSION,
        "geometry": _point(read_point(place.point)),
        "properties": properties,
    }
    return [feature, *described.equipment(place)]


class _Description:
    """Facts of one place, sorted into the members of the format."""

    def __init__(self, published: PublishedPlace) -> None:
        self._place = published.place
        self._elements = {element.id: element for element in published.elements}
        self._plain: _Members = {}
        self._arrays: dict[str, dict[UUID | None, _Members]] = {}
        self._lifts: dict[tuple[str, UUID | None], _Members] = {}
        self.tags: dict[str, str] = {}
        self.description = ""
        for element in published.elements:
            if element.kind is ElementKind.ENTRANCE:
                self._array("entrances", element.id)

    def add(self, fact: FactRow) -> None:
        """Put one fact where it belongs."""
        item = latest().find(fact.field)
        path = REROUTED.get(fact.field) or (item.a11yjson if item else None)
        if item is None or path is None:
            return
        if path.startswith(_FROM_PLACE):
            if fact.field == "place.description" and fact.state == "value":
                self.description = str(fact.value)
            return
        if path.startswith("tags."):
            self._tag(path.removeprefix("tags."), item, fact)
            return
        members = _members(item, path, fact)
        if members is None:
            self._tag(f"kz:{fact.field.replace('.', '_')}", item, fact)
            return
        target, prefix = self._target(item, path, fact)
        placed = [_put(target, name.removeprefix(prefix), value) for name, value in members]
        if not all(placed) or fact.field in _ALSO_TAGGED:
            self._tag(f"kz:{fact.field.replace('.', '_')}", item, fact)

    def accessibility(self) -> _Members:
        """Give the whole `accessibility` member."""
        shown = dict(self._plain)
        for name, rows in self._arrays.items():
            items = list(rows.values())
            if name == "entrances":
                shown[name] = [self._entrance(key, row) for key, row in rows.items()]
            elif shown.get(name, ...) is not None or any(items):
                shown[name] = items
        word = Word.from_code(self._place.service_words[Profile.MANUAL_WHEELCHAIR.position])
        if word in GRADES:
            shown["wheelchairAccessibilityGrade"] = GRADES[word]
        return shown

    def equipment(self, place: Place) -> list[_Members]:
        """Give the lifts as features; one without a position stands at its place."""
        features = []
        for (category, element_id), members in self._lifts.items():
            element = self._elements.get(element_id) if element_id else None
            where = read_point(element.geom) if element is not None else None
            properties = {
                "category": category,
                "originalId": str(element_id or f"{place.id}/{category}"),
                "placeInfoId": str(place.id),
                **members,
            }
            features.append(
                {
                    "type": "Feature",
                    "formatVersion": FORMAT_VERSION,
                    "geometry": _point(where or read_point(place.point)),
                    "properties": properties,
                }
            )
        return features

    def _entrance(self, element_id: UUID | None, row: _Members) -> _Members:
        element = self._elements.get(element_id) if element_id else None
        where = read_point(element.geom) if element is not None else None
        shown: _Members = {"properties": row}
        if where is not None:
            shown["geometry"] = _point(where)
        return shown

    def _target(self, item: Field, path: str, fact: FactRow) -> tuple[_Members, str]:
        """Find the object that a path leads into, and the part of the path that leads there."""
        if path == "restrooms[]":
            missing = fact.state == "absent" or fact.value is False
            return (self._plain if missing else self._array("restrooms", fact.element_id)), ""
        for prefix in _ARRAYS:
            if path.startswith(prefix):
                return self._array(prefix[:-3], self._owner(prefix[:-3], fact.element_id)), prefix
        if path.startswith("equipment."):
            category = _EQUIPMENT[item.name.split(".")[0]]
            element = self._elements.get(fact.element_id) if fact.element_id else None
            own = element is not None and element.kind.value in _EQUIPMENT
            if fact.state == "absent" or (item.name == "lift.present" and fact.value is False):
                return {}, "equipment."
            return self._lifts.setdefault(
                (category, fact.element_id if own else self._entrance_of(element)), {}
            ), "equipment."
        return self._plain, "accessibility."

    def _array(self, name: str, key: UUID | None) -> _Members:
        return self._arrays.setdefault(name, {}).setdefault(key, {})

    def _owner(self, name: str, element_id: UUID | None) -> UUID | None:
        """Give the part that an entry of an array stands for."""
        if name == "signageSystems":
            return None
        if name != "entrances":
            return element_id
        return self._entrance_of(self._elements.get(element_id) if element_id else None)

    def _entrance_of(self, element: Element | None) -> UUID | None:
        while element is not None and element.kind is not ElementKind.ENTRANCE:
            element = self._elements.get(element.parent_id) if element.parent_id else None
        return element.id if element is not None else None

    def _tag(self, name: str, item: Field, fact: FactRow) -> None:
        key = name if fact.element_id is None else f"{name}#{fact.element_id}"
        self.tags.setdefault(key, _as_text(item, fact))


def _put(target: _Members, path: str, value: object) -> bool:
    """Set a member unless something else is there; say whether it now has this value."""
    *parents, last = path.split(".")
    for name in parents:
        inner = target.setdefault(name, {})
        if not isinstance(inner, dict):
            return False
        target = inner
    if last in target and target[last] != value:
        return False
    target[last] = value
    return True


_Pairs = list[tuple[str, object]]


def _members(item: Field, path: str, fact: FactRow) -> _Pairs | None:
    """Give the members that a fact sets, by path; `None` when only a tag can hold it."""
    special = _SPECIAL.get(item.name)
    if special is not None:
        return special(path, fact)
    if fact.state == "absent":
        return [(path, None)]
    if item.type is FieldType.COUNT and fact.operator != "=":
        return None
    if item.type is FieldType.CHOICE:
        return _choice(item, path, fact)
    value: object = fact.value
    if item.type in {FieldType.LENGTH, FieldType.SLOPE}:
        value = quantity(item, fact)
    elif item.type is FieldType.TEXT:
        value = {"und": fact.value}
    return [(path, value)]


def _choice(item: Field, path: str, fact: FactRow) -> _Pairs | None:
    if item.choice_set == "surface":
        return [(path, [fact.value])]
    if item.choice_set == "smoothness":
        return [(path, fact.value)]
    if item.choice_set in {"handrail", "guide", "loop"}:
        return [(path, fact.value != "none")]
    if item.choice_set == "equipment":
        return [
            (path, fact.value == "working"),
            ("equipment.stateLastUpdate", fact.observed_at.isoformat()),
        ]
    return None


def quantity(item: Field, fact: FactRow) -> _Members:
    """Give a length in metres or a slope in degrees, with its operator and precision."""
    value = int(fact.value or 0)
    shown: _Members = {"operator": _OPERATORS.get(fact.operator or "=", fact.operator)}
    if item.type is FieldType.SLOPE:
        shown |= {"value": degrees(value), "unit": "deg"}
        if fact.precision is not None:
            shown["precision"] = degrees(fact.precision)
    else:
        shown |= {"value": value / 1000, "unit": "m"}
        if fact.precision is not None:
            shown["precision"] = fact.precision / 1000
    return shown


def degrees(permille: int) -> float:
    """Give a slope in degrees, to a hundredth: 50 permille are 2.86 degrees."""
    return round(math.degrees(math.atan(permille / 1000)), 2)


_OPERATORS = {"=": "==", "~": "~"}


def _level(path: str, fact: FactRow) -> _Pairs | None:
    if fact.state == "absent":
        return [(path, True)]
    value, operator = int(fact.value or 0), fact.operator or "="
    if operator in {"=", "<=", "<", "~"} and value + (fact.precision or 0) <= _LEVEL_UP_TO_MM:
        return [(path, True)]
    if operator in {"=", ">=", ">", "~"} and value - (fact.precision or 0) > _LEVEL_UP_TO_MM:
        return [(path, False)]
    return None


def _ramp(_path: str, fact: FactRow) -> _Pairs:
    fixed, removable = "entrances[].hasFixedRamp", "entrances[].hasRemovableRamp"
    if fact.state == "absent":
        return [(fixed, None), (removable, None)]
    return [(fixed, fact.value == "fixed"), (removable, fact.value in {"removable", "folding"})]


def _door(_path: str, fact: FactRow) -> _Pairs:
    if fact.state == "absent" or fact.value == "none":
        return [("entrances[].door.isAlwaysOpen", True), ("entrances[].door.isRevolving", False)]
    return [
        ("entrances[].door.isRevolving", fact.value == "revolving"),
        ("entrances[].door.isSliding", fact.value == "sliding"),
        ("entrances[].door.isTurnstile", fact.value == "turnstile"),
    ]


def _automatic(path: str, fact: FactRow) -> _Pairs:
    if fact.state == "absent" or fact.value == "no":
        return [(path, False)]
    return [
        (path, True),
        ("entrances[].door.needsSwitchToOpen", fact.value == "button"),
        ("entrances[].door.hasProximitySensor", fact.value == "motion"),
    ]


def _intercom(path: str, fact: FactRow) -> _Pairs:
    if fact.state == "absent" or fact.value == "button":
        return [(path, None)]
    return [
        (f"{path}.hasAudio", True),
        (f"{path}.hasVideoCamera", fact.value == "video"),
        ("entrances[].door.hasIntercom", True),
    ]


def _is(wanted: str) -> Callable[[str, FactRow], _Pairs]:
    return lambda path, fact: [(path, None if fact.state == "absent" else fact.value == wanted)]


def _rails(path: str, fact: FactRow) -> _Pairs:
    if fact.state == "absent" or fact.value == "none":
        return [(path, None)]
    if fact.value == "one":
        return [("restrooms[].toilet.hasGrabBars", True), (f"{path}.continuous", None)]
    pairs: _Pairs = [(f"{path}.onUsersLeftSide", True), (f"{path}.onUsersRightSide", True)]
    return [*pairs, (f"{path}.foldable", True)] if fact.value == "both_one_folding" else pairs


def _queue(path: str, fact: FactRow) -> _Pairs:
    if fact.state == "absent" or fact.value == "none":
        return [(path, None)]
    return [
        (f"{path}.needsTickets", fact.value in {"ticket", "screen_voice"}),
        (f"{path}.hasVisualAnnouncements", fact.value == "screen_voice"),
    ]


def _board(path: str, fact: FactRow) -> _Pairs:
    there = None if fact.state == "absent" else fact.value
    return [(f"{path}.hasVisualAnnouncements", there)]


def _signing(path: str, fact: FactRow) -> _Pairs:
    signed = fact.state == "value" and fact.value != "none"
    if not signed:
        return [("staff.isTrainedInSigning", False), (path, [])]
    # Russian Sign Language, the one that interpreters of the country use (ISO 639-3).
    return [(path, ["rsl"]), ("staff.isTrainedInSigning", True)]


def _present(_path: str, fact: FactRow) -> _Pairs:
    there = fact.state == "value" and fact.value is not False
    return [] if there else [("restrooms", None)]


def _some(path: str, fact: FactRow) -> _Pairs:
    return [(path, None if fact.state == "absent" else True)]


def _no_members(_path: str, _fact: FactRow) -> _Pairs:
    return []


_SPECIAL: Mapping[str, Callable[[str, FactRow], _Pairs | None]] = {
    "entrance.level_change": _level,
    "ramp.kind": _ramp,
    "door.kind": _door,
    "door.automatic": _automatic,
    "door.opening_force": _is("easy"),
    "call.kind": _intercom,
    "entrance.role": _is("main"),
    "kerb.kind": _is("flush"),
    "lift.present": _no_members,
    "lift.access_mode": _is("key_card"),
    "wc.present": _present,
    "wc.rails": _rails,
    "wc.sos_height": _some,
    "queue.kind": _queue,
    "info.display_board": _board,
    "staff.sign_language": _signing,
}
_ALSO_TAGGED = frozenset(
    {
        "entrance.level_change",
        "ramp.kind",
        "lift.present",
        "lift.access_mode",
        "wc.present",
        "wc.sos_height",
        "staff.sign_language",
        "platform_lift.working",
        "kerb.kind",
    }
)
"""Said more exactly than the format can: kept in the tags as well."""


def _as_text(item: Field, fact: FactRow) -> str:
    if fact.state == "absent":
        return "no"
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    if not item.type.is_number:
        return str(fact.value)
    operator = "" if fact.operator == "=" else f"{fact.operator} "
    spread = "" if fact.precision is None else f" ± {fact.precision}"
    unit = "" if item.type is FieldType.COUNT else f" {item.type.unit}"
    return f"{operator}{fact.value}{spread}{unit}"


def _place_properties(place: Place, public_url: str | None) -> _Members:
    shown: _Members = {
        "category": place.category,
        "originalId": str(place.id),
        "address": _address(place),
    }
    if name := _localised(place.name):
        shown["name"] = name
    if place.phone:
        shown["phoneNumber"] = place.phone
    if place.website and urlsplit(place.website).scheme in {"http", "https"}:
        shown["placeWebsiteUrl"] = place.website
    if place.parent_id is not None:
        shown["parentPlaceInfoId"] = str(place.parent_id)
    if place.osm_id is not None:
        shown["sameAs"] = [f"https://www.openstreetmap.org/{place.osm_type}/{place.osm_id}"]
    if place.external_ids:
        shown["ids"] = dict(place.external_ids)
    if public_url:
        shown["infoPageUrl"] = f"{public_url.rstrip('/')}/ru/places/{place.id}"
    return shown


def _address(place: Place) -> _Members:
    shown: _Members = {"countryCode": "KAZ"}
    members = {
        "street": "street",
        "housenumber": "house",
        "city": "city",
        "postcode": "postalCode",
    }
    for ours, theirs in members.items():
        texts = {
            key.partition(":")[2]: text
            for key, text in place.address.items()
            if key.partition(":")[0] == ours
        }
        if localised := _localised(texts):
            shown[theirs] = localised
    if place.level and place.level.lstrip("-").isdecimal():
        shown["levelIndex"] = int(place.level)
    return shown


def _localised(texts: Mapping[str, str]) -> dict[str, str]:
    """Give texts by language tag; a text of unknown language is `und`."""
    return {language or "und": text for language, text in sorted(texts.items()) if text}


def _place_tags(place: Place) -> dict[str, str]:
    tags = {
        "kz:ownership": place.ownership.value if place.ownership else None,
        "kz:sector": place.sector.value,
        "kz:permit_date": place.permit_date.isoformat() if place.permit_date else None,
    }
    return {name: value for name, value in tags.items() if value is not None}


def _point(where: tuple[float, float] | None) -> _Members:
    lon, lat = where or (0.0, 0.0)
    return {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]}
