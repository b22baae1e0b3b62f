"""What the kernels of directions pass to each other: legs, steps, and who reads them."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.directions.codes import Notes
from geo.routing.stretches import Way


class Form(IntEnum):
    """What one does on a leg."""

    WALK = 0
    CROSS = 1
    STEPS = 2
    LIFT = 3
    ESCALATOR = 4
    ACCESS = 5


LEG = np.dtype(
    [
        ("form", np.int64),
        ("first", np.int64),
        ("count", np.int64),
        ("length_mm", np.int64),
        ("name", np.int64),
        ("island", np.int64),
        ("driveways", np.int64),
        ("shift_deg", np.float64),
    ]
)
"""A run of stretches for which one instruction is enough: `first` to `first + count`.

`length_mm` is of everything that belongs to it, `name` that of its longest part that has one.
`island` is 1 where two halves of a crossing were joined, `shift_deg` a sideways shift inside
the leg, left positive, 0 for none. Which of its stretches a leg is about, and which are small
pieces given to it, is told by an array beside the way (`own`): one truth value per stretch.
"""

STEP = np.dtype(
    [
        ("lon", np.float64),
        ("lat", np.float64),
        ("length_mm", np.int64),
        ("duration_s", np.float64),
        ("first_segment", np.int64),
        ("segment_count", np.int64),
        ("phrase", np.int64),
        ("remark_count", np.int64),
    ]
)
"""As `Step`: its phrase is the note with that number, its remarks the notes that follow it."""


class Reader(NamedTuple):
    """Who reads the steps; all are 0 or 1, but the limits."""

    blind: int
    deaf: int
    chair: int
    """In a manual wheelchair."""
    careful_on_slopes: int
    careful_at_kerbs: int
    limits: int
    """By packed evidence: the better bit of each limit that can stop this person."""


class Whole(NamedTuple):
    """What a warning says for the whole way and a step therefore leaves out."""

    length_mm: int
    unsurveyed_mm: int
    guessed: bool
    """Most pavements are not on the map."""
    kerbs_unknown: bool
    """At most crossings nobody measured the kerb."""
    sounds_unknown: bool
    """Of most traffic lights nobody knows whether they can be heard."""
    tactile_unknown: bool
    """At most crossings no tactile paving is recorded."""
    slopes_assumed: bool
    """Steep stretches are known from the terrain alone, in many places."""
    sparse: bool
    """Most of the way is not fully surveyed."""


NOWHERE = Whole(0, 0, *[False] * 6)
"""A way of no length."""


class Telling(NamedTuple):
    """One way being told: what all kernels of directions read, and where they write."""

    way: Way
    own: NDArray[np.bool_]
    reader: Reader
    whole: Whole
    notes: Notes
