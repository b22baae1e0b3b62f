"""How fast people move and what slows them down, per profile, with the source of each figure.

Speeds fall with slope as in AccessMap's version of Tobler's hiking function: fastest at a
grade of -0.9 %, a fifth of the base speed at the profile's steepest grade. A mark `P` means
proposed here, without a study behind it.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from geo.mobility import Profile
from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.encoding import Crossing, RoadClass

_BEST_GRADE = -0.0087
"""AccessMap `INCLINE_IDEAL`."""
_SLOWEST = 5.0
"""AccessMap `DIVISOR`: how many times slower than on the flat one gets at the steepest grade."""
SLOPE_CAP = 1000
"""Permille; the range of slope tables is -1000…1000."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Speed and delays of one profile. Seconds where not said otherwise."""

    speed_m_s: float
    steepest: float
    """Grade at which the speed has fallen to a fifth."""
    rough: float = 0.0
    """Share of time lost per rank of surface or smoothness beyond the first two."""
    step_s: float = 1.0
    kerb_s_per_cm: float = 0.0
    lift_s: float = 45.0
    """AccessMap: 45 s per lift."""
    crossing_dread: float = 0.0
    """How much dearer than its time an unsignalled crossing is, in crossing times."""
    silent_signal_s: float = 0.0
    """What a signal without sound costs somebody who does not see it."""


PACES: dict[Profile, Pace] = {
    # 0.6 m/s and 8.33 %: AccessMap, manual wheelchair.
    Profile.MANUAL_WHEELCHAIR: Pace(0.6, 0.0833, rough=0.15, step_s=30.0, kerb_s_per_cm=2.0),
    # AccessMap has 2.0 m/s; held at 6 km/h, the usual limit of chairs on pavements (P).
    Profile.POWERED_WHEELCHAIR: Pace(1.67, 0.12, rough=0.15, step_s=30.0, kerb_s_per_cm=1.0),
    # 0.8 m/s: walking speed taken for old people at signals (P).
    Profile.LIMITED_WALKING: Pace(0.8, 0.12, rough=0.1, step_s=2.0, kerb_s_per_cm=0.2),
    Profile.PUSHCHAIR: Pace(1.1, 0.15, rough=0.1, step_s=8.0, kerb_s_per_cm=0.5),
    # 1.0 m/s with a long cane (P); signals without sound and free crossings are dreaded.
    Profile.LOW_VISION: Pace(
        1.0, 0.25, rough=0.05, step_s=1.2, crossing_dread=4.0, silent_signal_s=45.0
    ),
    # 1.3 m/s: AccessMap, walking.
    Profile.DEAF: Pace(1.3, 0.25, rough=0.02, step_s=0.7),
}

_CROSSING_S: dict[RoadClass, tuple[float, float, float]] = {
    # Signals (AccessMap: 30 s per crossing), marked, neither (P: waiting for a gap).
    RoadClass.NONE: (0.0, 0.0, 0.0),
    RoadClass.SERVICE: (10.0, 2.0, 2.0),
    RoadClass.LIVING_STREET: (10.0, 2.0, 2.0),
    RoadClass.RESIDENTIAL: (20.0, 4.0, 6.0),
    RoadClass.UNCLASSIFIED: (20.0, 5.0, 8.0),
    RoadClass.TERTIARY: (30.0, 10.0, 20.0),
    RoadClass.SECONDARY: (30.0, 15.0, 30.0),
    RoadClass.PRIMARY: (30.0, 20.0, 45.0),
    RoadClass.TRUNK: (35.0, 25.0, 60.0),
}

UNMAPPED_WAITS = 4.0
"""How many times longer one waits where no driver expects anybody (proposed)."""


@cache
def slope_paces(pace: Pace) -> NDArray[np.float32]:
    """Return seconds per metre for slopes of -1000…1000 ‰, flat at index 1000."""
    grades = np.arange(-SLOPE_CAP, SLOPE_CAP + 1) / 1000.0
    fall = math.log(_SLOWEST) / (pace.steepest - _BEST_GRADE)
    loss = np.exp(np.minimum(fall * np.abs(grades - _BEST_GRADE), math.log(_SLOWEST)))
    return (loss / pace.speed_m_s).astype(np.float32)


@cache
def surface_factors(pace: Pace) -> NDArray[np.float32]:
    """Return how many times longer each surface rank takes; unknown counts as smooth."""
    return _rank_factors(pace.rough, free=int(SurfaceRank.UNEVEN))


@cache
def smoothness_factors(pace: Pace) -> NDArray[np.float32]:
    """Return how many times longer each smoothness rank takes; unknown counts as good."""
    return _rank_factors(pace.rough, free=int(SmoothnessRank.GOOD))


def _rank_factors(rough: float, *, free: int) -> NDArray[np.float32]:
    ranks = np.arange(256)
    ranks[255] = 0
    return (1.0 + rough * np.maximum(ranks - free, 0)).astype(np.float32)


@cache
def crossing_seconds() -> NDArray[np.float32]:
    """Return waiting time by kind of crossing and class of road."""
    table = np.zeros((len(Crossing), len(RoadClass)), np.float32)
    for road, (signals, marked, free) in _CROSSING_S.items():
        for crossing in Crossing:
            if crossing in {Crossing.SIGNALS, Crossing.INFERRED_SIGNALS}:
                table[crossing, road] = signals
            elif crossing is Crossing.MARKED:
                table[crossing, road] = marked
            elif crossing is Crossing.UNMAPPED:
                table[crossing, road] = free * UNMAPPED_WAITS
            elif crossing is not Crossing.NONE:
                table[crossing, road] = free
    return table
