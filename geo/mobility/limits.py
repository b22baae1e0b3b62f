"""The limits of each profile, with the source of every figure.

Owns `limits.toml`. The street router and the verdicts about doors read the same `Limits`.
Integer units everywhere: mm, permille, counts. Invariant: tightening a limit never turns a
word into a better one, also for a value known only as a range.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from geo.mobility.profiles import Profile
from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.mobility.words import Word


class Mark(StrEnum):
    """Where a figure comes from, so that nobody takes a proposal for the law."""

    K = "K"
    """Kazakh code SP RK 3.06-101-2012*."""
    D = "D"
    """Doskaz audit form, a second witness of the Kazakh norm."""
    DK = "D=K"
    """Both agree."""
    N = "N"
    """Press paraphrase of the norm."""
    A = "A"
    """United States, ADA 2010."""
    R = "R"
    """Russia, SP 59.13330."""
    F = "F"
    """France."""
    O = "O"  # noqa: E741 - the mark's own letter
    """Convention of OpenStreetMap or of a routing engine."""
    P = "P"
    """Proposed here, no norm."""
    USER = "U"
    """Stated by the person who asks."""


class Sense(StrEnum):
    """Which side of the figure is good."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class Limit:
    """One figure pair: up to `ok` alone, up to `help` with help, beyond it not at all.

    `ok` None: no limit. `help` None with `ok` given: beyond `ok` it is always possible with
    help. `help` is never stricter than `ok`.
    """

    sense: Sense
    ok: int | None = None
    ok_mark: Mark = Mark.P
    help: int | None = None
    help_mark: Mark = Mark.P

    @property
    def limited(self) -> bool:
        """Whether the figure can stop or slow this profile at all."""
        return self.ok is not None

    def word(self, value: int) -> Word:
        """Return the word for an exactly known value: yes, with_help or no."""
        if self.ok is None or self._within(value, self.ok):
            return Word.YES
        if self.help is None or self._within(value, self.help):
            return Word.WITH_HELP
        return Word.NO

    def word_between(self, low: int | None, high: int | None) -> Word:
        """Return the word for a value known to lie in `low..high`; `None` is an open end.

        What is proven for the worst possible value counts. A range that may be impassable but
        need not be gives `unknown`.
        """
        if self.ok is None:
            return Word.YES
        bad, good = (high, low) if self.sense is Sense.AT_MOST else (low, high)
        at_worst = self._at_infinity() if bad is None else self.word(bad)
        at_best = Word.YES if good is None else self.word(good)
        if at_worst is Word.NO and at_best is not Word.NO:
            return Word.UNKNOWN
        return at_worst

    def tightened(self, ok: int) -> "Limit":
        """Return the limit for a person who states that one figure, nothing beyond it."""
        return Limit(self.sense, ok, Mark.USER, ok, Mark.USER)

    def _within(self, value: int, bound: int) -> bool:
        return value <= bound if self.sense is Sense.AT_MOST else value >= bound

    def _at_infinity(self) -> Word:
        return Word.WITH_HELP if self.help is None else Word.NO


def _at_most() -> Limit:
    return Limit(Sense.AT_MOST)


def _at_least() -> Limit:
    return Limit(Sense.AT_LEAST)


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of one profile; the default of each is "no limit"."""

    max_step_mm: Limit = field(default_factory=_at_most)
    """One step or a threshold, without ramp."""
    max_steps: Limit = field(default_factory=_at_most)
    """Steps of one flight without ramp or lift."""
    max_kerb_mm: Limit = field(default_factory=_at_most)
    max_incline_up_permille: Limit = field(default_factory=_at_most)
    max_incline_down_permille: Limit = field(default_factory=_at_most)
    """As a positive number."""
    max_cross_slope_permille: Limit = field(default_factory=_at_most)
    """As a positive number."""
    min_width_mm: Limit = field(default_factory=_at_least)
    """Of a path, pavement or corridor along its length."""
    min_passage_mm: Limit = field(default_factory=_at_least)
    """Of one short narrow place: between posts, through a turnstile."""
    max_surface_rank: Limit = field(default_factory=_at_most)
    """`SurfaceRank`; higher is worse."""
    max_smoothness_rank: Limit = field(default_factory=_at_most)
    """`SmoothnessRank`; higher is worse."""
    max_ramp_slope_permille: Limit = field(default_factory=_at_most)
    """Rise over `SHORT_RAMP_RISE_MM`."""
    max_short_ramp_slope_permille: Limit = field(default_factory=_at_most)
    """Rise up to `SHORT_RAMP_RISE_MM`."""
    min_ramp_width_mm: Limit = field(default_factory=_at_least)
    min_door_width_mm: Limit = field(default_factory=_at_least)
    min_manoeuvre_mm: Limit = field(default_factory=_at_least)
    min_lift_cabin_width_mm: Limit = field(default_factory=_at_least)
    min_lift_cabin_depth_mm: Limit = field(default_factory=_at_least)
    min_lift_door_mm: Limit = field(default_factory=_at_least)
    min_platform_width_mm: Limit = field(default_factory=_at_least)
    min_platform_depth_mm: Limit = field(default_factory=_at_least)
    max_desk_height_mm: Limit = field(default_factory=_at_most)
    max_stair_floors: Limit = field(default_factory=_at_most)
    """Floors that can be climbed by stairs where there is no lift."""
    max_stop_distance_mm: Limit = field(default_factory=_at_most)
    """From a parking bay or stop to the door; advice only."""

    def get(self, name: str) -> Limit:
        """Return a limit by name; raises `AttributeError` for a name that does not exist."""
        limit: Limit = getattr(self, name)
        return limit


SHORT_RAMP_RISE_MM = 200
"""Up to this rise a ramp may be steeper (Doskaz form, keys 18 and 60)."""


@dataclass(frozen=True, slots=True)
class CustomLimits:
    """What one person states about themselves; it replaces the figures of the profile.

    Each figure is final: what is beyond it is `no`, not `with_help`. `max_incline_up_permille`
    also binds ramps, `min_width_mm` also ramps and doors, `max_kerb_mm` also thresholds and
    single steps, unless the narrower figure is given too.
    """

    max_incline_up_permille: int | None = None
    max_incline_down_permille: int | None = None
    max_cross_slope_permille: int | None = None
    min_width_mm: int | None = None
    min_door_width_mm: int | None = None
    max_kerb_mm: int | None = None
    max_step_mm: int | None = None
    max_steps: int | None = None
    max_ramp_slope_permille: int | None = None
    worst_surface: SurfaceRank | None = None
    worst_smoothness: SmoothnessRank | None = None

    def overrides(self) -> dict[str, int]:
        """Return the limits that these figures replace, by name in `Limits`."""
        ramp = _first(self.max_ramp_slope_permille, self.max_incline_up_permille)
        step = _first(self.max_step_mm, self.max_kerb_mm)
        door = _first(self.min_door_width_mm, self.min_width_mm)
        wanted = {
            "max_incline_up_permille": self.max_incline_up_permille,
            "max_incline_down_permille": self.max_incline_down_permille,
            "max_cross_slope_permille": self.max_cross_slope_permille,
            "min_width_mm": self.min_width_mm,
            "min_passage_mm": self.min_width_mm,
            "min_ramp_width_mm": self.min_width_mm,
            "min_door_width_mm": door,
            "min_lift_door_mm": door,
            "max_kerb_mm": self.max_kerb_mm,
            "max_step_mm": step,
            "max_steps": self.max_steps,
            "max_ramp_slope_permille": ramp,
            "max_short_ramp_slope_permille": ramp,
            "max_surface_rank": self.worst_surface,
            "max_smoothness_rank": self.worst_smoothness,
        }
        return {name: int(value) for name, value in wanted.items() if value is not None}


def limits_for(profile: Profile, custom: CustomLimits | None = None) -> Limits:
    """Return the limits of a profile, with a person's own figures in place of its own."""
    base = _load()[profile]
    if custom is None:
        return base
    stated = {name: base.get(name).tightened(value) for name, value in custom.overrides().items()}
    return replace(base, **stated)


def limits_version() -> int:
    """Return the version of the packaged figures; a new one asks for new verdicts."""
    return int(_document()["version"])


def limits_as_json() -> dict[str, Any]:
    """Return every figure with its marks, by profile, for publication."""
    return {
        profile.value: {
            item.name: _limit_as_json(limits.get(item.name))
            for item in fields(Limits)
            if limits.get(item.name).limited
        }
        for profile, limits in _load().items()
    }


def _limit_as_json(limit: Limit) -> dict[str, Any]:
    return {
        "sense": limit.sense.value,
        "ok": limit.ok,
        "ok_mark": limit.ok_mark.value,
        "help": limit.help,
        "help_mark": limit.help_mark.value,
    }


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


@cache
def _document() -> dict[str, Any]:
    text = files("geo.mobility").joinpath("limits.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _load() -> Mapping[Profile, Limits]:
    document = _document()
    return {profile: _read(document[profile.value]) for profile in Profile}


_RANKS: dict[str, type[SurfaceRank] | type[SmoothnessRank]] = {
    "max_surface_rank": SurfaceRank,
    "max_smoothness_rank": SmoothnessRank,
}


def _read(rows: dict[str, list[Any]]) -> Limits:
    known = {item.name for item in fields(Limits)}
    if surplus := set(rows) - known:
        raise ValueError(f"limits.toml names unknown limits: {sorted(surplus)}")
    return Limits(**{name: _read_limit(name, row) for name, row in rows.items()})


def _read_limit(name: str, row: list[Any]) -> Limit:
    ok, ok_mark, with_help, help_mark = row
    sense = Sense.AT_LEAST if name.startswith("min_") else Sense.AT_MOST
    return Limit(
        sense=sense,
        ok=_read_figure(name, ok),
        ok_mark=Mark(ok_mark),
        help=None if with_help == "any" else _read_figure(name, with_help),
        help_mark=Mark(help_mark),
    )


def _read_figure(name: str, value: int | str) -> int:
    if isinstance(value, str):
        return int(_RANKS[name][value.upper()])
    return value
