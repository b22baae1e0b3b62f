"""The figures of the profiles and how a value is held against them."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.mobility import CustomLimits, Limit, Limits, Mark, Profile, Word, limits_for
from geo.mobility.limits import Sense, limits_as_json
from geo.mobility.surfaces import (
    SMOOTHNESS_RANKS,
    SURFACE_RANKS,
    find_smoothness_rank,
    find_surface_rank,
)


@pytest.mark.parametrize(
    ("profile", "name", "value", "word"),
    [
        (Profile.MANUAL_WHEELCHAIR, "max_step_mm", 14, Word.YES),
        (Profile.MANUAL_WHEELCHAIR, "max_step_mm", 70, Word.WITH_HELP),
        (Profile.MANUAL_WHEELCHAIR, "max_step_mm", 71, Word.NO),
        (Profile.POWERED_WHEELCHAIR, "max_step_mm", 60, Word.NO),
        (Profile.MANUAL_WHEELCHAIR, "min_door_width_mm", 900, Word.YES),
        (Profile.MANUAL_WHEELCHAIR, "min_door_width_mm", 800, Word.WITH_HELP),
        (Profile.MANUAL_WHEELCHAIR, "min_door_width_mm", 799, Word.NO),
        (Profile.POWERED_WHEELCHAIR, "min_door_width_mm", 849, Word.NO),
        (Profile.MANUAL_WHEELCHAIR, "max_ramp_slope_permille", 83, Word.WITH_HELP),
        (Profile.MANUAL_WHEELCHAIR, "max_short_ramp_slope_permille", 83, Word.YES),
        (Profile.LIMITED_WALKING, "max_cross_slope_permille", 300, Word.WITH_HELP),
        (Profile.DEAF, "max_steps", 200, Word.YES),
    ],
)
def test_figures_of_the_profiles(profile: Profile, name: str, value: int, word: Word) -> None:
    """The packaged figures give the words of the published table."""
    assert limits_for(profile).get(name).word(value) is word


def test_help_is_never_stricter_than_ok() -> None:
    """For every figure, what is passed alone is also passed with help."""
    for profile in Profile:
        limits = limits_for(profile)
        for item in fields(Limits):
            limit = limits.get(item.name)
            if limit.ok is not None and limit.help is not None:
                looser = limit.help - limit.ok
                assert looser >= 0 if limit.sense is Sense.AT_MOST else looser <= 0, item.name


def test_an_inequality_proves_what_it_proves() -> None:
    """At most 83 permille proves the help figure of a manual chair, not the ok figure."""
    slope = limits_for(Profile.MANUAL_WHEELCHAIR).max_ramp_slope_permille
    assert slope.word_between(None, 83) is Word.WITH_HELP
    assert slope.word_between(None, 50) is Word.YES
    assert slope.word_between(84, None) is Word.NO
    assert slope.word_between(70, 90) is Word.UNKNOWN
    door = limits_for(Profile.MANUAL_WHEELCHAIR).min_door_width_mm
    assert door.word_between(900, None) is Word.YES
    assert door.word_between(800, 899) is Word.WITH_HELP
    assert door.word_between(None, 799) is Word.NO
    assert door.word_between(None, 850) is Word.UNKNOWN


ends = st.one_of(st.none(), st.integers(0, 100))


@given(
    sense=st.sampled_from(Sense), figures=st.tuples(*[st.integers(0, 100)] * 4), low=ends, high=ends
)
def test_tightening_never_makes_a_word_better(
    sense: Sense, figures: tuple[int, int, int, int], low: int | None, high: int | None
) -> None:
    """For any value or range, a stricter pair of figures gives the same word or a worse one."""
    if low is not None and high is not None and low > high:
        low, high = high, low
    strict, strict_help, loose, loose_help = sorted(figures)
    if sense is Sense.AT_LEAST:
        strict, strict_help, loose, loose_help = loose_help, loose, strict_help, strict
    ok = sorted((strict, loose), reverse=sense is Sense.AT_LEAST)
    with_help = sorted((strict_help, loose_help), reverse=sense is Sense.AT_LEAST)
    tight = Limit(sense, ok[0], Mark.P, with_help[0], Mark.P)
    wide = Limit(sense, ok[1], Mark.P, with_help[1], Mark.P)
    assert tight.word_between(low, high).rank <= wide.word_between(low, high).rank


def test_a_person_s_own_figures_are_final() -> None:
    """A stated incline binds streets and ramps, and beyond it the answer is no."""
    limits = limits_for(Profile.MANUAL_WHEELCHAIR, CustomLimits(max_incline_up_permille=60))
    assert limits.max_incline_up_permille.word(60) is Word.YES
    assert limits.max_incline_up_permille.word(61) is Word.NO
    assert limits.max_ramp_slope_permille.word(61) is Word.NO
    assert limits.max_ramp_slope_permille.ok_mark is Mark.USER
    assert limits.max_step_mm == limits_for(Profile.MANUAL_WHEELCHAIR).max_step_mm


def test_published_figures_have_marks() -> None:
    """Whoever reads the published limits sees where each figure comes from."""
    published = limits_as_json()
    assert published["manual_wheelchair"]["min_door_width_mm"] == {
        "sense": "at_least",
        "ok": 900,
        "ok_mark": "D=K",
        "help": 800,
        "help_mark": "F",
    }
    assert published["deaf"] == {}


def test_scales_know_what_they_do_not_know() -> None:
    """A surface that is not listed has no rank, so nobody takes it for smooth."""
    assert find_surface_rank("lava") is None
    assert find_smoothness_rank(None) is None
    assert SURFACE_RANKS["asphalt"] < SURFACE_RANKS["sett"] < SURFACE_RANKS["sand"]
    assert SMOOTHNESS_RANKS["good"] < SMOOTHNESS_RANKS["bad"]
