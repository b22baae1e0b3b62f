"""Which ways can be walked, and what the map knows about walking them."""

from typing import Any

import pytest

from geo.network.models import EdgeKind
from geo.osm.tags.vertices import ROAD_SIGNALS, find_vertex_facts
from geo.osm.tags.walking import Walk, find_walk


def _walk(**tags: str) -> Walk:
    found = find_walk({key.replace("__", ":"): value for key, value in tags.items()})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"highway": "footway"}, EdgeKind.FOOTWAY),
        ({"highway": "footway", "footway": "sidewalk"}, EdgeKind.SIDEWALK),
        ({"highway": "footway", "footway": "crossing"}, EdgeKind.CROSSING),
        ({"highway": "path", "path": "crossing"}, EdgeKind.CROSSING),
        ({"highway": "path", "footway": "sidewalk"}, EdgeKind.SIDEWALK),
        ({"highway": "cycleway", "cycleway": "crossing", "foot": "yes"}, EdgeKind.CROSSING),
        ({"highway": "pedestrian"}, EdgeKind.PEDESTRIAN),
        ({"highway": "steps"}, EdgeKind.STEPS),
        ({"highway": "steps", "conveying": "yes"}, EdgeKind.ESCALATOR),
        ({"highway": "elevator"}, EdgeKind.LIFT),
        ({"highway": "corridor"}, EdgeKind.CORRIDOR),
        ({"highway": "path"}, EdgeKind.PATH),
        ({"highway": "cycleway", "foot": "designated"}, EdgeKind.PATH),
        ({"highway": "bridleway", "foot": "yes"}, EdgeKind.PATH),
        ({"highway": "platform"}, EdgeKind.PLATFORM),
        ({"railway": "platform"}, EdgeKind.PLATFORM),
        ({"public_transport": "platform"}, EdgeKind.PLATFORM),
        ({"highway": "track"}, EdgeKind.ROAD),
        ({"highway": "residential"}, EdgeKind.ROAD),
        ({"highway": "trunk"}, EdgeKind.ROAD),
        ({"highway": "motorway", "foot": "yes"}, EdgeKind.ROAD),
        ({"highway": "motorway", "sidewalk": "both"}, EdgeKind.ROAD),
        ({"highway": "service", "access": "no", "foot": "yes"}, EdgeKind.ROAD),
        ({"highway": "residential", "access": "private"}, EdgeKind.ROAD),
    ],
)
def test_walkable_ways_have_a_kind(tags: dict[str, str], kind: EdgeKind) -> None:
    """Each class that walkers may use maps to one kind."""
    assert _walk(**tags).kind is kind


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"highway": "motorway"},
        {"highway": "motorway_link"},
        {"highway": "cycleway"},
        {"highway": "bridleway"},
        {"highway": "proposed"},
        {"highway": "construction"},
        {"highway": "raceway"},
        {"highway": "bus_guideway"},
        {"highway": "rest_area"},
        {"highway": "via_ferrata"},
        {"highway": "footway", "foot": "no"},
        {"highway": "secondary", "foot": "use_sidepath"},
        {"highway": "residential", "access": "no"},
        {"highway": "trunk", "motorroad": "yes"},
        {"highway": "path", "ladder": "yes"},
        {"railway": "rail"},
        {"building": "yes"},
    ],
)
def test_ways_not_for_walkers_are_left_out(tags: dict[str, str]) -> None:
    """Bans, motor roads and things that are no ways give nothing."""
    assert find_walk(tags) is None


@pytest.mark.parametrize(
    ("tags", "access"),
    [
        ({"access": "private"}, "private"),
        ({"foot": "private"}, "private"),
        ({"access": "customers"}, "customers"),
        ({"access": "destination"}, "destination"),
        ({"foot": "permit"}, "permit"),
        ({"access": "private", "foot": "permissive"}, None),
        ({"access": "yes"}, None),
        ({"motor_vehicle": "no"}, None),
        ({"access": "military"}, "private"),
    ],
)
def test_restrictions_other_than_bans_are_kept(tags: dict[str, str], access: str | None) -> None:
    """`foot` overrules `access`; what binds only cars does not count."""
    assert _walk(highway="service", **tags).access == access


@pytest.mark.parametrize(
    ("tags", "directions"),
    [
        ({"highway": "residential", "oneway": "yes"}, (True, True)),
        ({"highway": "footway", "oneway": "yes"}, (True, True)),
        ({"highway": "footway", "oneway:foot": "yes"}, (True, False)),
        ({"highway": "path", "oneway:foot": "-1"}, (False, True)),
        ({"highway": "steps", "conveying": "forward"}, (True, False)),
        ({"highway": "steps", "conveying": "backward"}, (False, True)),
        ({"highway": "steps", "conveying": "reversible"}, (True, True)),
        ({"highway": "steps", "conveying": "yes", "oneway": "yes"}, (True, False)),
        ({"highway": "footway", "conveying": "yes", "oneway": "-1"}, (False, True)),
        ({"highway": "footway", "foot:backward": "no"}, (True, False)),
    ],
)
def test_one_way_binds_walkers_only_where_it_says_so(
    tags: dict[str, str], directions: tuple[bool, bool]
) -> None:
    """`oneway` is for vehicles, except on moving stairs and walkways."""
    found = find_walk(tags)
    assert found is not None
    assert (found.forward, found.backward) == directions


@pytest.mark.parametrize(
    ("tags", "sides"),
    [
        ({"sidewalk": "both"}, ("yes", "yes")),
        ({"sidewalk": "left"}, ("yes", "no")),
        ({"sidewalk": "right"}, ("no", "yes")),
        ({"sidewalk": "no"}, ("no", "no")),
        ({"sidewalk": "none"}, ("no", "no")),
        ({"sidewalk": "separate"}, ("separate", "separate")),
        ({"sidewalk:left": "separate", "sidewalk:right": "no"}, ("separate", "no")),
        ({"sidewalk:both": "separate"}, ("separate", "separate")),
        ({"sidewalk": "both", "sidewalk:right": "no"}, ("yes", "no")),
        ({}, (None, None)),
    ],
)
def test_pavements_have_sides(tags: dict[str, str], sides: tuple[str | None, str | None]) -> None:
    """Left and right are told apart; not mapped is unknown, never no."""
    found = find_walk({"highway": "tertiary"} | tags)
    assert found is not None
    assert (found.sidewalk_left, found.sidewalk_right) == sides


@pytest.mark.parametrize(
    ("tags", "field", "value"),
    [
        ({"surface": "asphalt"}, "surface", "asphalt"),
        ({"surface": "asphalt", "sidewalk": "both"}, "surface", None),
        ({"sidewalk": "both", "sidewalk:surface": "sett"}, "surface", "sett"),
        ({"sidewalk:left:smoothness": "bad"}, "smoothness", "bad"),
        ({"width": "6"}, "width_mm", 6000),
        ({"width": "6", "sidewalk": "both"}, "width_mm", None),
        ({"sidewalk:left:width": "2", "sidewalk:right:width": "1.2"}, "width_mm", 1200),
        ({"width": "2", "maxwidth:physical": "0.8"}, "width_mm", 800),
        ({"incline": "-6%"}, "incline_permille", -60),
        ({"incline": "up"}, "climb", 1),
        ({"incline:across": "3%"}, "cross_slope_permille", 30),
        ({"kerb:height": "0.12"}, "kerb_height_mm", 120),
        ({"step_count": "14"}, "step_count", 14),
        ({"handrail": "yes"}, "handrail", True),
        ({"handrail:left": "no", "handrail:right": "yes"}, "handrail", True),
        ({"handrail": "no"}, "handrail", False),
        ({}, "handrail", None),
        ({"ramp:wheelchair": "yes", "ramp": "yes"}, "ramp", "wheelchair"),
        ({"ramp:stroller": "yes"}, "ramp", "stroller"),
        ({"ramp": "no"}, "ramp", "no"),
        ({"ramp:wheelchair": "no"}, "ramp", "no"),
        ({"tactile_paving": "yes"}, "tactile_paving", "yes"),
        ({"lit": "24/7"}, "lit", True),
        ({"lit": "no"}, "lit", False),
        ({"lanes": "4"}, "lanes", 4),
        ({"wheelchair": "limited"}, "wheelchair", "limited"),
        ({"layer": "-1"}, "layer", -1),
        ({"level": "0;1"}, "level", "0;1"),
        ({"bridge": "viaduct"}, "bridge", True),
        ({"tunnel": "yes"}, "tunnel", True),
        ({"tunnel": "building_passage"}, "tunnel", False),
        ({"indoor": "yes"}, "indoor", True),
        ({"area": "yes"}, "is_area", True),
    ],
)
def test_facts_of_a_way(tags: dict[str, str], field: str, value: Any) -> None:  # noqa: ANN401 - any column
    """Each tag reaches its column in our units; the pavement's facts are not the road's."""
    found = find_walk({"highway": "tertiary"} | tags)
    assert found is not None
    assert getattr(found, field) == value


@pytest.mark.parametrize(
    ("tags", "crossing"),
    [
        ({"crossing": "traffic_signals"}, "traffic_signals"),
        ({"crossing": "zebra"}, "marked"),
        ({"crossing": "uncontrolled"}, "uncontrolled"),
        ({"crossing": "uncontrolled", "crossing:markings": "no"}, "unmarked"),
        ({"crossing": "unmarked"}, "unmarked"),
        ({"crossing": "no"}, "no"),
        ({"crossing:signals": "yes"}, "traffic_signals"),
        ({"crossing:markings": "zebra"}, "marked"),
        ({"crossing:markings": "no"}, "unmarked"),
        ({"crossing": "island"}, "yes"),
        ({}, "yes"),
    ],
)
def test_kinds_of_crossing(tags: dict[str, str], crossing: str) -> None:
    """Old and new crossing tags mean the same; a bare crossing is `yes`."""
    found = find_walk({"highway": "footway", "footway": "crossing"} | tags)
    assert found is not None
    assert found.crossing == crossing


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"barrier": "kerb", "kerb": "raised"}, {"kerb": "raised", "obstacle": None}),
        ({"barrier": "kerb"}, {"kerb": "yes"}),
        ({"kerb": "flush", "kerb:height": "0"}, {"kerb": "flush", "kerb_height_mm": 0}),
        ({"kerb:height": "12 cm"}, {"kerb_height_mm": 120}),
        ({"barrier": "bollard"}, {"obstacle": "bollard", "locked": None}),
        (
            {"barrier": "cycle_barrier", "maxwidth:physical": "0.9"},
            {"obstacle": "cycle_barrier", "obstacle_width_mm": 900},
        ),
        ({"barrier": "gate", "locked": "yes"}, {"locked": True}),
        ({"barrier": "gate", "access": "private"}, {"locked": True}),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, {"locked": False}),
        ({"barrier": "gate", "foot": "no"}, {"locked": True}),
        ({"highway": "crossing", "crossing": "zebra"}, {"crossing": "marked"}),
        ({"highway": "crossing"}, {"crossing": "yes"}),
        ({"highway": "traffic_signals"}, {"crossing": ROAD_SIGNALS}),
        (
            {"highway": "traffic_signals", "crossing": "traffic_signals"},
            {"crossing": "traffic_signals"},
        ),
        (
            {"highway": "crossing", "traffic_signals:sound": "yes"},
            {"signal_sound": True},
        ),
        ({"highway": "elevator", "level": "0;1"}, {"lift": True, "level": "0;1"}),
        ({"railway": "crossing"}, {"crossing": "yes"}),
    ],
)
def test_facts_of_a_node(tags: dict[str, str], expected: dict[str, object]) -> None:
    """Kerbs, gates, crossings and lifts on a node are kept."""
    found = find_vertex_facts(tags)
    assert found is not None
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    "tags", [{}, {"highway": "street_lamp"}, {"barrier": "entrance"}, {"level": "1"}]
)
def test_nodes_that_say_nothing_do_not_cut_ways(tags: dict[str, str]) -> None:
    """A lamp or a level alone is no reason for a vertex."""
    assert find_vertex_facts(tags) is None
