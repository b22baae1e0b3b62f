"""What a person can pass: words, profiles, limits, surfaces and opening hours.

Owns the figures that decide whether a width, a height or a slope stops somebody. Streets and
entrances are judged by the same figures, so a route never contradicts a verdict. Pure: no
database and no clock; the packaged `limits.toml` is the only file read.
"""

from geo.mobility.limits import CustomLimits, Limit, Limits, Mark, limits_for
from geo.mobility.profiles import PROFILES, Profile
from geo.mobility.words import Help, HelpKind, Word, accepted_kinds, best, worst

__all__ = [
    "PROFILES",
    "CustomLimits",
    "Help",
    "HelpKind",
    "Limit",
    "Limits",
    "Mark",
    "Profile",
    "Word",
    "accepted_kinds",
    "best",
    "limits_for",
    "worst",
]
