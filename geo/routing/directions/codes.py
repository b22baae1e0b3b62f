"""Message keys as numbers, for kernels that decide what is said.

A family of keys that differ in a word or two has numbers in a row: its constant is the number
of the first, and the words' places are added (`DEPART + compass * len(WHERES) + where`). Each
family says which parameters its numbers stand for.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.mobility.surfaces import SurfaceRank
from geo.routing.costs import Hindrance
from geo.routing.encoding import Crossing
from geo.routing.kernels import inline

NOTE = np.dtype([("key", np.int64), ("first", np.int64), ("second", np.int64), ("third", np.int64)])
"""One phrase: the number of its key, and up to three parameters in the order of `PARAMS`."""


class Notes(NamedTuple):
    """Phrases being collected; kernels append with `note`."""

    rows: NDArray[np.void]
    used: NDArray[np.int64]
    """How many rows are, as an array of one number."""


KEYS: list[str] = []
"""Message key by number."""
PARAMS: list[tuple[str, ...]] = []
"""By number of the key: what the parameters of a note stand for.

`name` is a number in the names of the way; without a name the parameter is left out. `place`
and `other` are anchors of landmarks. Everything else is the value itself.
"""


def _family(*keys: str, takes: tuple[str, ...] = ()) -> int:
    first = len(KEYS)
    KEYS.extend(keys)
    PARAMS.extend([takes] * len(keys))
    return first


COMPASS = (
    "east",
    "north_east",
    "north",
    "north_west",
    "west",
    "south_west",
    "south",
    "south_east",
)
TURNS = (
    "straight",
    "slight_left",
    "left",
    "sharp_left",
    "slight_right",
    "right",
    "sharp_right",
    "back",
)
SIDES = ("left", "right")
WHERES = ("path", "street", "pavement", "passage", "platform", "named")
FACES = ("left", "right", "back")
WAYS = ("up", "down", "level")
ARRIVALS = ("yes", "with_help", "unknown", "no", "point")
DOORS = ("with_help", "unknown")

ACCESS_END = _family("access.end", takes=("distance_mm",))
ACCESS_START = _family(*[f"access.start.{way}" for way in COMPASS], takes=("distance_mm",))
DEPART = _family(
    *[f"depart.{way}.{where}" for way in COMPASS for where in WHERES],
    takes=("distance_mm", "name"),
)
TURN = _family(
    *[f"turn.{turn}.{where}" for turn in TURNS for where in WHERES],
    takes=("distance_mm", "name"),
)
CROSS_NAMED = _family(*[f"cross.{each.name.lower()}.named" for each in Crossing], takes=("name",))
CROSS_UNNAMED = _family(*[f"cross.{each.name.lower()}.unnamed" for each in Crossing])
STEPS_COUNTED = _family(
    *[f"steps.{way}.counted{ramp}" for way in WAYS for ramp in ("", ".ramp")], takes=("n",)
)
STEPS_UNCOUNTED = _family(
    *[f"steps.{way}.uncounted{ramp}" for way in WAYS for ramp in ("", ".ramp")]
)
LIFT_PLAIN = _family("lift.plain")
LIFT_TO = _family("lift.to", takes=("level_tenths",))
ESCALATOR = _family("escalator")
ARRIVE = _family(*[f"arrive.{word}" for word in ARRIVALS])

ARRIVE_BESIDE = _family(*[f"remark.arrive.{side}" for side in (*SIDES, "ahead")])
FACE_CROSS = _family(*[f"face.cross.{where}" for where in FACES])
FACE_STEPS = _family(*[f"face.steps.{where}" for where in FACES])
FACE_LIFT = _family(*[f"face.lift.{where}" for where in FACES])
FACE_ESCALATOR = _family(*[f"face.escalator.{where}" for where in FACES])
CLOCK = _family("remark.clock", takes=("n",))
PACES = _family("remark.paces", takes=("n",))
BENDS = _family(*[f"remark.bends.{side}" for side in SIDES])
WINDS = _family("remark.winds")
SHIFT = _family(*[f"remark.shift.{side}" for side in SIDES])

LANDMARK_START = _family(*[f"landmark.start.{side}" for side in SIDES], takes=("place",))
LANDMARK_TURN = _family(*[f"landmark.turn.{side}" for side in SIDES], takes=("place",))
LANDMARK_CROSS = _family(*[f"landmark.cross.{side}" for side in SIDES], takes=("place",))
LANDMARK_PASS = _family(*[f"landmark.pass.{side}" for side in SIDES], takes=("place",))
LANDMARK_PASSES = _family(*[f"landmark.passes.{side}" for side in SIDES], takes=("place", "other"))

SIDE = _family(*[f"remark.side.{side}" for side in SIDES])
SIDE_INFERRED = _family(*[f"remark.side_inferred.{side}" for side in SIDES])
NO_PAVEMENT = _family("remark.no_pavement")
SLOPE = _family(*[f"remark.slope_{way}" for way in WAYS[:2]], takes=("slope_permille",))
SLOPE_PART = _family(
    *[f"remark.slope_{way}.part" for way in WAYS[:2]], takes=("slope_permille", "distance_mm")
)
SLOPE_LATER = _family(
    *[f"remark.slope_{way}.later" for way in WAYS[:2]],
    takes=("slope_permille", "distance_mm", "after_mm"),
)
SLOPE_ASSUMED = _family(
    *[f"remark.slope_{way}_assumed" for way in WAYS[:2]], takes=("slope_permille",)
)
KERB = _family("remark.kerb", takes=("height_mm",))
KERB_EDGE = _family("remark.kerb_edge", takes=("height_mm",))
KERB_ON_WAY = _family("remark.kerb_on_way", takes=("height_mm",))
KERB_LOW = _family("remark.kerb_low", takes=("height_mm",))
KERB_UNKNOWN = _family("remark.kerb_unknown")
KERB_FLUSH = _family("remark.kerb_flush")
KERB_FLUSH_UNFELT = _family("remark.kerb_flush_unfelt")
NARROW = _family("remark.narrow", takes=("width_mm",))
PASSAGE = _family("remark.passage", takes=("width_mm",))
TILTED = _family("remark.tilted", takes=("slope_permille",))
SURFACE = _family(*[f"remark.surface.{rank.name.lower()}" for rank in SurfaceRank])
"""By rank; only those from `SurfaceRank.UNEVEN` on, or what is softer, have a sentence."""
ROUGH = _family("remark.rough")
ISLAND = _family("remark.island")
DRIVEWAYS = _family("remark.driveways", takes=("n",))
CROSS_WITH_SOMEONE = _family("remark.cross_with_someone")
LOOK_BOTH_WAYS = _family("remark.look_both_ways")
TACTILE = _family("remark.tactile")
NO_TACTILE = _family("remark.no_tactile")
SOUND = _family("remark.sound")
NO_SOUND = _family("remark.no_sound")
HANDRAIL = _family("remark.handrail")
NO_HANDRAIL = _family("remark.no_handrail")
HELP = _family(*[f"remark.help.{hindrance.name.lower()}" for hindrance in Hindrance])
PRIVATE = _family("remark.private")
PAVEMENT_INFERRED = _family("remark.pavement_inferred")
UNSURVEYED = _family("remark.unsurveyed", takes=("distance_mm",))

WARN_HELP = _family("warning.help", takes=("n",))
WARN_CROSSINGS = _family("warning.inferred_crossings", takes=("n",))
WARN_STEPS = _family("warning.steps_on_way", takes=("n",))
WARN_UNSURVEYED = _family("warning.unsurveyed", takes=("distance_mm",))
WARN_UNSURVEYED_ALL = _family("warning.unsurveyed_all", takes=("distance_mm",))
WARN_PAVEMENT = _family("warning.pavement_inferred")
WARN_KERBS = _family("warning.kerbs_unknown")
WARN_SOUNDS = _family("warning.sounds_unknown")
WARN_SLOPE = _family(
    *[f"warning.slope_{way}_assumed" for way in WAYS[:2]], takes=("slope_permille",)
)
WARN_DOOR = _family(*[f"warning.door.{word}" for word in DOORS])

REPORT = len(KEYS)
"""From here on: phrases about what is reported, REPORT + a number in `Way.reports`."""


@inline
def note(notes: Notes, key: int, first: int = 0, second: int = 0, third: int = 0) -> None:
    """Append a phrase."""
    row = notes.rows[notes.used[0]]
    row.key, row.first, row.second, row.third = key, first, second, third
    notes.used[0] += 1
