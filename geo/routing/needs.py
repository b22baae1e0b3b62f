"""Who walks: profile or own limits, help, keys, preferences, and what to do with the unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from geo.mobility import CustomLimits, Help, Limits, Profile, limits_for
from geo.routing.encoding import LimitKind


class Unknown(StrEnum):
    """What to do where a limit is neither audited nor mapped."""

    PREFER_KNOWN = "prefer_known"
    """Time counts up to one and a half times."""
    ALLOW = "allow"
    FORBID = "forbid"


class Preference(StrEnum):
    """What a person would rather have; it makes other ways dearer and closes none."""

    FLATTER = "flatter"
    SURVEYED = "surveyed"
    SIGNALLED = "signalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What decides whether and how fast this person passes a stretch."""

    profile: Profile
    custom: CustomLimits | None = None
    help: Help | None = None
    """`None`: nothing was said, so every kind of help counts; each use of it is listed."""
    keys: frozenset[str] = frozenset()
    """Keys in hand: `lift`, `gate`."""
    unknown: Mapping[LimitKind, Unknown] = field(default_factory=dict)
    """Policy by limit; a limit that is not named is `prefer_known`."""
    preferences: frozenset[Preference] = frozenset()

    def limits(self) -> Limits:
        """Return the figures of the profile with the person's own in their place."""
        return limits_for(self.profile, self.custom)

    def policy(self, limit: LimitKind) -> Unknown:
        """Return what to do where one limit is unknown."""
        return self.unknown.get(limit, Unknown.PREFER_KNOWN)
