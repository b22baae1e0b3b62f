"""What is really there at doors and inside: consistent measurements, and the map's share of them.

Draws truths only; knows no geometry. Invariant: the measures agree with each other (rise = steps
x riser, ramp length = rise / slope), as those of one real visit would.
"""

from typing import Final, Literal

from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Tags
from geo.demo_city.kinds import Kind
from geo.demo_city.records import BuildingTruth, EntranceTruth, RampKind, Sides

Porch = Literal[
    "level", "low_step", "steps", "good_ramp", "poor_ramp", "rails", "removable", "lift"
]

# how often one meets each kind of entrance; a guess that gives every verdict its cases
_PORCHES: Final[dict[str, dict[Porch, float]]] = {
    "state": {
        "level": 2, "low_step": 1, "steps": 2, "good_ramp": 3, "poor_ramp": 2.5, "rails": 0.4,
        "removable": 0.3, "lift": 0.4,
    },
    "private": {
        "level": 2.5, "low_step": 3, "steps": 3, "good_ramp": 0.8, "poor_ramp": 1.5,
        "rails": 0.5, "removable": 0.4, "lift": 0.1,
    },
    "residential": {
        "level": 0.8, "low_step": 2.5, "steps": 4, "good_ramp": 0.4, "poor_ramp": 1.2,
        "rails": 1.0, "removable": 0.05, "lift": 0.05,
    },
}  # fmt: skip
_RAMP_OF: Final[dict[Porch, RampKind]] = {
    "good_ramp": "fixed",
    "poor_ramp": "fixed",
    "rails": "rail_track",
    "removable": "removable",
}
_GOOD_SLOPES: Final = (45, 50, 50, 60, 70, 80)
_POOR_SLOPES: Final = (95, 110, 130, 150, 180, 220, 260)
_MM_PER_M: Final = 1000
_NEW_BUILDING_YEAR: Final = 2012


def _rise(porch: Porch, dice: Dice) -> tuple[int, int]:
    """Draw (steps, riser in mm)."""
    if porch == "level":
        return 0, 0
    if porch == "low_step":
        return 1, dice.whole(4, 15) * 10
    steps = dice.whole(2, 7)
    return steps, dice.pick([120, 130, 140, 150, 150, 160, 170])


def _ramp_measures(
    porch: Porch, rise_mm: int, dice: Dice
) -> tuple[int | None, int | None, int | None, Sides, int | None]:
    """Draw (slope, length, width, handrails, edge) of a ramp over a rise."""
    if porch not in _RAMP_OF:
        return None, None, None, "none", None
    if porch == "good_ramp":
        slope = dice.pick(_GOOD_SLOPES)
        rails: Sides = dice.weigh({"both": 4.0, "one": 1.0})
        return slope, rise_mm * _MM_PER_M // slope, dice.whole(24, 36) * 50, rails, 50
    slope = dice.pick(_POOR_SLOPES)
    width = dice.whole(14, 22) * 50 if porch != "rails" else dice.whole(13, 16) * 50
    poor_rails: Sides = dice.weigh({"none": 4.0, "one": 2.0, "both": 1.0})
    edge = dice.pick([0, 0, 20, 50]) if porch == "poor_ramp" else None
    return slope, rise_mm * _MM_PER_M // slope, width, poor_rails, edge


def draw_entrance(kind: Kind, role: str, built_year: int, dice: Dice) -> EntranceTruth:
    """Draw one door's truth; newer buildings and main doors are better on the whole."""
    porch = dice.weigh(_PORCHES["private" if kind.ownership == "stop" else kind.ownership])
    if built_year >= _NEW_BUILDING_YEAR and porch in {"steps", "rails"} and dice.chance(0.5):
        porch = "good_ramp" if kind.is_public else "level"
    if role == "service" and porch in {"good_ramp", "lift", "removable"}:
        porch = "steps"
    steps, riser_mm = _rise(porch, dice)
    rise_mm = steps * riser_mm
    slope, length_mm, width_mm, rails, edge_mm = _ramp_measures(porch, rise_mm, dice)
    automatic: Literal["no", "button", "motion"] = "no"
    if kind.is_public and role == "main":
        automatic = dice.weigh({"no": 5.0, "motion": 2.0, "button": 0.5})
    wide = automatic != "no" or dice.chance(0.4)
    stairs_rail: Sides = dice.weigh({"none": 3.0, "one": 2.0, "both": 2.0}) if steps > 1 else "none"
    return EntranceTruth(
        level_change_mm=rise_mm,
        step_count=steps,
        step_rise_mm=riser_mm,
        step_tread_mm=dice.whole(28, 42) * 10 if steps else 0,
        stairs_width_mm=dice.whole(24, 50) * 50 if steps else 0,
        stairs_handrail=stairs_rail,
        ramp=_RAMP_OF.get(porch, "none"),
        ramp_slope_permille=slope,
        ramp_length_mm=length_mm,
        ramp_width_mm=width_mm,
        ramp_handrail=rails,
        ramp_edge_mm=edge_mm,
        platform_lift_working=dice.chance(0.6) if porch == "lift" else None,
        platform_width_mm=dice.whole(24, 60) * 50,
        platform_depth_mm=dice.whole(20, 50) * 50,
        door_kind="sliding"
        if automatic == "motion"
        else dice.weigh({"hinged": 4.0, "double": 2.0}),
        door_automatic=automatic,
        door_clear_width_mm=dice.whole(90, 130) * 10 if wide else dice.whole(70, 95) * 10,
        threshold_mm=dice.pick([0, 5, 10, 12, 14] if wide else [10, 14, 20, 25, 30, 40, 60]),
        vestibule_depth_mm=dice.whole(22, 46) * 50 if dice.chance(0.5) else None,
        call_height_mm=dice.whole(80, 140) * 10 if dice.chance(0.3) else None,
        tactile_strip=dice.chance(0.3 if kind.ownership == "state" else 0.05),
        path_width_mm=dice.whole(20, 50) * 50,
        path_slope_permille=dice.whole(5, 65),
        path_surface=dice.pick(["asphalt", "paving_stones", "paving_stones", "concrete"]),
        path_smoothness=dice.weigh({"good": 4.0, "intermediate": 3.0, "bad": 1.0}),
    )


def draw_building(kind: Kind, dice: Dice) -> BuildingTruth:
    """Draw what is behind the doors."""
    levels = dice.whole(*kind.levels)
    year = dice.pick([1958, 1965, 1974, 1982, 1988, 1996, 2004, 2008, 2013, 2016, 2019, 2022])
    has_lift = levels > 5 or (levels > 2 and kind.is_public and dice.chance(0.4))  # noqa: PLR2004 - lifts are built from six storeys up
    wc = kind.is_public and dice.chance(0.8)
    adapted = wc and dice.chance(0.35)
    return BuildingTruth(
        built_year=year,
        levels=levels,
        lift_working=dice.chance(0.85) if has_lift else None,
        lift_door_width_mm=dice.whole(70, 100) * 10 if has_lift else None,
        lift_cabin_depth_mm=dice.whole(95, 215) * 10 if has_lift else None,
        corridor_width_mm=dice.whole(24, 50) * 50,
        inner_door_width_mm=dice.whole(75, 110) * 10,
        inner_threshold_mm=dice.pick([0, 0, 5, 10, 14, 20, 30]),
        wc_present=wc,
        wc_door_width_mm=(dice.whole(90, 120) if adapted else dice.whole(60, 85)) * 10
        if wc
        else None,
        wc_cabin_width_mm=(dice.whole(165, 230) if adapted else dice.whole(85, 150)) * 10
        if wc
        else None,
        wc_cabin_depth_mm=(dice.whole(180, 240) if adapted else dice.whole(110, 180)) * 10
        if wc
        else None,
        wc_rails="both" if adapted else "none",
        desk_height_mm=dice.pick([750, 800, 900, 1050, 1100]) if kind.is_public else None,
        sign_language=dice.weigh({"none": 8.0, "online": 1.5, "on_site": 0.5})
        if kind.ownership == "state"
        else "none",
        hearing_loop=kind.ownership == "state" and dice.chance(0.08),
        staff_help=kind.is_public and dice.chance(0.5),
        tactile_guide=dice.weigh({"none": 6.0, "partial": 2.0, "continuous": 1.0})
        if kind.ownership == "state"
        else "none",
    )


def _wheelchair(truth: EntranceTruth) -> str:
    """Say what a mapper would: OSM's own rule of seven centimetres for `limited`."""
    if truth.step_count == 0 or truth.ramp == "fixed":
        return "yes"
    return "limited" if truth.level_change_mm <= 70 else "no"  # noqa: PLR2004 - OSM's figure


def metres(value_mm: int) -> str:
    """Write millimetres as OSM's metres."""
    return f"{value_mm / _MM_PER_M:g}"


def entrance_tags(truth: EntranceTruth, role: str, dice: Dice) -> Tags:
    """Tell a share of the truth as tags of the entrance's node."""
    told: list[tuple[float, Tags]] = [
        (0.5, {"door": "hinged" if truth.door_kind == "double" else truth.door_kind}),
        (0.4, {"width": metres(truth.door_clear_width_mm)}),
        (0.3, {"wheelchair": _wheelchair(truth)}),
        (0.45, {"entrance:step_count": str(truth.step_count)}),
        (0.25, {"kerb:height": metres(truth.threshold_mm)}),
        (0.1, {"level": "0"}),
    ]
    if truth.door_automatic != "no":
        value = "motion" if truth.door_automatic == "motion" else "button"
        told.append((0.7, {"automatic_door": value}))
    else:
        told.append((0.2, {"automatic_door": "no"}))
    if truth.ramp == "fixed":
        told.append((0.6, {"ramp": "yes", "ramp:wheelchair": "yes"}))
    elif truth.ramp == "removable":
        told.append((0.6, {"ramp:portable": "yes"}))
    elif truth.step_count:
        told.append((0.25, {"ramp": "no"}))
    tags: Tags = {"entrance": role}
    for share, more in told:
        if dice.chance(share):
            tags |= more
    return tags
