"""Badges: good things proven about a place that are no part of a word.

A badge is shown only where it is proven and fresh; a missing badge says nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from audits.verdicts.features import FoundFeature, list_features
from audits.verdicts.model import PlaceFacts
from geo.places.features import Feature, FeatureValue

_NO_BADGES = frozenset({Feature.STEP_FREE_ENTRANCE})
"""What the words say better."""


def list_badges(place: PlaceFacts, *, now: datetime) -> tuple[str, ...]:
    """Return the badges of a place in a fixed order; keys `badge.<name>` hold their texts."""
    return badges_of(list_features(place, now=now))


def badges_of(features: Mapping[Feature, FoundFeature]) -> tuple[str, ...]:
    """Return the badges among facts that are known already."""
    good = {name for name, found in features.items() if found.value is FeatureValue.YES}
    return tuple(sorted(name.value for name in good - _NO_BADGES))


def badge_names() -> Iterable[str]:
    """Return every badge there is."""
    return sorted(feature.value for feature in set(Feature) - _NO_BADGES)
