"""The four categories of the state's reports, and the status of adaptation.

Computed from the published words and dated by the caller. A status that a register declares is
a claim beside the computed one and never enters here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from geo.mobility import Profile, Word, worst


class OfficialCategory(StrEnum):
    """Groups of people in the state's reports."""

    WHEELCHAIR = "wheelchair"
    MUSCULOSKELETAL = "musculoskeletal"
    VISION = "vision"
    HEARING = "hearing"


_PROFILES: Mapping[OfficialCategory, tuple[Profile, ...]] = {
    OfficialCategory.WHEELCHAIR: (Profile.MANUAL_WHEELCHAIR, Profile.POWERED_WHEELCHAIR),
    OfficialCategory.MUSCULOSKELETAL: (Profile.LIMITED_WALKING,),
    OfficialCategory.VISION: (Profile.LOW_VISION,),
    OfficialCategory.HEARING: (Profile.DEAF,),
}


class StatusPolicy(StrEnum):
    """Which words count as adapted; printed on every report that uses it."""

    YES_ONLY = "yes_only"
    YES_OR_WITH_HELP = "yes_or_with_help"


class AdaptationStatus(StrEnum):
    """The status of a place in the state's reports."""

    ADAPTED_ALL = "adapted_all"
    ADAPTED_PARTIAL = "adapted_partial"
    NOT_ADAPTED = "not_adapted"
    CANNOT_BE_ADAPTED = "cannot_be_adapted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CannotBeAdapted:
    """A signed decision that a place cannot be adapted; all three parts are needed."""

    signed_on: date
    reason: str
    alternative_service: str


@dataclass(frozen=True, slots=True)
class Adaptation:
    """A computed status with what it was computed from."""

    status: AdaptationStatus
    policy: StatusPolicy
    categories: Mapping[OfficialCategory, Word]
    adapted_for: tuple[OfficialCategory, ...]
    """Categories that count as served; the list of a partial adaptation."""


def category_words(words: Mapping[Profile, Word]) -> dict[OfficialCategory, Word]:
    """Return the word of each category; wheelchair is the worst of manual and powered.

    A profile without a word counts as unknown.
    """
    return {
        category: worst(words.get(profile, Word.UNKNOWN) for profile in profiles)
        for category, profiles in _PROFILES.items()
    }


def adaptation_status(
    words: Mapping[Profile, Word],
    *,
    policy: StatusPolicy = StatusPolicy.YES_ONLY,
    cannot: CannotBeAdapted | None = None,
) -> Adaptation:
    """Return the status that follows from the service words of the profiles.

    A decision that a place cannot be adapted never hides that it is adapted.
    """
    categories = category_words(words)
    good = {Word.YES} if policy is StatusPolicy.YES_ONLY else {Word.YES, Word.WITH_HELP}
    served = tuple(category for category, word in categories.items() if word.usable)
    if all(word in good for word in categories.values()):
        status = AdaptationStatus.ADAPTED_ALL
    elif cannot is not None:
        status = AdaptationStatus.CANNOT_BE_ADAPTED
    elif served:
        status = AdaptationStatus.ADAPTED_PARTIAL
    elif all(word is Word.NO for word in categories.values()):
        status = AdaptationStatus.NOT_ADAPTED
    else:
        status = AdaptationStatus.UNKNOWN
    return Adaptation(status, policy, categories, served)
