"""What templates show: names, values, reasons, hours, and the state in the address."""

from dataclasses import replace

from starlette.datastructures import QueryParams

from api.pages.journey import Way
from api.pages.languages import choose_language
from api.pages.state import PageState, list_pairs, read_state, to_query
from api.pages.views import (
    Named,
    choose_name,
    describe_hours,
    describe_reason,
    describe_value,
    name_place,
)
from geo.mobility.profiles import Profile
from geo.places.features import Feature


def test_a_name_in_another_language_says_so() -> None:
    """A screen reader changes its voice for a Russian name on a Kazakh page."""
    assert choose_name({"ru": "Аптека"}, "kk") == Named("Аптека", "ru")
    assert choose_name({"kk": "Дәріхана", "ru": "Аптека"}, "kk") == Named("Дәріхана", None)
    assert choose_name({"": "Magnum"}, "en") == Named("Magnum", None)
    assert choose_name({}, "en") is None


def test_a_place_without_a_name_is_called_by_its_address() -> None:
    """People name houses by street and number."""
    assert name_place({}, {"street": "Абай", "housenumber": "12"}, "kk") == Named("Абай, 12", None)
    assert name_place({}, {}, "kk") is None


def test_values_are_written_as_people_say_them() -> None:
    """Millimetres become centimetres or metres, per mille per cent, with the right comma."""
    assert describe_value("door.clear_width", 920, "ru") == "92 см"
    assert describe_value("path.width_min", 1650, "kk") == "1,65 м"
    assert describe_value("ramp.slope", 83, "en") == "8.3 %"
    assert describe_value("stairs.count", 3, "en") == "3"
    assert describe_value("entrance.needs_request", True, "ru") == "да"
    assert describe_value("ramp.kind", "fixed", "en") != "fixed"
    assert describe_value("no.such.field", 7, "en") == "7"


def test_a_reason_shows_the_limit_that_was_missed() -> None:
    """A "no" names the last limit, a "with help" the comfortable one."""
    item = {"key": "reason.door_threshold", "field": "door.threshold", "measured": 60}
    limits = {"ok": 14, "help": 40}
    blocked = describe_reason({**item, **limits, "effect": "no"}, "en")
    assert (blocked.found, blocked.limit) == ("6 cm", "4 cm")
    harder = describe_reason({**item, **limits, "effect": "with_help"}, "en")
    assert harder.limit == "1.4 cm"
    alone = describe_reason({**item, **limits, "measured": 30, "effect": "no"}, "en")
    assert (alone.found, alone.limit) == ("3 cm", "1.4 cm")
    narrow = {"key": "reason.door_width", "field": "door.clear_width", "ok": 900, "help": 800}
    for width, limit in ((780, "80 cm"), (850, "90 cm")):
        reason = describe_reason({**narrow, "measured": width, "effect": "no"}, "en")
        assert reason.limit == limit


def test_a_reason_that_says_it_all_shows_no_answer() -> None:
    """A sentence about a violation followed by "no" would say the opposite."""
    found = describe_reason(
        {"key": "reason.platform_state", "field": "platform_lift.working", "measured": False}, "en"
    )
    assert found.found is None
    assert found.limit is None


def test_opening_hours_speak_the_readers_language() -> None:
    """Days come in words; round the clock is said."""
    assert describe_hours("24/7", "ru") == "круглосуточно"
    assert describe_hours("Mo-Fr 08:00-20:00; Su off", "ru") == "пн-пт 08:00-20:00; вс закрыто"
    assert describe_hours(None, "kk") is None


def test_the_state_survives_its_address() -> None:
    """What is written to an address is read back the same."""
    state = PageState(
        profile=Profile.DEAF,
        chosen=True,
        only="enter",
        view="map",
        category="pharmacy",
        facts=(Feature.WC_WHEELCHAIR,),
        text="Абай 10",
        box=(76.9, 43.2, 77.0, 43.3),
    )
    query = QueryParams(to_query(state).lstrip("?"))
    assert read_state(query) == state
    several = replace(state, facts=(Feature.WC_WHEELCHAIR, Feature.LIFT_WORKING))
    assert read_state(QueryParams(to_query(several).lstrip("?"))) == several
    assert QueryParams(list_pairs(several)) == QueryParams(to_query(several).lstrip("?"))
    assert read_state({}) == PageState()


def test_another_choice_starts_the_list_anew() -> None:
    """A cursor belongs to one question and is dropped with it."""
    assert "cursor" not in PageState(cursor="abc").href(only="yes")


def test_not_a_number_is_not_a_place() -> None:
    """Boxes and points of a mistyped address are left out."""
    state = read_state({"bbox": "nan,1,2,3", "near": "inf,2"})
    assert state.box is None
    assert state.near is None


def test_what_no_text_can_hold_is_left_out_of_an_address() -> None:
    """Control characters, unknown facts and endless texts of a broken link do no harm."""
    state = read_state(
        QueryParams([("q", " Абай\x00\x1b 10 "), ("fact", "gold"), ("cursor", "\x00")])
    )
    assert state.text == "Абай 10"
    assert state.facts == ()
    assert state.cursor is None
    assert len(read_state({"q": "ә" * 5000}).text or "") == 120


def test_the_wish_of_the_browser_is_weighed() -> None:
    """The heaviest language that we have wins."""
    assert choose_language("en;q=0.4, ru;q=0.8, kk;q=0.6") == "ru"
    assert choose_language("kk-Cyrl-KZ") == "kk"
    assert choose_language("de, fr;q=0.9") == "kk"


def test_a_reason_that_two_parts_share_is_said_once() -> None:
    """Two ramps of one entrance without a strip: one line, and none for an open door."""
    reason = {"field": "door.threshold", "measured": 25, "limit": 20, "effect": "no"}
    doors = [{"blocking": [reason, dict(reason)]}, {"blocking": []}]
    way = Way(200, {"properties": {"closed_entrances": doors, "closed_starts": doors}}, "en")
    assert [len(door) for door in way.doors] == [1]
    assert way.start_doors == way.doors
