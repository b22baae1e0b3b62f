"""One person's own limits, help, keys and time; places inside places; what a verdict tells."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from audits.catalogue import Answer
from audits.observations import Confidence, Grade
from audits.verdicts import (
    Advice,
    GivenElement,
    Scope,
    Verdict,
    judge,
    judge_all,
    judge_entrances,
    list_badges,
    place_of_answers,
)
from geo.mobility import CustomLimits, Help, HelpKind, Profile, Word
from geo.places.kinds import ElementKind, PlaceKind
from tests.support.verdict_cases import MAIN_ID, NOW, SIDE_ID, base_answers, make_place

MANUAL = Profile.MANUAL_WHEELCHAIR
PERFECT = base_answers("perfect")
RAMP = {
    "entrance.level_change": 600,
    "ramp.kind": "fixed",
    "ramp.slope": 70,
    "ramp.width": 1250,
}
ALMATY = ZoneInfo("Asia/Almaty")


def _judge(
    answers: dict[str, Any],
    scope: Scope = Scope.ENTRY,
    profile: Profile = MANUAL,
    **who: Any,  # noqa: ANN401 - passed on as they are
) -> Verdict:
    return judge(make_place({**PERFECT, **answers}), profile, scope, now=NOW, **who)


def test_own_limits_replace_the_figures() -> None:
    """Somebody who climbs 7 % alone gets yes; somebody who manages 6 % gets no."""
    assert _judge(RAMP).word is Word.WITH_HELP
    assert _judge(RAMP, limits=CustomLimits(max_incline_up_permille=70)).word is Word.YES
    assert _judge(RAMP, limits=CustomLimits(max_incline_up_permille=60)).word is Word.NO
    narrow = CustomLimits(min_width_mm=700)
    assert _judge({"door.clear_width": 720}, limits=narrow).word is Word.YES
    no_steps = CustomLimits(max_steps=0)
    assert _judge({"stairs.count": 1, "entrance.level_change": 40}, limits=no_steps).word in {
        Word.NO,
        Word.UNKNOWN,
    }


def test_help_that_is_not_at_hand_is_no() -> None:
    """A ramp that needs a push is no for somebody alone, and needs the help it names."""
    assert _judge(RAMP, help_at_hand=Help.COMPANION).word is Word.WITH_HELP
    assert _judge(RAMP, help_at_hand=Help.STAFF).word is Word.WITH_HELP
    alone = _judge(RAMP, help_at_hand=Help.ALONE)
    assert alone.word is Word.NO
    (push,) = (reason for reason in alone.blocking if reason.requirement == "ramp_slope")
    assert push.help_kinds == (HelpKind.COMPANION, HelpKind.STAFF)
    effort = _judge({"path.width_min": 1000}, help_at_hand=Help.ALONE)
    assert effort.word is Word.WITH_HELP
    assert effort.help_kinds == (HelpKind.EFFORT,)


@pytest.mark.parametrize(
    ("hour", "word"), [(10, Word.YES), (20, Word.NO)], ids=["in the hours", "after the hours"]
)
def test_the_time_of_the_visit_closes_doors(hour: int, word: Word) -> None:
    """A door is judged by its hours only when a time is given."""
    hours = {"entrance.opening_hours": "Mo-Su 09:00-18:00"}
    at = datetime(2026, 11, 23, hour, tzinfo=ALMATY)
    assert _judge(hours, at=at).word is word
    assert _judge(hours).word is Word.YES


def test_a_visit_in_the_future_asks_whether_facts_still_hold_then() -> None:
    """A lift seen working yesterday says nothing about a visit in two months."""
    answers = {**base_answers("third_floor")}
    place = make_place(answers)
    later = NOW + timedelta(days=60)
    assert judge(place, MANUAL, Scope.SERVICE, now=NOW).word is Word.YES
    visit = judge(place, MANUAL, Scope.SERVICE, now=NOW, at=later)
    assert visit.word is Word.UNKNOWN
    assert visit.missing[0].field == "lift.state"
    assert visit.missing[0].advice is Advice.LOOK_AGAIN


def test_interpreter_counts_in_its_hours() -> None:
    """Signing by video after hours leaves writing, with help."""
    hours = {"staff.sign_language": "online", "staff.sign_language_hours": "Mo-Fr 09:00-18:00"}
    evening = datetime(2026, 11, 23, 19, tzinfo=ALMATY)
    verdict = _judge(hours, Scope.SERVICE, Profile.DEAF, at=evening)
    assert verdict.word is Word.WITH_HELP


def test_an_organisation_inherits_the_entry_of_its_building() -> None:
    """Without a door of its own it has the building's entrance as its target."""
    building = make_place(PERFECT)
    inside = {"service.floor": 1, "corridor.width_min": 1600, "inner_stairs.count": 0}
    shop = make_place(
        {**inside, "inner_door.clear_width": 820},
        kind=PlaceKind.ORGANISATION,
        parent=building,
        place_id=UUID(int=77),
    )
    entry = judge(shop, MANUAL, Scope.ENTRY, now=NOW)
    assert entry.word is Word.YES
    assert entry.entrance_id == MAIN_ID
    assert entry.entrances[0].place_id == building.id
    assert judge(shop, MANUAL, Scope.SERVICE, now=NOW).word is Word.WITH_HELP


def test_an_organisation_with_its_own_door_is_judged_by_it() -> None:
    """A shop with steps to the street is not entered through the building's good door."""
    steps = {
        "path.step_count": 0,
        "entrance.level_change": 600,
        "stairs.count": 4,
        "ramp.kind": {"state": "absent"},
        "door.clear_width": 950,
        "door.threshold": 0,
    }
    shop = make_place(
        steps, kind=PlaceKind.ORGANISATION, parent=make_place(PERFECT), place_id=UUID(int=78)
    )
    assert judge(shop, MANUAL, Scope.ENTRY, now=NOW).word is Word.NO


def test_an_underpass_is_as_good_as_its_worse_end() -> None:
    """In at one end and out at the other: both count, and one end alone is not known."""
    good = {"path.step_count": 0, "entrance.level_change": 0}
    bad = {"path.step_count": 0, "entrance.level_change": 4000, "stairs.count": 25}
    no_ramp = {"ramp.kind": {"state": "absent"}}

    def word(side: dict[str, Any] | None) -> Word:
        place = make_place(good, kind=PlaceKind.CROSSING_STRUCTURE, side=side)
        return judge(place, MANUAL, Scope.ENTRY, now=NOW).word

    assert word(good) is Word.YES
    assert word({**bad, **no_ramp}) is Word.NO
    assert word(None) is Word.UNKNOWN


def test_targets_for_the_router_come_best_first() -> None:
    """Each public entrance has a word, a point, extra seconds and a way in."""
    place = make_place({**PERFECT, **RAMP}, side={"entrance.level_change": 0, **_side()})
    first, second = judge_entrances(place, MANUAL, now=NOW)
    assert (first.entrance_id, first.word, first.note) == (SIDE_ID, Word.YES, "note.level")
    assert (second.entrance_id, second.word, second.note) == (
        MAIN_ID,
        Word.WITH_HELP,
        "note.ramp",
    )
    assert first.point is not None
    assert second.extra_seconds > first.extra_seconds


def _side() -> dict[str, Any]:
    return {"path.step_count": 0, "door.clear_width": 950, "door.threshold": 0}


def test_a_verdict_says_how_sure_and_how_old_it_is() -> None:
    """Weakest evidence, confidence, coverage, and when the clock may change it."""
    verdict = _judge({"door.clear_width": {"value": 950, "by": "claimed", "days": 100}})
    assert verdict.word is Word.YES
    assert verdict.grade is Grade.CLAIMED
    assert verdict.confidence is Confidence.LOW
    assert verdict.oldest_at == NOW - timedelta(days=100)
    assert verdict.valid_until is not None
    assert verdict.valid_until > NOW
    assert 0 < verdict.coverage_percent <= 100
    measured = _judge({})
    assert measured.confidence is Confidence.MEDIUM


def test_the_clock_may_change_a_word_only_when_the_verdict_says_so() -> None:
    """Up to `valid_until` the word stays; a lift's state ends it."""
    place = make_place(base_answers("third_floor"))
    verdict = judge(place, MANUAL, Scope.SERVICE, now=NOW)
    assert verdict.valid_until == NOW + timedelta(days=29)
    just_before = verdict.valid_until - timedelta(seconds=1)
    assert judge(place, MANUAL, Scope.SERVICE, now=just_before).word is verdict.word
    assert judge(place, MANUAL, Scope.SERVICE, now=verdict.valid_until).word is Word.UNKNOWN


def test_missing_facts_come_in_the_order_of_a_visit() -> None:
    """What an express visit asks comes before what only a deeper one asks."""
    verdict = _judge({"service.floor": {"state": "unknown"}}, Scope.SERVICE)
    open_place = judge(make_place({}), MANUAL, Scope.SERVICE, now=NOW)
    assert [item.field for item in verdict.missing] == ["service.floor"]
    fields = [item.field for item in open_place.missing]
    assert fields[0] == "path.step_count"
    assert fields.index("door.clear_width") < fields.index("corridor.width_min")


def test_remote_service_is_told_and_lifts_nothing() -> None:
    """Home service is shown beside a no."""
    verdict = _judge(
        {"service.scope": "remote_or_home", "inner_door.clear_width": 700}, Scope.SERVICE
    )
    assert verdict.word is Word.NO
    assert verdict.remote_service


def test_warnings_are_no_part_of_the_word() -> None:
    """A refused guide dog and an alarm that only rings are told to whom they concern."""
    answers = {"animals.guide_dog": False, "evac.alarm_visual": False}
    blind = _judge(answers, Scope.SERVICE, Profile.LOW_VISION)
    assert blind.word is Word.YES
    assert blind.warnings == ("warning.guide_dog_refused",)
    assert _judge(answers, Scope.SERVICE, Profile.DEAF).warnings == ("warning.no_visual_alarm",)
    assert _judge(answers, Scope.SERVICE).warnings == ()


def test_all_words_at_once_are_the_single_words() -> None:
    """The batch form gives the same twelve verdicts."""
    place = make_place({**PERFECT, **RAMP})
    for (profile, scope), verdict in judge_all(place, now=NOW).items():
        assert verdict == judge(place, profile, scope, now=NOW)


def test_published_form_is_plain_data() -> None:
    """Keys in place of sentences, limits with their marks."""
    shown = _judge(RAMP).as_json()
    assert shown["word"] == "with_help"
    assert shown["blocking"][0]["key"] == "reason.ramp_slope"
    assert shown["blocking"][0]["mark"] == "K"
    assert shown["entrances"][0]["note"] == "note.ramp"


def test_badges_need_proof() -> None:
    """A badge is shown for what was seen and still holds."""
    toilet = {
        "wc.door_width": 950,
        "wc.side_space_left": 800,
        "wc.rails": "both_one_folding",
    }
    assert "wc_wheelchair" in list_badges(make_place({**PERFECT, **toilet}), now=NOW)
    assert "wc_wheelchair" not in list_badges(make_place(PERFECT), now=NOW)
    old = {"hearing.loop": {"value": "fixed", "days": 900}}
    assert "hearing_loop" not in list_badges(make_place({**PERFECT, **old}), now=NOW)


def test_plain_answers_are_judged_without_being_stored() -> None:
    """A form's live hint: the thread's answers give the thread's word."""
    door = GivenElement(MAIN_ID, ElementKind.ENTRANCE, point=(76.9, 43.2))
    said = {"entrance.level_change": 0, "door.clear_width": 950, **_side()}
    answers = [Answer(name, MAIN_ID, "entrance", value=value) for name, value in said.items()]
    place = place_of_answers(UUID(int=5), PlaceKind.BUILDING, [door], answers, now=NOW)
    assert judge(place, MANUAL, Scope.ENTRY, now=NOW).word is Word.YES
