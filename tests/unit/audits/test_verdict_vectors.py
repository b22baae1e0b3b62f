"""The eight test vectors of the domain evidence, completed with every mandatory fact."""

from typing import Any

from audits.verdicts import Reason, Scope, Verdict, judge
from geo.mobility import HelpKind, Profile, Word
from tests.support.verdict_cases import MAIN_ID, NOW, SIDE_ID, make_place

MANUAL = Profile.MANUAL_WHEELCHAIR
PATH = {"path.step_count": 0, "path.width_min": 1600}
DOOR = {"door.clear_width": 920, "door.threshold": 10}
FIVE_STEPS = {"entrance.level_change": 750, "stairs.count": 5, "stairs.handrail": "one"}


def _entry(
    answers: dict[str, Any], profile: Profile = MANUAL, side: dict[str, Any] | None = None
) -> Verdict:
    return judge(make_place(answers, side=side), profile, Scope.ENTRY, now=NOW)


def _ids(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.requirement for reason in reasons]


def test_vector_1_a_rail_track_is_not_a_ramp() -> None:
    """Five steps with two channels stop a chair; a pram passes through the channels."""
    answers = {**FIVE_STEPS, "ramp.kind": "rail_track", **DOOR, **PATH}
    verdict = _entry(answers)
    assert verdict.word is Word.NO
    assert {"ramp_kind", "steps_count"} <= set(_ids(verdict.blocking))
    pram = _entry(answers, Profile.PUSHCHAIR)
    assert pram.word is Word.WITH_HELP
    assert _ids(pram.blocking) == ["ramp_kind"]
    assert pram.entrances[0].note == "note.rail_track"
    without = _entry({**answers, "ramp.kind": {"state": "absent"}}, Profile.PUSHCHAIR)
    assert without.word is Word.NO


def test_vector_2_the_side_entrance_wins() -> None:
    """Steps in front and a level side door: yes, by the side."""
    side = {"entrance.level_change": 0, **DOOR, **PATH}
    verdict = _entry({**FIVE_STEPS, "ramp.kind": {"state": "absent"}, **PATH}, side=side)
    assert verdict.word is Word.YES
    assert verdict.entrance_id == SIDE_ID
    assert verdict.blocking == ()
    words = {item.entrance_id: item.word for item in verdict.entrances}
    assert words == {MAIN_ID: Word.NO, SIDE_ID: Word.YES}


def test_vector_3_a_ramp_of_7_5_per_cent_needs_help() -> None:
    """Steeper than 5 %, within 8.33 %: somebody pushes."""
    verdict = _entry(
        {
            "entrance.level_change": 600,
            "ramp.kind": "fixed",
            "ramp.slope": 75,
            "ramp.width": 1250,
            "ramp.handrail": "both",
            "door.clear_width": 900,
            "door.threshold": 10,
            **PATH,
        }
    )
    assert verdict.word is Word.WITH_HELP
    assert HelpKind.COMPANION in verdict.help_kinds
    (reason,) = verdict.blocking
    assert (reason.requirement, reason.measured, reason.ok, reason.help) == (
        "ramp_slope",
        75,
        50,
        83,
    )


def test_vector_4_an_unknown_door_is_unknown() -> None:
    """One missing width is the one thing to check."""
    verdict = _entry({"entrance.level_change": 0, "door.threshold": 10, **PATH})
    assert verdict.word is Word.UNKNOWN
    assert [missing.field for missing in verdict.missing] == ["door.clear_width"]


def test_vector_5_a_proven_barrier_beats_the_unknown() -> None:
    """A door of 76 cm is too narrow whatever the threshold is."""
    verdict = _entry({"entrance.level_change": 0, "door.clear_width": 760, **PATH})
    assert verdict.word is Word.NO
    assert _ids(verdict.blocking) == ["door_width"]
    assert verdict.missing == ()


def test_vector_6_a_broken_lift_blocks_until_it_works() -> None:
    """Floor 3 by a lift: no, yes after the repair, with help behind a key, yes with the key."""
    answers = {
        "entrance.level_change": 0,
        **DOOR,
        **PATH,
        "service.floor": 3,
        "corridor.width_min": 1500,
        "inner_door.clear_width": 900,
        "inner_stairs.count": 0,
        "lift.present": True,
        "lift.state": "out_of_order",
        "lift.access_mode": "open",
        "lift.door_width": 900,
        "lift.cabin_w": 1100,
        "lift.cabin_d": 1400,
        "lift.key_issuer": "akimat",
    }

    def service(keys: tuple[str, ...] = (), **changed: str) -> Verdict:
        fields = {f"lift.{name}": value for name, value in changed.items()}
        place = make_place({**answers, **fields})
        return judge(place, MANUAL, Scope.SERVICE, now=NOW, keys=keys)

    broken = service()
    assert broken.word is Word.NO
    assert "lift.state" in [reason.field for reason in broken.blocking]
    assert service(state="working").word is Word.YES
    behind_a_key = service(state="working", access_mode="key_card")
    assert behind_a_key.word is Word.WITH_HELP
    assert behind_a_key.help_kinds == (HelpKind.KEY,)
    assert service(("akimat",), state="working", access_mode="key_card").word is Word.YES


def test_vector_7_an_imported_inequality_proves_what_it_proves() -> None:
    """At most 8.33 %: the help limit is proven, the other is not."""
    verdict = _entry(
        {
            "entrance.level_change": 600,
            "ramp.kind": "fixed",
            "ramp.slope": {"is": "<=", "value": 83, "by": "claimed"},
            "ramp.width": 1250,
            **DOOR,
            **PATH,
        }
    )
    assert verdict.word is Word.WITH_HELP
    assert verdict.grade is not None
    assert verdict.grade.value == "claimed"


def test_vector_8_a_threshold_of_3_cm_needs_help() -> None:
    """Both chairs need a hand over it."""
    answers = {
        "entrance.level_change": 0,
        "door.clear_width": 950,
        "door.threshold": 30,
        **PATH,
    }
    for profile in (MANUAL, Profile.POWERED_WHEELCHAIR):
        verdict = _entry(answers, profile)
        assert verdict.word is Word.WITH_HELP
        assert _ids(verdict.blocking) == ["door_threshold"]
