"""Facts that places are looked for by: an accessible toilet, a lift that works … (pure).

Owns their names and which tags of the map say the same. What audits found out is worked out by
the audits and stored beside the words (`places.features`); while it holds it wins over the map.
Invariant: three values, and what nobody knows is never yes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from geo.errors import DomainError, ErrorKind


class Feature(StrEnum):
    """A fact about a place; all but the first are its badges where they are true."""

    STEP_FREE_ENTRANCE = "step_free_entrance"
    WC_WHEELCHAIR = "wc_wheelchair"
    WC_RAILS = "wc_rails"
    LIFT_WORKING = "lift_working"
    PARKING = "parking"
    HEARING_LOOP = "hearing_loop"
    SIGN_LANGUAGE = "sign_language"
    STAFF_HELP = "staff_help"
    GUIDE_DOG = "guide_dog"
    BRAILLE = "braille"
    TACTILE_PLAN = "tactile_plan"
    CHANGING_TABLE_BABY = "changing_table_baby"
    CHANGING_TABLE_ADULT = "changing_table_adult"
    CHANGING_TABLE_FAMILY = "changing_table_family"


class FeatureValue(StrEnum):
    """What is known."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class FeatureSource(StrEnum):
    """Who says so."""

    AUDITED = "audited"
    """Found out by an approved audit."""
    MAPPED = "mapped"
    """Said by a tag of OpenStreetMap; nobody of ours looked."""


class UnknownFeatureError(DomainError):
    """A fact that places are asked for by does not exist, or its value is none of three."""

    code = "unknown-feature"
    title = "A fact is one of `known`, with `:yes`, `:no` or `:unknown` behind it"
    kind = ErrorKind.INVALID


OTHER_NAMES: Mapping[str, Feature] = {
    # what people and other applications say
    "toilet": Feature.WC_WHEELCHAIR,
    "accessible_toilet": Feature.WC_WHEELCHAIR,
    "toilets:wheelchair": Feature.WC_WHEELCHAIR,
    "lift": Feature.LIFT_WORKING,
    "elevator": Feature.LIFT_WORKING,
    "step_free": Feature.STEP_FREE_ENTRANCE,
    "parking_bay": Feature.PARKING,
    "capacity:disabled": Feature.PARKING,
    "changing_table": Feature.CHANGING_TABLE_BABY,
    "tactile_writing:braille": Feature.BRAILLE,
    # fields of the catalogue
    "wc.rails": Feature.WC_RAILS,
    "lift.state": Feature.LIFT_WORKING,
    "parking.count_accessible": Feature.PARKING,
    "hearing.loop": Feature.HEARING_LOOP,
    "staff.sign_language": Feature.SIGN_LANGUAGE,
    "staff.help": Feature.STAFF_HELP,
    "animals.guide_dog": Feature.GUIDE_DOG,
    "info.braille": Feature.BRAILLE,
    "info.tactile_plan": Feature.TACTILE_PLAN,
    "wc.changing_baby": Feature.CHANGING_TABLE_BABY,
    "wc.changing_adult": Feature.CHANGING_TABLE_ADULT,
    "family.changing_table": Feature.CHANGING_TABLE_FAMILY,
    "stop.step_free": Feature.STEP_FREE_ENTRANCE,
}

_BAYS = tuple(str(number) for number in range(1, 31))
MAPPED: Mapping[Feature, tuple[str, Sequence[str], Sequence[str]]] = {
    Feature.WC_WHEELCHAIR: ("toilets:wheelchair", ("yes", "designated"), ("no",)),
    Feature.STEP_FREE_ENTRANCE: ("wheelchair", ("yes", "designated"), ()),
    Feature.PARKING: ("capacity:disabled", ("yes", *_BAYS), ("no", "0")),
    Feature.HEARING_LOOP: ("hearing_loop", ("yes",), ("no",)),
    Feature.BRAILLE: ("tactile_writing:braille", ("yes",), ("no",)),
    Feature.CHANGING_TABLE_BABY: ("changing_table", ("yes",), ("no",)),
}
"""Tag of OpenStreetMap, its values that say yes, and those that say no."""


@dataclass(frozen=True, slots=True)
class FeatureWanted:
    """One condition of a list."""

    feature: Feature
    value: FeatureValue


@dataclass(frozen=True, slots=True)
class KnownFeature:
    """What is known about one fact of one place, and how."""

    value: FeatureValue
    source: FeatureSource
    confidence: str
    """`low`, `medium` or `high`; of a tag always low."""
    seen_at: datetime | None


def read_wanted(text: str) -> FeatureWanted:
    """Read `name` or `name:value`; without a value `yes` is meant. Raises UnknownFeatureError."""
    name, _colon, value = text.rpartition(":")
    if value not in set(FeatureValue) or not name:
        name, value = text, FeatureValue.YES.value
    known = [feature.value for feature in Feature]
    feature = OTHER_NAMES.get(name) or (Feature(name) if name in known else None)
    if feature is None:
        raise UnknownFeatureError(given=text[:60], known=known)
    return FeatureWanted(feature, FeatureValue(value))


def list_known(
    features: Mapping[str, Any], osm_tags: Mapping[str, str], *, now: datetime
) -> dict[Feature, KnownFeature]:
    """Give what audits and the map know; good news that is out of date is left out.

    `features` is what `places.features` holds.
    """
    found = {}
    for feature, (tag, good, bad) in MAPPED.items():
        said = osm_tags.get(tag)
        if said in good or said in bad:
            value = FeatureValue.YES if said in good else FeatureValue.NO
            found[feature] = KnownFeature(value, FeatureSource.MAPPED, "low", None)
    for name, row in features.items():
        until = row.get("until")
        if until is None or datetime.fromisoformat(until) > now:
            found[Feature(name)] = KnownFeature(
                FeatureValue(row["value"]),
                FeatureSource.AUDITED,
                row["confidence"],
                datetime.fromisoformat(row["seen_at"]),
            )
    return found
