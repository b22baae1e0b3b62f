"""What their own rules made of an object, for the table of before and after (pure).

The rules are those of the form's first production line, condensed: per zone and group of people
`full`, `partial`, `not`, `not_provided` or `unknown`; then all zones together. Never read by
anything of ours: "unknown" counts as half good there, and any mixture as "partial". Scores that
a moderator set by hand are left out.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum

from audits.doskaz.mapping import Form, Reply
from audits.doskaz.objects import DoskazObject
from geo.mobility.profiles import Profile


class Group(StrEnum):
    """Their groups of people."""

    MOVEMENT = "movement"
    LIMB = "limb"
    VISION = "vision"
    HEARING = "hearing"
    INTELLECTUAL = "intellectual"


class Score(StrEnum):
    """Their values."""

    FULL = "full"
    PARTIAL = "partial"
    NOT = "not"
    NOT_PROVIDED = "not_provided"
    UNKNOWN = "unknown"


COMPARED: Mapping[Group, Profile] = {
    Group.MOVEMENT: Profile.MANUAL_WHEELCHAIR,
    Group.LIMB: Profile.LIMITED_WALKING,
    Group.VISION: Profile.LOW_VISION,
    Group.HEARING: Profile.DEAF,
}
"""Whose word of ours stands beside theirs; for `intellectual` we have none."""

Scores = dict[Group, Score]
_OTHERS = (Group.LIMB, Group.VISION, Group.HEARING, Group.INTELLECTUAL)
_STAIRS = frozenset(["2", "3", "4", "5", "6", "7", "8", "9", "10"])
_LIFTS = frozenset(["18", "60", "23", "24", "25"])
_GLASS = frozenset(["32", "34", "35"])
_INNER_STAIRS = frozenset(["12", "13", "14", "15", "16", "17", "18", "19", "20", "21"])


class Answers:
    """The replies of one zone with the questions their rules ask of them."""

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        self._replies = replies

    def only(self, reply: Reply) -> bool:
        """Whether every answer is this one."""
        return set(self._replies.values()) == {reply}

    def all(self, *keys: str, reply: Reply = Reply.YES) -> bool:
        """Whether each of these keys has this answer."""
        return all(self._replies.get(key) is reply for key in keys)

    def any(self, keys: Iterable[str], *replies: Reply) -> bool:
        """Whether one of these keys has one of these answers."""
        return any(self._replies.get(key) in replies for key in keys)

    def all_but(self, keys: Collection[str]) -> bool:
        """Whether everything except these keys is a yes."""
        rest = [reply for key, reply in self._replies.items() if key not in keys]
        return bool(rest) and set(rest) == {Reply.YES}


def score_object(found: DoskazObject) -> Scores:
    """Return their overall value per group of people."""
    zones = {
        name: _zone(name.rstrip("123"), found.form, Answers(zone.replies))
        for name, zone in found.zones.items()
    }
    doors = [zones.pop(name) for name in list(zones) if name.startswith("entrance")]
    if doors:
        zones["entrance"] = {group: _mean(door[group] for door in doors) for group in Group}
    return {group: _overall(zones, group) for group in Group}


def _overall(zones: Mapping[str, Scores], group: Group) -> Score:
    for name in ("entrance", "serviceAccessibility"):
        if name in zones and zones[name][group] is Score.NOT:
            return Score.NOT
    return _mean(scores[group] for scores in zones.values())


def _mean(scores: Iterable[Score]) -> Score:
    counted = {score for score in scores if score is not Score.NOT_PROVIDED}
    if not counted:
        return Score.NOT_PROVIDED
    return counted.pop() if len(counted) == 1 else Score.PARTIAL


def _zone(zone: str, form: Form, answers: Answers) -> Scores:
    for reply, score in (
        (Reply.YES, Score.FULL),
        (Reply.UNKNOWN, Score.UNKNOWN),
        (Reply.NOT_PROVIDED, Score.NOT_PROVIDED),
    ):
        if answers.only(reply):
            return dict.fromkeys(Group, score)
    scores = dict.fromkeys(Group, Score.PARTIAL)
    rule = _RULES.get((zone, form)) or _RULES.get((zone, None))
    if rule is not None:
        rule(answers, scores)
    return scores


def _set(scores: Scores, groups: Iterable[Group], score: Score) -> None:
    scores.update(dict.fromkeys(groups, score))


def _parking(answers: Answers, scores: Scores) -> None:
    scores[Group.HEARING] = Score.FULL
    if answers.only(Reply.NO):
        _set(scores, Group, Score.NOT)


def _parking_small_full(_answers: Answers, scores: Scores) -> None:
    scores[Group.HEARING] = Score.FULL


def _entrance_small(answers: Answers, scores: Scores) -> None:
    if answers.all("1") or answers.all("30", "31", "1002"):
        _set(scores, _OTHERS, Score.FULL)
    if answers.all("1", "30", "31") or answers.all("1000", "1001", "30", "31", "1002"):
        scores[Group.MOVEMENT] = Score.FULL
    if answers.all("1", "1000", "1001", reply=Reply.NO):
        scores[Group.MOVEMENT] = Score.NOT


def _entrance_middle(answers: Answers, scores: Scores) -> None:
    if answers.all("1"):
        _set(scores, Group, Score.FULL)
    elif answers.all("1", reply=Reply.NO):
        _stairs(answers, scores, glass=_GLASS | {"36", "37"})
    scores[Group.HEARING] = Score.FULL
    decisive = _LIFTS | {"1"}
    missing = answers.any(decisive, Reply.NO, Reply.NOT_PROVIDED)
    there = answers.any(decisive, Reply.YES, Reply.UNKNOWN)
    if missing and there and scores[Group.MOVEMENT] is not Score.FULL:
        scores[Group.MOVEMENT] = Score.NOT
    if answers.all("1", reply=Reply.NO) and answers.any(_LIFTS, Reply.YES):
        full = answers.all_but(_STAIRS | {"1"})
        scores[Group.MOVEMENT] = Score.FULL if full else Score.PARTIAL
    if answers.all("1") and missing:
        scores[Group.MOVEMENT] = Score.NOT


def _entrance_full(answers: Answers, scores: Scores) -> None:
    scores[Group.MOVEMENT] = Score.NOT
    if answers.all("1"):
        _set(scores, Group, Score.FULL)
    elif answers.all("1", reply=Reply.NO):
        _stairs(answers, scores, glass=_GLASS)
        if answers.all(*_STAIRS):
            scores[Group.HEARING] = Score.FULL
        if answers.all_but(_STAIRS | {"1"}):
            scores[Group.MOVEMENT] = Score.FULL


def _stairs(answers: Answers, scores: Scores, *, glass: frozenset[str]) -> None:
    if answers.all(*_STAIRS):
        _set(scores, (Group.LIMB, Group.INTELLECTUAL), Score.FULL)
        if answers.all(*glass):
            scores[Group.VISION] = Score.FULL


def _movement_small(answers: Answers, scores: Scores) -> None:
    if answers.all("1000", "1001", reply=Reply.NO):
        scores[Group.MOVEMENT] = Score.NOT
    if answers.all("1", "6", "7"):
        _set(scores, _OTHERS, Score.FULL)
        ways = ("1000", "1001")
        if answers.any(ways, Reply.YES) and not answers.any(ways, Reply.NO, Reply.UNKNOWN):
            scores[Group.MOVEMENT] = Score.FULL


def _movement_middle(answers: Answers, scores: Scores) -> None:
    decisive = ("32", "70", "34", "35")
    if not answers.any(decisive, Reply.YES, Reply.UNKNOWN):
        scores[Group.MOVEMENT] = Score.NOT
    ramp = frozenset(["22", "23", "24", "25", "26", "27", "28", "29", "30", "31", "32", "33", "70"])
    if answers.all_but(ramp | {"34", "35", "36"}):
        _set(scores, (Group.LIMB, Group.HEARING, Group.INTELLECTUAL), Score.FULL)
        if answers.all("36"):
            scores[Group.VISION] = Score.FULL
    if answers.all_but(_INNER_STAIRS):
        scores[Group.MOVEMENT] = Score.FULL


def _movement_full(answers: Answers, scores: Scores) -> None:
    decisive = ("32", "70", "34", "35", "55", "56", "57")
    if not answers.any(decisive, Reply.YES):
        scores[Group.MOVEMENT] = Score.NOT
    if answers.all_but({"36", "58", "12", "13", "14", "15", "16", "17", "18"}):
        _set(scores, Group, Score.FULL)


def _service(answers: Answers, scores: Scores) -> None:
    if answers.all_but({"4", "5"}):
        _set(scores, _OTHERS, Score.FULL)
    if answers.all("4", "5", reply=Reply.NO):
        scores[Group.MOVEMENT] = Score.NOT


def _toilet_small(_answers: Answers, scores: Scores) -> None:
    scores[Group.MOVEMENT] = Score.NOT


def _toilet_middle(answers: Answers, scores: Scores) -> None:
    if not answers.all("30", "33"):
        scores[Group.MOVEMENT] = Score.NOT
    if answers.all("1", "2", reply=Reply.NO) or answers.all("1", "2", reply=Reply.NOT_PROVIDED):
        _set(scores, Group, Score.NOT_PROVIDED)


def _toilet_full(answers: Answers, scores: Scores) -> None:
    scores[Group.MOVEMENT] = Score.FULL if answers.all("30", "33") else Score.NOT


def _navigation(answers: Answers, scores: Scores, sets: Mapping[Group, tuple[str, ...]]) -> None:
    for group, keys in sets.items():
        if answers.all(*keys):
            scores[group] = Score.FULL
        elif answers.all(*keys, reply=Reply.NO):
            scores[group] = Score.NOT


_BASE = ("1", "2", "3", "4", "8", "9", "10", "11", "12")
_NAVIGATION: Mapping[Form, Mapping[Group, tuple[str, ...]]] = {
    Form.MIDDLE: {
        Group.MOVEMENT: ("1",),
        Group.LIMB: ("1",),
        Group.INTELLECTUAL: ("1", "15"),
        Group.HEARING: ("1", "13"),
        Group.VISION: ("1", "4", "5", "6"),
    },
    Form.FULL: {
        Group.MOVEMENT: _BASE,
        Group.LIMB: _BASE,
        Group.HEARING: (*_BASE, "13", "14"),
        Group.VISION: (*_BASE, "5", "16", "6", "17", "18", "19", "20", "21", "7"),
        Group.INTELLECTUAL: (*_BASE, "15"),
    },
}


def _service_access(answers: Answers, scores: Scores) -> None:
    if answers.all("1", "2", reply=Reply.NO):
        scores[Group.MOVEMENT] = Score.NOT
    elif answers.all("1") != answers.all("2"):
        _set(scores, Group, Score.FULL)


_Rule = Callable[[Answers, Scores], None]
_RULES: Mapping[tuple[str, Form | None], _Rule] = {
    ("parking", Form.MIDDLE): _parking,
    ("parking", None): _parking_small_full,
    ("entrance", Form.SMALL): _entrance_small,
    ("entrance", Form.MIDDLE): _entrance_middle,
    ("entrance", Form.FULL): _entrance_full,
    ("movement", Form.SMALL): _movement_small,
    ("movement", Form.MIDDLE): _movement_middle,
    ("movement", Form.FULL): _movement_full,
    ("service", Form.MIDDLE): _service,
    ("service", Form.FULL): _service,
    ("toilet", Form.SMALL): _toilet_small,
    ("toilet", Form.MIDDLE): _toilet_middle,
    ("toilet", Form.FULL): _toilet_full,
    ("navigation", Form.MIDDLE): lambda a, s: _navigation(a, s, _NAVIGATION[Form.MIDDLE]),
    ("navigation", Form.FULL): lambda a, s: _navigation(a, s, _NAVIGATION[Form.FULL]),
    ("serviceAccessibility", None): _service_access,
}
