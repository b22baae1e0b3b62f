"""The six mobility profiles, in the fixed order in which words are stored."""

from enum import StrEnum


class Profile(StrEnum):
    """Who asks. The order is part of the stored format and never changes."""

    MANUAL_WHEELCHAIR = "manual_wheelchair"
    POWERED_WHEELCHAIR = "powered_wheelchair"
    LIMITED_WALKING = "limited_walking"
    """Stick, crutches, walking frame, prosthesis, old age, pregnancy."""
    PUSHCHAIR = "pushchair"
    LOW_VISION = "low_vision"
    """Blind people and people with low vision."""
    DEAF = "deaf"
    """Deaf people and people who are hard of hearing."""

    @property
    def position(self) -> int:
        """Position in stored arrays of words, 0 to 5."""
        return _POSITION[self]


PROFILES: tuple[Profile, ...] = tuple(Profile)
_POSITION = {profile: number for number, profile in enumerate(PROFILES)}
