"""What a stretch costs a person: one branch-free function from a record to seconds.

`Rules` is what one request asks, as numbers and small tables. `price` turns an arc record and
rules into a weight; nothing is precomputed per profile, so any limit costs the same and a
changed record counts at once. Pure: no database, no clock.

The rule of closing: a value beyond the person's figure closes. Slope closes only when it was
audited or mapped; other values are stored only when known. Between the `ok` and the `help`
figure a stretch needs help: dearer, listed, and closed to a person who is alone.
"""

import itertools
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.mobility import CustomLimits, Help, HelpKind, Limit, Profile, accepted_kinds
from geo.routing.encoding import (
    LIMIT_COUNT,
    STEPS_UNCOUNTED,
    UNKNOWN_U8,
    Crossing,
    Flag,
    Kind,
    LimitKind,
)
from geo.routing.kernels import inline
from geo.routing.needs import Needs, Preference, Unknown
from geo.routing.paces import (
    PACES,
    SLOPE_CAP,
    crossing_seconds,
    slope_paces,
    smoothness_factors,
    surface_factors,
)

UNKNOWN_FACTOR = 1.5
"""How many times longer a stretch counts where nothing is known (domain dossier 8.4)."""
HELP_FACTOR = 3.0
"""How many times longer a stretch counts where help is needed (domain dossier 8.4)."""
PRIVATE_FACTOR = 4.0
"""A private way is walked to its own doors, hardly ever through (proposed)."""
CARRIAGEWAY_FACTOR = 3.0
"""Walking beside fast traffic without a pavement (proposed)."""
VIOLATION_S = 1800.0
"""What one passed barrier costs in the relaxed search: half an hour each, so that the answer
names few of them rather than many (proposed)."""
UNCOUNTED_STEPS = 4
"""Uncounted steps count as more than a pushchair is lifted over, and less than a long flight."""
STEP_DEPTH_M = 0.3


class Hindrance(IntEnum):
    """Why a stretch is closed or needs help: the first seven are the limits."""

    INCLINE = 0
    CROSS_SLOPE = 1
    WIDTH = 2
    KERB = 3
    STEPS = 4
    SURFACE = 5
    SMOOTHNESS = 6
    PASSAGE = 7
    LOCKED = 8
    KEY = 9
    LIFT_BROKEN = 10
    BLOCKED = 11
    SLIPPERY = 12
    OBSTRUCTED = 13
    WHEELCHAIR_NO = 14
    ESCALATOR = 15
    UNKNOWN = 16
    """The person forbade what is not known here."""


_BOUNDS = (
    *("up", "down", "cross_slope", "width", "passage"),
    *("kerb", "steps", "surface", "smoothness"),
)
FIGURES = np.dtype(
    [
        *((f"{edge}_{bound}", np.int32) for bound in _BOUNDS for edge in ("hard", "soft")),
        ("closing_flags", np.uint32),
        ("helping_flags", np.uint32),
        ("ramp_flags", np.uint32),
        ("violation_s", np.float32),
        ("help_factor", np.float32),
        ("step_s", np.float32),
        ("kerb_s_per_mm", np.float32),
        ("lift_s", np.float32),
        ("crossing_dread", np.float32),
        ("silent_signal_s", np.float32),
        ("climb_factor", np.float32),
    ],
    align=True,
)
"""The numbers of one request. `hard_*` closes beyond it, `soft_*` needs help beyond it.

`violation_s` is infinite in a search, finite when asking what stands in the way; `climb_factor`
is the extra share of time per 100 ‰ uphill, for somebody who wants it flat.
"""


class Rules(NamedTuple):
    """One request for the kernel."""

    figures: NDArray[Any]
    """One row of `FIGURES`: thirty numbers one by one would take longer to hand to a kernel."""
    pace: NDArray[np.float32]
    """Seconds per metre by slope."""
    surface_factor: NDArray[np.float32]
    smoothness_factor: NDArray[np.float32]
    evidence_factor: NDArray[np.float32]
    """By packed evidence; infinite where the person forbids the unknown."""
    crossing_s: NDArray[np.float32]
    """By kind of crossing and class of road."""
    min_pace: float
    """Seconds per metre that no stretch beats: makes estimates safe."""
    number: int
    """Rules with one number are equal: what was priced under them counts again."""


Seconds: TypeAlias = Any
"""A number of seconds as kernels keep it: 32 bits."""
Record: TypeAlias = Any
"""One `ARC` record; numba reads its fields by name, which numpy's types cannot say."""

_BIG = 1 << 20
_WHEELS = frozenset({Profile.MANUAL_WHEELCHAIR, Profile.POWERED_WHEELCHAIR, Profile.PUSHCHAIR})
_CHAIRS = frozenset({Profile.MANUAL_WHEELCHAIR, Profile.POWERED_WHEELCHAIR})
_UNSTEADY = _WHEELS | {Profile.LIMITED_WALKING, Profile.LOW_VISION}
_LIMITS_OF_KIND: dict[LimitKind, tuple[str, ...]] = {
    LimitKind.INCLINE: ("max_incline_up_permille", "max_incline_down_permille"),
    LimitKind.CROSS_SLOPE: ("max_cross_slope_permille",),
    LimitKind.WIDTH: ("min_width_mm", "min_passage_mm"),
    LimitKind.KERB: ("max_kerb_mm",),
    LimitKind.STEPS: ("max_steps",),
    LimitKind.SURFACE: ("max_surface_rank",),
    LimitKind.SMOOTHNESS: ("max_smoothness_rank",),
}


_numbers = itertools.count(1)


def make_rules(needs: Needs) -> Rules:
    """Return the numbers of a request; equal needs give the same object."""
    policies = tuple(sorted(needs.unknown.items()))
    return _make_rules(
        *(needs.profile, needs.custom, needs.help, needs.keys, policies, needs.preferences)
    )


@lru_cache(maxsize=512)
def _make_rules(
    profile: Profile,
    custom: CustomLimits | None,
    help_at_hand: Help | None,
    keys: frozenset[str],
    policies: tuple[tuple[LimitKind, Unknown], ...],
    preferences: frozenset[Preference],
) -> Rules:
    needs = Needs(
        profile=profile,
        custom=custom,
        help=help_at_hand,
        keys=keys,
        unknown=dict(policies),
        preferences=preferences,
    )
    limits, pace = needs.limits(), PACES[needs.profile]
    helped = HelpKind.COMPANION in accepted_kinds(needs.help)

    def most(name: str) -> tuple[int, int]:
        return _bounds(limits.get(name), helped=helped, open_end=_BIG)

    def least(name: str) -> tuple[int, int]:
        return _bounds(limits.get(name), helped=helped, open_end=0)

    up, down = most("max_incline_up_permille"), most("max_incline_down_permille")
    cross, kerb = most("max_cross_slope_permille"), most("max_kerb_mm")
    width, passage = least("min_width_mm"), least("min_passage_mm")
    steps = most("max_steps")
    surface, smoothness = most("max_surface_rank"), most("max_smoothness_rank")
    closing, helping = _flags_for(needs)
    paces = slope_paces(pace)
    signalled = Preference.SIGNALLED in needs.preferences
    figures = (
        *(*up, *down, *cross, *width, *passage, *kerb, *steps, *surface, *smoothness),
        *(int(closing), int(helping), int(_ramps_for(needs.profile))),
        *(np.inf, HELP_FACTOR, pace.step_s, pace.kerb_s_per_cm / 10, pace.lift_s),
        pace.crossing_dread + (4.0 if signalled else 0.0),
        pace.silent_signal_s,
        1.0 if Preference.FLATTER in needs.preferences else 0.0,
    )
    return Rules(
        figures=np.array([figures], FIGURES),
        pace=paces,
        surface_factor=surface_factors(pace),
        smoothness_factor=smoothness_factors(pace),
        evidence_factor=_evidence_factors(needs),
        crossing_s=crossing_seconds(),
        min_pace=float(paces.min()),
        number=next(_numbers),
    )


def relax(rules: Rules) -> Rules:
    """Return rules under which barriers cost instead of close."""
    return revise(rules, violation_s=VIOLATION_S)


def revise(rules: Rules, **changes: Any) -> Rules:  # noqa: ANN401 - fields of `Rules`
    """Return rules with other values in some fields or figures, and a number of their own."""
    figures = rules.figures.copy()
    for name in changes.keys() & set(FIGURES.names or ()):
        figures[name] = changes.pop(name)
    return rules._replace(figures=figures, **changes, number=next(_numbers))


def limits_in_force(needs: Needs) -> list[LimitKind]:
    """Return the limits that can stop this person at all."""
    limits = needs.limits()
    return [
        kind
        for kind, names in _LIMITS_OF_KIND.items()
        if any(limits.get(name).limited for name in names)
    ]


def _bounds(limit: Limit, *, helped: bool, open_end: int) -> tuple[int, int]:
    """Return (hard, soft) bounds of one limit."""
    if limit.ok is None:
        return open_end, open_end
    if not helped:
        return limit.ok, limit.ok
    return (open_end if limit.help is None else limit.help), limit.ok


def _flags_for(needs: Needs) -> tuple[Flag, Flag]:
    """Return the flags that close a stretch to this person, and those that ask for help."""
    closing, helping = Flag.BLOCKED | Flag.LIFT_BROKEN, Flag(0)
    if needs.profile in _UNSTEADY:
        closing |= Flag.SLIPPERY
    if needs.profile in _WHEELS:
        closing |= Flag.OBSTRUCTED
    if needs.profile in _CHAIRS:
        closing |= Flag.WHEELCHAIR_NO
        helping |= Flag.WHEELCHAIR_LIMITED
    if "gate" not in needs.keys:
        closing |= Flag.LOCKED
    if "lift" not in needs.keys:
        helping |= Flag.KEY
    if needs.help in {Help.ALONE, Help.STAFF}:
        closing, helping = closing | helping, Flag(0)
    if needs.help is Help.STAFF and Flag.KEY in closing:
        closing, helping = closing & ~Flag.KEY, Flag.KEY
    return closing, helping


def _ramps_for(profile: Profile) -> Flag:
    if profile is Profile.PUSHCHAIR:
        return Flag.RAMP_WHEELCHAIR | Flag.RAMP_STROLLER
    return Flag.RAMP_WHEELCHAIR if profile in _CHAIRS else Flag(0)


def _evidence_factors(needs: Needs) -> NDArray[np.float32]:
    """Return the factor for each packed evidence: between 1 and 1.5 by the share unknown."""
    policies = tuple((limit, needs.policy(limit)) for limit in limits_in_force(needs))
    return _factors_of(policies, surveyed=Preference.SURVEYED in needs.preferences)


@lru_cache(maxsize=512)
def _factors_of(
    policies: tuple[tuple[LimitKind, Unknown], ...], *, surveyed: bool
) -> NDArray[np.float32]:
    factors = np.ones(1 << (2 * LIMIT_COUNT), np.float64)
    packed = np.arange(len(factors))
    weight = (UNKNOWN_FACTOR - 1.0) / max(len(policies), 1) * (2 if surveyed else 1)
    for limit, policy in policies:
        unknown = (packed >> (2 * limit + 1)) & 1 == 0
        if policy is Unknown.FORBID:
            factors[unknown] = np.inf
        elif policy is Unknown.PREFER_KNOWN:
            factors[unknown] += weight
    return factors.astype(np.float32)


# -- kernels ---------------------------------------------------------------------------------
#
# Comparisons are joined with `|`, not `or`: the compiler makes straight code of them, which is
# what makes weights of a whole city cheaper than one search (measured: 0.05 against 10 ms).

_KIND_STEPS, _KIND_LIFT, _KIND_ESCALATOR = int(Kind.STEPS), int(Kind.LIFT), int(Kind.ESCALATOR)
_SIGNALS, _INFERRED_SIGNALS = int(Crossing.SIGNALS), int(Crossing.INFERRED_SIGNALS)
_MARKED, _UNMARKED, _INFERRED = (
    int(Crossing.MARKED),
    int(Crossing.UNMARKED),
    int(Crossing.INFERRED),
)
_UNMAPPED = int(Crossing.UNMAPPED)
_KIND_CARRIAGEWAY = int(Kind.CARRIAGEWAY)
_INCLINE_KNOWN = 1 << (2 * int(LimitKind.INCLINE) + 1)
_WHEELED = np.uint32(Flag.OBSTRUCTED)
_CLOSED_AHEAD = np.uint32(Flag.CLOSED_FORWARD | Flag.AVOIDED)
_CLOSED_BEHIND = np.uint32(Flag.CLOSED_BACKWARD | Flag.AVOIDED)
_HALF_CROSSING, _SOUND = np.uint32(Flag.HALF_CROSSING), np.uint32(Flag.SOUND)
_LIFT, _HALF_LIFT = np.uint32(Flag.LIFT), np.uint32(Flag.HALF_LIFT)
_PRIVATE = np.uint32(Flag.PRIVATE)
_UNSIGNED = np.uint32(Flag.SLOPE_UNSIGNED)
_FLAG_HINDRANCES = (
    (np.uint32(Flag.LOCKED), int(Hindrance.LOCKED)),
    (np.uint32(Flag.KEY), int(Hindrance.KEY)),
    (np.uint32(Flag.LIFT_BROKEN), int(Hindrance.LIFT_BROKEN)),
    (np.uint32(Flag.BLOCKED), int(Hindrance.BLOCKED)),
    (np.uint32(Flag.SLIPPERY), int(Hindrance.SLIPPERY)),
    (np.uint32(Flag.OBSTRUCTED), int(Hindrance.OBSTRUCTED)),
    (np.uint32(Flag.WHEELCHAIR_NO), int(Hindrance.WHEELCHAIR_NO)),
    (np.uint32(Flag.WHEELCHAIR_LIMITED), int(Hindrance.WHEELCHAIR_NO)),
)


@inline
def find_hindrances(flags: int) -> int:
    """Return one bit per `Hindrance` that a set of flags stands for."""
    bits = 0
    for flag, hindrance in _FLAG_HINDRANCES:
        if (flags & flag) != 0:
            bits |= 1 << hindrance
    return bits


@inline
def slope_on(arc: Record, sign: int) -> int:
    """Return the slope that a wheel or a foot meets; steps and lifts have none.

    A slope of which nobody knows the direction is met uphill both ways.
    """
    kind = arc.kind
    level = (kind == _KIND_STEPS) | (kind == _KIND_LIFT) | (kind == _KIND_ESCALATOR)
    slope = sign * np.int32(arc.slope_permille)
    slope = abs(slope) if (arc.flags & _UNSIGNED) != 0 else slope
    return 0 if level else int(slope)


@inline
def steps_on(rules: Rules, arc: Record) -> int:
    """Return how many steps count against the limit; a fitting ramp makes them none."""
    figures = rules.figures[0]
    steps = UNCOUNTED_STEPS if arc.steps == STEPS_UNCOUNTED else np.int32(arc.steps)
    return 0 if (arc.flags & figures.ramp_flags) != 0 else int(steps)


@inline
def exceeds(rules: Rules, arc: Record, sign: int, hard: bool) -> int:  # noqa: FBT001 - numba has no keywords
    """Return one bit per limit (as in `Hindrance`) that the arc breaks.

    `sign` is 1 along the arc, -1 against it. With `hard`, against the closing figures, else
    against those beyond which help is needed.
    """
    figures = rules.figures[0]
    up = figures.hard_up if hard else figures.soft_up
    down = figures.hard_down if hard else figures.soft_down
    cross = figures.hard_cross_slope if hard else figures.soft_cross_slope
    width = figures.hard_width if hard else figures.soft_width
    passage = figures.hard_passage if hard else figures.soft_passage
    kerb = figures.hard_kerb if hard else figures.soft_kerb
    steps = figures.hard_steps if hard else figures.soft_steps
    surface = figures.hard_surface if hard else figures.soft_surface
    smoothness = figures.hard_smoothness if hard else figures.soft_smoothness
    slope = slope_on(arc, sign)
    falls = slope if (arc.flags & _UNSIGNED) != 0 else -slope
    steep = ((slope > up) | (falls > down)) & ((arc.evidence & _INCLINE_KNOWN) != 0)
    bits = np.int64(steep) << 0
    bits |= np.int64(arc.cross_slope_permille > cross) << 1
    bits |= np.int64((arc.width_mm >= 0) & (arc.width_mm < width)) << 2
    bits |= np.int64(arc.kerb_mm > kerb) << 3
    bits |= np.int64(steps_on(rules, arc) > steps) << 4
    bits |= np.int64((arc.surface != UNKNOWN_U8) & (arc.surface > surface)) << 5
    bits |= np.int64((arc.smoothness != UNKNOWN_U8) & (arc.smoothness > smoothness)) << 6
    bits |= np.int64((arc.passage_mm >= 0) & (arc.passage_mm < passage)) << 7
    escalator = (arc.kind == _KIND_ESCALATOR) & ((figures.closing_flags & _WHEELED) != 0)
    bits |= np.int64(escalator) << 15
    bits |= np.int64(rules.evidence_factor[arc.evidence] == np.inf) << 16
    return int(bits)


@inline
def seconds_parts(rules: Rules, arc: Record, sign: int) -> tuple[Seconds, Seconds]:
    """Return how long this person takes: seconds per metre, and seconds once for the arc."""
    figures = rules.figures[0]
    slope = slope_on(arc, sign)
    bounded = min(max(slope, -SLOPE_CAP), SLOPE_CAP) + SLOPE_CAP
    rough = max(rules.surface_factor[arc.surface], rules.smoothness_factor[arc.smoothness])
    uncounted = arc.steps == STEPS_UNCOUNTED
    climbing = figures.step_s / np.float32(STEP_DEPTH_M)
    steps = np.float32(0.0) if uncounted else np.float32(arc.steps)
    half = np.float32(0.5) if (arc.flags & _HALF_CROSSING) != 0 else np.float32(1.0)
    rides = np.float32((arc.flags & _LIFT) != 0)
    rides += np.float32(0.5) * np.float32((arc.flags & _HALF_LIFT) != 0)
    each = rules.pace[bounded] * rough + (climbing if uncounted else np.float32(0.0))
    once = (
        steps * figures.step_s
        + np.float32(max(arc.kerb_mm, 0)) * figures.kerb_s_per_mm
        + rides * figures.lift_s
        + half * rules.crossing_s[arc.crossing, arc.road_class]
    )
    return each, once


@inline
def seconds_on(rules: Rules, arc: Record, sign: int) -> float:
    """Return how long this person takes along an arc, in seconds, waiting included."""
    each, once = seconds_parts(rules, arc, sign)
    return float(arc.length_m * each + once)


@inline
def price_parts(rules: Rules, arc: Record, sign: int) -> tuple[Seconds, Seconds]:
    """Return the weight of an arc as (per metre, once); the second is infinite where closed.

    Only the first is multiplied by the length, so arcs that differ in nothing but their length
    share one pair.
    """
    figures = rules.figures[0]
    each, once = seconds_parts(rules, arc, sign)
    broken = exceeds(rules, arc, sign, True)
    closed = (broken != 0) | ((arc.flags & figures.closing_flags) != 0)
    helped = (exceeds(rules, arc, sign, False) != 0) | ((arc.flags & figures.helping_flags) != 0)
    known = rules.evidence_factor[arc.evidence]
    factor = np.float32(UNKNOWN_FACTOR) if known == np.inf else known
    factor *= figures.help_factor if helped else np.float32(1.0)
    factor *= np.float32(PRIVATE_FACTOR) if (arc.flags & _PRIVATE) != 0 else np.float32(1.0)
    factor *= np.float32(CARRIAGEWAY_FACTOR) if arc.kind == _KIND_CARRIAGEWAY else np.float32(1.0)
    climb = max(np.float32(slope_on(arc, sign)), np.float32(0.0)) * np.float32(0.01)
    factor *= np.float32(1.0) + figures.climb_factor * climb
    factor *= np.float32(1.0) + np.float32(0.1) * np.float32(arc.penalty)
    once = once * factor + np.float32(_dread(rules, arc))
    once += figures.violation_s if closed else np.float32(0.0)
    shut = _CLOSED_AHEAD if sign > 0 else _CLOSED_BEHIND
    once = np.float32(np.inf) if (arc.flags & shut) != 0 else once
    return np.float32(each * factor), np.float32(once)


@inline
def price(rules: Rules, arc: Record, sign: int) -> float:
    """Return the weight of walking an arc (`sign` 1) or walking it backwards (-1).

    Never less than the time; infinite where it is closed.
    """
    each, once = price_parts(rules, arc, sign)
    return float(arc.length_m * each + once)


@inline
def _dread(rules: Rules, arc: Record) -> float:
    """Return what a crossing costs beyond its time: none where a signal stops the cars."""
    figures = rules.figures[0]
    free = (arc.crossing == _MARKED) | (arc.crossing == _UNMARKED) | (arc.crossing == _INFERRED)
    free |= arc.crossing == _UNMAPPED
    lit = (arc.crossing == _SIGNALS) | (arc.crossing == _INFERRED_SIGNALS)
    silent = lit & ((arc.flags & _SOUND) == 0)
    half = np.float32(0.5) if (arc.flags & _HALF_CROSSING) != 0 else np.float32(1.0)
    waiting = rules.crossing_s[arc.crossing, arc.road_class]
    dread = figures.crossing_dread * waiting if free else np.float32(0.0)
    dread += figures.silent_signal_s if silent else np.float32(0.0)
    return float(half * dread)


def lower_bound_pace(rules: Rules, length_slack: float, evidence: NDArray[np.int64]) -> float:
    """Return seconds per metre of straight distance that no way under these rules beats.

    `evidence` are all packed values that occur: where everything is unknown, everything counts
    more, and the estimate may say so.
    """
    factors = rules.evidence_factor[evidence]
    sure = float(factors.min(initial=UNKNOWN_FACTOR, where=np.isfinite(factors)))
    return rules.min_pace * length_slack * max(sure, 1.0)
