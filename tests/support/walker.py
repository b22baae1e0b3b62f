"""A second opinion on routing costs, in plain Python, sharing no code with the kernel.

Reads the same records (`ARC`) and the published limits, and says in the words of the domain
dossier (8.4) whether somebody passes and how long it counts. Slow, and written to be read.
"""

import math
from dataclasses import dataclass
from typing import Any

from geo.mobility import Help, Limit, Profile, Word
from geo.routing.encoding import Crossing, Evidence, Flag, Kind, LimitKind, RoadClass
from geo.routing.needs import Needs, Preference, Unknown

CHAIRS = {Profile.MANUAL_WHEELCHAIR, Profile.POWERED_WHEELCHAIR}
WHEELS = CHAIRS | {Profile.PUSHCHAIR}
UNSTEADY = WHEELS | {Profile.LIMITED_WALKING, Profile.LOW_VISION}
SPEED = {
    Profile.MANUAL_WHEELCHAIR: (0.6, 0.0833, 0.15, 30.0, 2.0, 0.0, 0.0),
    Profile.POWERED_WHEELCHAIR: (1.67, 0.12, 0.15, 30.0, 1.0, 0.0, 0.0),
    Profile.LIMITED_WALKING: (0.8, 0.12, 0.1, 2.0, 0.2, 0.0, 0.0),
    Profile.PUSHCHAIR: (1.1, 0.15, 0.1, 8.0, 0.5, 0.0, 0.0),
    Profile.LOW_VISION: (1.0, 0.25, 0.05, 1.2, 0.0, 4.0, 45.0),
    Profile.DEAF: (1.3, 0.25, 0.02, 0.7, 0.0, 0.0, 0.0),
}
WAIT = {
    RoadClass.NONE: (0, 0, 0),
    RoadClass.SERVICE: (10, 2, 2),
    RoadClass.LIVING_STREET: (10, 2, 2),
    RoadClass.RESIDENTIAL: (20, 4, 6),
    RoadClass.UNCLASSIFIED: (20, 5, 8),
    RoadClass.TERTIARY: (30, 10, 20),
    RoadClass.SECONDARY: (30, 15, 30),
    RoadClass.PRIMARY: (30, 20, 45),
    RoadClass.TRUNK: (35, 25, 60),
}


@dataclass
class Opinion:
    """What the second opinion says about walking one record one way."""

    words: dict[str, Word]
    seconds: float
    cost: float

    @property
    def word(self) -> Word:
        """The worst word of all limits."""
        return min(self.words.values(), key=lambda w: w.rank, default=Word.YES)


class Walker:
    """One person with the request's own words."""

    def __init__(self, needs: Needs) -> None:
        self.needs = needs
        self.limits = needs.limits()
        self.alone = needs.help in {Help.ALONE, Help.STAFF}

    def judge(self, arc: Any, *, against: bool = False) -> Opinion:  # noqa: ANN401 - a numpy record
        """Say for each limit whether this person passes, and what it counts."""
        flags = Flag(int(arc["flags"]))
        words = self._limit_words(arc, flags, against=against) | self._flag_words(flags)
        if Flag.CLOSED_BACKWARD in flags if against else Flag.CLOSED_FORWARD in flags:
            words["way"] = Word.NO
        if int(arc["kind"]) == Kind.ESCALATOR and self.needs.profile in WHEELS:
            words["escalator"] = Word.NO
        seconds = self._seconds(arc, flags, against=against)
        opinion = Opinion(words, seconds, math.inf)
        if opinion.word is not Word.NO:
            factor = self._unknown_factor(arc) * (3.0 if opinion.word is Word.WITH_HELP else 1.0)
            factor *= 4.0 if Flag.PRIVATE in flags else 1.0
            factor *= 3.0 if int(arc["kind"]) == Kind.CARRIAGEWAY else 1.0
            if Preference.FLATTER in self.needs.preferences:
                factor *= 1 + max(_grade(arc, flags, against=against), 0.0) * 10
            opinion.cost = seconds * factor + self._dread(arc, flags)
        return opinion

    def _word(self, limit: Limit, value: int) -> Word:
        word = limit.word(value)
        return Word.NO if self.alone and word is Word.WITH_HELP else word

    def _limit_words(self, arc: Any, flags: Flag, *, against: bool) -> dict[str, Word]:  # noqa: ANN401 - a numpy record
        limits = self.limits
        words = self._slope_words(arc, flags, against=against)
        for name, field in (
            ("max_cross_slope_permille", "cross_slope_permille"),
            ("min_width_mm", "width_mm"),
            ("min_passage_mm", "passage_mm"),
            ("max_kerb_mm", "kerb_mm"),
        ):
            if int(arc[field]) >= 0:
                words[field] = self._word(limits.get(name), int(arc[field]))
        for name, field in (
            ("max_surface_rank", "surface"),
            ("max_smoothness_rank", "smoothness"),
        ):
            if int(arc[field]) != 255:
                words[field] = self._word(limits.get(name), int(arc[field]))
        ramps = Flag(0)
        if self.needs.profile in WHEELS:
            ramps |= Flag.RAMP_WHEELCHAIR
        if self.needs.profile is Profile.PUSHCHAIR:
            ramps |= Flag.RAMP_STROLLER
        steps = 4 if int(arc["steps"]) == 255 else int(arc["steps"])
        if steps and not flags & ramps:
            words["steps"] = self._word(limits.max_steps, steps)
        return words

    def _slope_words(self, arc: Any, flags: Flag, *, against: bool) -> dict[str, Word]:  # noqa: ANN401 - a numpy record
        slope = int(arc["slope_permille"]) * (-1 if against else 1)
        known = evidence(arc, LimitKind.INCLINE) >= Evidence.MAPPED
        words: dict[str, Word] = {}
        if not known or int(arc["kind"]) in {Kind.STEPS, Kind.LIFT, Kind.ESCALATOR}:
            return words
        if slope > 0 or Flag.SLOPE_UNSIGNED in flags:
            words["uphill"] = self._word(self.limits.max_incline_up_permille, abs(slope))
        if slope <= 0 or Flag.SLOPE_UNSIGNED in flags:
            words["downhill"] = self._word(self.limits.max_incline_down_permille, abs(slope))
        return words

    def _flag_words(self, flags: Flag) -> dict[str, Word]:
        profile, keys = self.needs.profile, self.needs.keys
        words = {}
        if flags & (Flag.BLOCKED | Flag.LIFT_BROKEN | Flag.AVOIDED):
            words["barrier"] = Word.NO
        if Flag.SLIPPERY in flags and profile in UNSTEADY:
            words["ice"] = Word.NO
        if Flag.OBSTRUCTED in flags and profile in WHEELS:
            words["obstructed"] = Word.NO
        if Flag.LOCKED in flags and "gate" not in keys:
            words["locked"] = Word.NO
        if Flag.KEY in flags and "lift" not in keys:
            words["key"] = Word.NO if self.needs.help is Help.ALONE else Word.WITH_HELP
        if profile in CHAIRS:
            if Flag.WHEELCHAIR_NO in flags:
                words["mapped"] = Word.NO
            elif Flag.WHEELCHAIR_LIMITED in flags:
                words["mapped"] = Word.NO if self.alone else Word.WITH_HELP
        return words

    def _seconds(self, arc: Any, flags: Flag, *, against: bool) -> float:  # noqa: ANN401 - a numpy record
        speed, steepest, rough, per_step, per_kerb, _, _ = SPEED[self.needs.profile]
        grade = _grade(arc, flags, against=against)
        k = math.log(5) / (steepest + 0.0087)
        slower = min(math.exp(k * abs(grade + 0.0087)), 5.0)
        length = float(arc["length_m"])
        ranks = [int(arc[f]) for f in ("surface", "smoothness") if int(arc[f]) != 255]
        bumpy = 1 + rough * max([rank - 1 for rank in ranks] + [0])
        steps = length / 0.3 if int(arc["steps"]) == 255 else int(arc["steps"])
        rides = (Flag.LIFT in flags) + 0.5 * (Flag.HALF_LIFT in flags)
        kerb = max(int(arc["kerb_mm"]), 0) / 10 * per_kerb
        return (
            length / speed * slower * bumpy
            + steps * per_step
            + kerb
            + rides * 45
            + self._wait(arc, flags)
        )

    def _wait(self, arc: Any, flags: Flag) -> float:  # noqa: ANN401 - a numpy record
        signals, marked, free = WAIT[RoadClass(int(arc["road_class"]))]
        crossing = Crossing(int(arc["crossing"]))
        table = {Crossing.NONE: 0, Crossing.SIGNALS: signals, Crossing.INFERRED_SIGNALS: signals}
        table |= {Crossing.MARKED: marked, Crossing.UNMAPPED: 4 * free}
        wait = table.get(crossing, free)
        return wait * (0.5 if Flag.HALF_CROSSING in flags else 1.0)

    def _dread(self, arc: Any, flags: Flag) -> float:  # noqa: ANN401 - a numpy record
        *_, dread, silent = SPEED[self.needs.profile]
        crossing = Crossing(int(arc["crossing"]))
        half = 0.5 if Flag.HALF_CROSSING in flags else 1.0
        if crossing is Crossing.NONE:
            return 0.0
        if crossing in {Crossing.SIGNALS, Crossing.INFERRED_SIGNALS}:
            return 0.0 if Flag.SOUND in flags else silent * half
        dread += 4.0 if Preference.SIGNALLED in self.needs.preferences else 0.0
        return dread * self._wait(arc, flags)

    def _unknown_factor(self, arc: Any) -> float:  # noqa: ANN401 - a numpy record
        active = [
            kind
            for kind, names in NAMES.items()
            if any(self.limits.get(name).ok is not None for name in names)
        ]
        factor, most = 1.0, 1.0 if Preference.SURVEYED in self.needs.preferences else 0.5
        for kind in active:
            if evidence(arc, kind) < Evidence.MAPPED:
                policy = self.needs.policy(kind)
                if policy is Unknown.FORBID:
                    return math.inf
                factor += most / len(active) if policy is Unknown.PREFER_KNOWN else 0.0
        return factor


NAMES = {
    LimitKind.INCLINE: ("max_incline_up_permille", "max_incline_down_permille"),
    LimitKind.CROSS_SLOPE: ("max_cross_slope_permille",),
    LimitKind.WIDTH: ("min_width_mm", "min_passage_mm"),
    LimitKind.KERB: ("max_kerb_mm",),
    LimitKind.STEPS: ("max_steps",),
    LimitKind.SURFACE: ("max_surface_rank",),
    LimitKind.SMOOTHNESS: ("max_smoothness_rank",),
}


def _grade(arc: Any, flags: Flag, *, against: bool) -> float:  # noqa: ANN401 - a numpy record
    """Return rise by run as walked; none on steps and in lifts."""
    if int(arc["kind"]) in {Kind.STEPS, Kind.LIFT, Kind.ESCALATOR}:
        return 0.0
    grade = int(arc["slope_permille"]) / 1000
    if Flag.SLOPE_UNSIGNED in flags:
        return abs(grade)
    return -grade if against else grade


def evidence(arc: Any, limit: LimitKind) -> Evidence:  # noqa: ANN401 - a numpy record
    """Return where a value comes from, read off the packed bits."""
    return Evidence(int(arc["evidence"]) // 4 ** int(limit) % 4)
