"""Steps as people perceive a way: few, whole, in words for this person."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.mobility import Profile, Word
from geo.routing.answer import Segment, SegmentKind, Step, Target
from geo.routing.costs import Hindrance
from geo.routing.encoding import Crossing, Evidence, LimitKind, RoadClass, Side
from geo.routing.landmarks import Landmark, make_landmarks
from geo.routing.needs import Needs
from geo.routing.texts import LANGUAGES, render, render_step
from tests.support.directions import describe, list_warnings

LAT = 43.24
NORTH_M = 1 / 111_195.08
EAST_M = NORTH_M / 0.7285
KNOWN = dict.fromkeys(LimitKind, Evidence.MAPPED)
ABAI = {"ru": "проспект Абая", "kk": "Абай даңғылы", "en": "Abai Avenue"}
DOOR = Target(76.9, LAT, word=Word.UNKNOWN, ref="door")
CHAIR = Needs(profile=Profile.MANUAL_WHEELCHAIR)
CANE = Needs(profile=Profile.LOW_VISION)


class Walker:
    """Lays segments one after the other, by metres east and north."""

    def __init__(self) -> None:
        self.here = (76.9, LAT)
        self.segments: list[Segment] = []

    def go(self, east_m: float, north_m: float, **values: Any) -> "Walker":  # noqa: ANN401 - fields of Segment
        """Add one straight segment."""
        there = (self.here[0] + east_m * EAST_M, self.here[1] + north_m * NORTH_M)
        length = round((east_m**2 + north_m**2) ** 0.5 * 1000)
        values = {"kind": SegmentKind.FOOTWAY, "evidence": KNOWN, "slope_permille": 0} | values
        shape = [self.here, there]
        self.segments.append(
            Segment(shape=shape, length_mm=length, duration_s=length / 1000, **values)
        )
        self.here = there
        return self

    def cross(self, east_m: float, north_m: float, **values: Any) -> "Walker":  # noqa: ANN401 - fields of Segment
        """Add a crossing of Abai Avenue."""
        values = {"crossing": Crossing.MARKED, "road_class": RoadClass.SECONDARY} | values
        return self.go(
            east_m, north_m, kind=SegmentKind.CROSSING, name=values.pop("name", ABAI), **values
        )


def keys(steps: list[Step]) -> list[str]:
    """Return the instructions' keys."""
    return [step.phrase.key for step in steps]


def remarks(step: Step) -> list[str]:
    """Return the remarks' keys."""
    return [remark.key for remark in step.remarks]


def test_a_jog_of_a_few_metres_is_no_pair_of_turns() -> None:
    """Left and right again within ten metres is still the same walk."""
    way = Walker().go(0, 60).go(-8, 0).go(0, 60).segments
    assert keys(describe(way, DOOR, CHAIR)) == ["depart.north.path", "arrive.unknown"]


def test_a_way_that_turns_inside_one_piece_says_so() -> None:
    """One drawn line may lead around a corner, or to and fro."""
    around = Walker().go(0, 50).go(50, 0).segments
    shape = [*around[0].shape, around[1].shape[1]]
    one = replace(around[0], shape=shape, length_mm=100_000)
    assert "remark.bends.right" in remarks(describe([one], DOOR, CHAIR)[0])
    zigzag = Walker().go(0, 30).go(14, 0).go(0, 30).segments
    shape = [zigzag[0].shape[0], *(s.shape[1] for s in zigzag)]
    one = replace(zigzag[0], shape=shape, length_mm=74_000)
    assert remarks(describe([one], DOOR, CHAIR)[0]) == ["remark.winds"]


def test_a_turn_into_another_way_is_said_with_its_side() -> None:
    """Sixty metres north, then east: right."""
    way = Walker().go(0, 60).go(60, 0).segments
    assert keys(describe(way, DOOR, CHAIR))[1] == "turn.right.path"
    way = Walker().go(0, 60).go(-60, 0, name=ABAI).segments
    assert keys(describe(way, DOOR, CHAIR))[1] == "turn.left.named"


def test_two_halves_of_a_crossing_with_an_island_are_one() -> None:
    """One road is crossed once; the island is a remark."""
    way = Walker().go(0, 40).cross(0, 9).go(0, 3).cross(0, 9).go(0, 40).segments
    steps = describe(way, DOOR, CHAIR)
    assert keys(steps)[1] == "cross.marked.named"
    assert len(steps) == 4
    assert "remark.island" in remarks(steps[1])
    assert sum(step.segment_count for step in steps) == len(way)


def test_a_square_between_two_parts_of_one_street_is_no_step() -> None:
    """A street, twenty metres called otherwise, and the same street straight on."""
    square = {"": "Aleksanterinkatu"}
    way = Walker().go(0, 80, name=ABAI).go(0, 20, name=square).go(0, 80, name=ABAI).segments
    steps = describe(way, DOOR, CHAIR)
    assert keys(steps) == ["depart.north.named", "arrive.unknown"]
    assert (steps[0].segment_count, steps[0].length_mm) == (3, 180_000)


def test_a_driveway_belongs_to_the_pavement_and_a_blind_walker_hears_of_it() -> None:
    """A service road across the pavement is no crossing of its own."""
    quiet = {"crossing": Crossing.UNMARKED, "road_class": RoadClass.SERVICE, "name": {}}
    way = Walker().go(0, 40).cross(0, 4, **quiet).go(0, 40).segments
    steps = describe(way, DOOR, CANE)
    assert keys(steps) == ["depart.north.path", "arrive.unknown"]
    assert "remark.driveways" in remarks(steps[0])


def test_a_high_kerb_at_a_driveway_is_not_hidden() -> None:
    """What a wheelchair does not pass alone stays an instruction."""
    way = (
        Walker()
        .go(0, 40)
        .cross(0, 4, road_class=RoadClass.SERVICE, kerb_mm=60, helps=(Hindrance.KERB,))
        .go(0, 40)
        .segments
    )
    steps = describe(way, DOOR, CHAIR)
    assert keys(steps)[1] == "cross.marked.named"
    assert remarks(steps[1])[:2] == ["remark.kerb", "remark.help.kerb"]


@pytest.mark.parametrize(
    ("crossing", "strong"), [(Crossing.INFERRED, "Attention"), (Crossing.UNMAPPED, "Danger")]
)
def test_a_road_without_a_mapped_crossing_is_said_in_strong_words(
    crossing: Crossing, strong: str
) -> None:
    """In the step, in the warnings, and for a blind walker with advice."""
    way = Walker().go(0, 40).cross(0, 14, crossing=crossing, inferred=True).go(0, 40).segments
    step = describe(way, DOOR, CANE)[1]
    assert render(step.phrase, "en").startswith(strong)
    assert "remark.cross_with_someone" in remarks(step)
    warning = next(
        w for w in list_warnings(way, CANE, DOOR) if w.key == "warning.inferred_crossings"
    )
    assert warning.params["n"] == 1


def test_what_matters_most_to_a_person_comes_first() -> None:
    """Slope before side for a wheelchair, side before slope for a white cane."""
    values = {"slope_permille": 90, "side": Side.LEFT, "kind": SegmentKind.PAVEMENT}
    way = Walker().go(0, 80, **values).segments
    assert remarks(describe(way, DOOR, CHAIR)[0])[:2] == ["remark.slope_up", "remark.side.left"]
    assert remarks(describe(way, DOOR, CANE)[0])[:2] == ["remark.side.left", "remark.slope_up"]


def test_a_slope_is_said_where_it_begins_and_for_how_long() -> None:
    """Forty metres flat, then thirty at 8 %."""
    way = Walker().go(0, 40).go(0, 30, slope_permille=80).segments
    remark = describe(way, DOOR, CHAIR)[0].remarks[0]
    assert render(remark, "en") == "After 40 metres it climbs at up to 8\u00a0% for 30 metres."
    down = [replace(s, slope_permille=-(s.slope_permille or 0)) for s in way]
    assert describe(down, DOOR, CHAIR)[0].remarks[0].key == "remark.slope_down.later"


def test_a_slope_from_the_terrain_is_called_so_and_short_ones_are_noise() -> None:
    """An elevation model knows nothing about ten metres."""
    guess = dict.fromkeys(LimitKind, Evidence.ASSUMED)
    flat = {"evidence": guess, "slope_permille": 0}
    long = Walker().go(0, 200, **flat).go(0, 30, **(flat | {"slope_permille": 70})).segments
    short = Walker().go(0, 200, **flat).go(0, 10, **(flat | {"slope_permille": 70})).segments
    assert "remark.slope_up_assumed" in remarks(describe(long, DOOR, CHAIR)[0])
    assert "remark.slope_up_assumed" not in remarks(describe(short, DOOR, CHAIR)[0])


def test_unknown_kerbs_are_said_once_for_the_way_when_most_are_unknown() -> None:
    """Three crossings of which nobody knows the kerb: one warning, no remarks."""
    walker = Walker()
    for _ in range(3):
        walker.go(0, 60).cross(0, 10)
    steps = describe(walker.segments, DOOR, CHAIR)
    assert "warning.kerbs_unknown" in [w.key for w in list_warnings(walker.segments, CHAIR, DOOR)]
    assert all("remark.kerb_unknown" not in remarks(step) for step in steps)
    one = Walker().go(0, 60).cross(0, 10).go(0, 60).segments
    assert "remark.kerb_unknown" in remarks(describe(one, DOOR, CHAIR)[1])


def test_a_flush_kerb_is_good_on_wheels_and_cannot_be_felt_with_a_cane() -> None:
    """The same kerb, two sentences."""
    way = Walker().go(0, 60).cross(0, 10, kerb_mm=0).go(0, 60).segments
    assert "remark.kerb_flush" in remarks(describe(way, DOOR, CHAIR)[1])
    assert "remark.kerb_flush_unfelt" in remarks(describe(way, DOOR, CANE)[1])


def test_the_arrival_says_the_side_and_a_point_is_no_door() -> None:
    """A door five metres to the left of the way."""
    way = Walker().go(0, 60).go(-5, 0, kind=SegmentKind.ACCESS).segments
    assert remarks(describe(way, DOOR, CHAIR)[-1]) == ["remark.arrive.left"]
    point = Target(76.9, LAT, word=Word.YES)
    assert describe(way, point, CHAIR)[-1].phrase.key == "arrive.point"


def test_who_comes_out_of_a_door_is_told_the_compass_point() -> None:
    """Nobody has a heading yet: neither to the street nor along it."""
    way = Walker().go(0, 20, kind=SegmentKind.ACCESS).go(60, 0).segments
    assert keys(describe(way, DOOR, CHAIR))[:2] == ["access.start.north", "depart.east.path"]


def test_landmarks_stand_on_the_side_where_one_sees_them_and_are_said_once() -> None:
    """A mosque on the left of a long street, going and coming back."""
    mosque = Landmark("m", "worship", {"en": "Nur Mosque"}, ((76.9 - 12 * EAST_M, LAT + 0.0006),))
    landmarks = make_landmarks([mosque])
    way = Walker().go(0, 150).segments
    there = describe(way, DOOR, CHAIR, landmarks)[0].remarks
    assert [r.key for r in there] == ["landmark.pass.left"]
    assert "Nur Mosque" in render(there[0], "en")
    back = [replace(s, shape=s.shape[::-1]) for s in way]
    assert describe(back, DOOR, CHAIR, landmarks)[0].remarks[0].key == "landmark.pass.right"
    twice = Walker().go(0, 150).go(1, 0).go(0, -150).segments
    said = [r.key for s in describe(twice, DOOR, CHAIR, landmarks) for r in s.remarks]
    assert len([key for key in said if key.startswith("landmark")]) == 1


def test_a_landmark_across_the_block_is_not_mentioned() -> None:
    """Fifty metres away nobody notices a shop."""
    far = Landmark("s", "shop", {"en": "Shop"}, ((76.9 + 50 * EAST_M, LAT + 0.0006),))
    way = Walker().go(0, 150).segments
    assert not describe(way, DOOR, CHAIR, make_landmarks([far]))[0].remarks


SEGMENTS = st.fixed_dictionaries(
    {
        "east": st.floats(-60, 60),
        "north": st.floats(1.5, 60),
        "pieces": st.integers(1, 3),
        "kind": st.sampled_from(list(SegmentKind)),
        "name": st.sampled_from([{}, ABAI, {"": "Kaivokatu"}]),
        "side": st.sampled_from(list(Side)),
        "road_class": st.sampled_from(list(RoadClass)),
        "crossing": st.sampled_from(list(Crossing)),
        "inferred": st.booleans(),
        "slope_permille": st.none() | st.integers(-150, 150),
        "cross_slope_permille": st.none() | st.integers(0, 90),
        "width_mm": st.none() | st.integers(300, 3000),
        "passage_mm": st.none() | st.integers(0, 2000),
        "kerb_mm": st.none() | st.integers(0, 250),
        "steps": st.none() | st.integers(0, 120),
        "surface": st.none() | st.integers(0, 4),
        "smoothness": st.none() | st.integers(0, 7),
        "level_tenths": st.sampled_from([-10, 0, 10, 15]),
        "lift": st.booleans(),
        "private": st.booleans(),
        "tactile": st.booleans(),
        "sound": st.booleans(),
        "ramp": st.booleans(),
        "handrail": st.booleans(),
        "helps": st.lists(st.sampled_from(list(Hindrance)), max_size=2).map(tuple),
        "evidence": st.sampled_from([dict.fromkeys(LimitKind, each) for each in Evidence]),
    }
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    parts=st.lists(SEGMENTS, min_size=1, max_size=9),
    profile=st.sampled_from(list(Profile)),
    word=st.sampled_from(list(Word)),
)
def test_any_way_reads_as_sentences_and_loses_no_segment(
    parts: list[dict[str, Any]], profile: Profile, word: Word
) -> None:
    """Every segment is in one step; no text is empty, broken, or holds a leftover of code."""
    walker = Walker()
    for part in parts:
        values = dict(part)
        # Some pieces lie on one line and are alike, as drawn ways are.
        pieces = values.pop("pieces")
        east, north = values.pop("east") / pieces, values.pop("north") / pieces
        for _ in range(pieces):
            walker.go(east, north, **values)
    target = Target(walker.here[0], walker.here[1], word=word, ref="door")
    needs = Needs(profile=profile)
    shop = Landmark("s", "shop", {"ru": "Магнум"}, (walker.segments[0].shape[1],))
    steps = describe(walker.segments, target, needs, make_landmarks([shop]))
    at = 0
    for step in steps:
        assert step.first_segment == at
        at += step.segment_count
    assert at == len(walker.segments)
    assert sum(s.length_mm for s in steps) == sum(s.length_mm for s in walker.segments)
    warnings = list_warnings(walker.segments, needs, target)
    for language in LANGUAGES:
        texts = [render_step(step, language) for step in steps]
        texts += [render(warning, language) for warning in warnings]
        for text in texts:
            assert re.fullmatch(r"\S(.*\S)?\.", text), text
            assert not re.search(r"  |[{}]|None|\.\.|nan|:\.|\(\)| ,", text), text
