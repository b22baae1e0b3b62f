"""Conditions of a list about facts: what audits found out first, else what the map says."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import DateTime

from geo.places.features import MAPPED, Feature, FeatureValue, FeatureWanted
from geo.places.models import Place

CONFIDENCES = ("low", "medium", "high")


def has_feature(
    wanted: FeatureWanted, *, audited_only: bool = False, least_confidence: int = 0
) -> ColumnElement[bool]:
    """Give the condition that a fact is so, is not so, or is not known.

    A place whose audit went out of date counts as the map says, and as unknown where it says
    nothing. What the map says is of low confidence, so `least_confidence` above 0 leaves it out.
    """
    mapped = not audited_only and least_confidence == 0
    if wanted.value is FeatureValue.UNKNOWN:
        known = or_(
            *(_is(wanted.feature, value, least_confidence, mapped=mapped) for value in _SAID)
        )
        return not_(known)
    return _is(wanted.feature, wanted.value, least_confidence, mapped=mapped)


_SAID = (FeatureValue.YES, FeatureValue.NO)


def _is(
    feature: Feature, value: FeatureValue, least_confidence: int, *, mapped: bool
) -> ColumnElement[bool]:
    audited = and_(_was_found(feature, value, least_confidence), _holds(feature))
    if not mapped or feature not in MAPPED:
        return audited
    looked_at = and_(Place.features.op("?", return_type=_BOOL)(feature.value), _holds(feature))
    return or_(audited, and_(_is_mapped(feature, value), not_(func.coalesce(looked_at, false()))))


_BOOL = true().type


def _was_found(feature: Feature, value: FeatureValue, least_confidence: int) -> ColumnElement[bool]:
    said: dict[str, Any] = {"value": value.value}
    if least_confidence == 0:
        return _contains(Place.features, {feature.value: said})
    return or_(
        *(
            _contains(Place.features, {feature.value: {**said, "confidence": confidence}})
            for confidence in CONFIDENCES[least_confidence:]
        )
    )


def _holds(feature: Feature) -> ColumnElement[bool]:
    """Tell whether it still counts: a yes until it goes out of date, a no for good."""
    until = Place.features[feature.value]["until"].astext.cast(DateTime(timezone=True))
    return func.coalesce(until > func.now(), true())


def _is_mapped(feature: Feature, value: FeatureValue) -> ColumnElement[bool]:
    tag, good, bad = MAPPED[feature]
    values: Sequence[str] = good if value is FeatureValue.YES else bad
    return or_(false(), *(_contains(Place.osm_tags, {tag: each}) for each in values))


def _contains(column: Any, part: dict[str, Any]) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    condition: ColumnElement[bool] = column.op("@>", return_type=_BOOL)(literal(part, JSONB))
    return condition
