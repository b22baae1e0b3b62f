"""What the demo city contains, in words others can use: the plan's result.

Points are (lon, lat) in degrees, lengths whole millimetres, slopes whole permille. A *truth* is
what a careful auditor with a tape would find; the map data tells only a part of it. Invariant:
the records are frozen and refer to objects of the written file by their OSM ids.
"""

from dataclasses import dataclass
from typing import Literal

LonLat = tuple[float, float]
Sector = Literal[
    "state_body",
    "education",
    "health",
    "culture",
    "sport",
    "social",
    "trade_services",
    "transport",
    "residential",
    "other",
]
Ownership = Literal["state", "private", "residential", "stop"]
RampKind = Literal["none", "fixed", "removable", "rail_track"]
Sides = Literal["none", "one", "both"]


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the three languages; none is empty."""

    kk: str
    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class EntranceTruth:
    """What is really there from the path to the inside of one door."""

    level_change_mm: int
    step_count: int
    step_rise_mm: int
    step_tread_mm: int
    stairs_width_mm: int
    stairs_handrail: Sides
    ramp: RampKind
    ramp_slope_permille: int | None
    ramp_length_mm: int | None
    ramp_width_mm: int | None
    ramp_handrail: Sides
    ramp_edge_mm: int | None
    platform_lift_working: bool | None
    platform_width_mm: int
    platform_depth_mm: int
    door_kind: Literal["hinged", "double", "sliding", "revolving"]
    door_automatic: Literal["no", "button", "motion"]
    door_clear_width_mm: int
    threshold_mm: int
    vestibule_depth_mm: int | None
    call_height_mm: int | None
    tactile_strip: bool
    path_width_mm: int
    path_slope_permille: int
    path_surface: str
    path_smoothness: str


@dataclass(frozen=True, slots=True)
class BuildingTruth:
    """What is really there behind the doors."""

    built_year: int
    levels: int
    lift_working: bool | None
    lift_door_width_mm: int | None
    lift_cabin_depth_mm: int | None
    corridor_width_mm: int
    inner_door_width_mm: int
    inner_threshold_mm: int
    wc_present: bool
    wc_door_width_mm: int | None
    wc_cabin_width_mm: int | None
    wc_cabin_depth_mm: int | None
    wc_rails: Sides
    desk_height_mm: int | None
    sign_language: Literal["none", "on_site", "online"]
    hearing_loop: bool
    staff_help: bool
    tactile_guide: Literal["none", "partial", "continuous"]


@dataclass(frozen=True, slots=True)
class DemoEntrance:
    """A door. `node_id` is None where the map does not know the entrance yet."""

    node_id: int | None
    point: LonLat
    role: Literal["main", "yes", "secondary", "service"]
    truth: EntranceTruth


@dataclass(frozen=True, slots=True)
class DemoOrganisation:
    """Somebody inside a building. `node_id` is None where the building's way carries it.

    `entrance` is the index of its own door among the building's entrances, or None where
    visitors use the building's main door.
    """

    node_id: int | None
    category: str
    sector: Sector
    name: Name
    point: LonLat
    level: int
    entrance: int | None


@dataclass(frozen=True, slots=True)
class DemoBuilding:
    """A building of the file; the outline is closed (first point repeated)."""

    way_id: int
    kind: str
    sector: Sector
    ownership: Ownership
    name: Name | None
    street: Name
    house_number: str
    outline: tuple[LonLat, ...]
    entrances: tuple[DemoEntrance, ...]
    organisations: tuple[DemoOrganisation, ...]
    truth: BuildingTruth

    @property
    def entrances_mapped(self) -> bool:
        """Whether the map data shows any door of this building."""
        return any(entrance.node_id is not None for entrance in self.entrances)


@dataclass(frozen=True, slots=True)
class DemoStop:
    """A bus stop."""

    node_id: int
    name: Name
    point: LonLat
    kerb_height_mm: int
    clear_width_mm: int
    shelter: bool
    bench: bool
    tactile_strip: bool
    display_board: bool


@dataclass(frozen=True, slots=True)
class DemoLift:
    """A street lift beside an under- or overpass."""

    node_id: int
    point: LonLat
    state: Literal["working", "key", "out_of_order", "hours"]
    door_width_mm: int
    cabin_depth_mm: int


@dataclass(frozen=True, slots=True)
class DemoStructure:
    """An under- or overpass."""

    kind: Literal["underpass", "overpass"]
    name: Name
    point: LonLat
    way_ids: tuple[int, ...]
    step_count: int
    lifts: tuple[DemoLift, ...]


@dataclass(frozen=True, slots=True)
class DemoTrap:
    """A planted difficulty for a router: what it is and where."""

    kind: str
    point: LonLat
    way_ids: tuple[int, ...] = ()
    node_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoDistrict:
    """An administrative area; the outline is closed."""

    relation_id: int
    name: Name
    admin_level: int
    outline: tuple[LonLat, ...]


@dataclass(frozen=True, slots=True)
class DemoCitySummary:
    """Counts of what was written."""

    seed: int
    file_bytes: int
    nodes: int
    ways: int
    relations: int
    buildings: int
    buildings_with_entrances: int
    entrances: int
    organisations: int
    stops: int
    crossings: int
