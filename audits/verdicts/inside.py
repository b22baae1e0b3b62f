"""From the door to the service: corridors, inner steps, floors, and the service point."""

from dataclasses import replace

from audits.observations import Fact, Method, State
from audits.verdicts.case import Case
from audits.verdicts.levels import INNER_STEPS, judge_lift, judge_platform, judge_ramp, judge_steps
from audits.verdicts.model import PlaceFacts
from audits.verdicts.needs import judge_either
from audits.verdicts.outcome import CLEAR, Outcome, chain, choose
from audits.verdicts.parts import NO_FACTS, Part, inside_equipment, inside_parts
from audits.verdicts.rows import conclude, judge_row, open_question
from audits.verdicts.rules import Requirement
from geo.mobility import HelpKind, Profile, Word
from geo.places.kinds import ElementKind

_ENTRANCE_FLOOR = 1
_SAME_FLOOR_SCOPES = ("ground_floor_only", "one_room")
_ONE_IS_ENOUGH = ("desk.", "checkout.")
_STEPS_MATTER = frozenset(
    {Profile.MANUAL_WHEELCHAIR, Profile.POWERED_WHEELCHAIR, Profile.PUSHCHAIR}
)
"""For these one inner step of unknown height can end the visit; others climb it."""


def judge_inside(case: Case, place: PlaceFacts) -> Outcome:
    """Judge everything between the door and the service."""
    base, *rooms = inside_parts(place)
    base = _with_register(case, place, base)
    parts = [base, *rooms]
    floors = _floors(case, base)
    links = [_row(case, row, parts) for row in case.service.rows("inside")]
    links.append(_inner_steps(case, place, base))
    links.append(floors if isinstance(floors, Outcome) else _vertical(case, place, base, floors))
    takes_lift = not isinstance(floors, Outcome) and floors > 0
    near = [*parts, *inside_equipment(place, ElementKind.LIFT)]
    links += [
        judge_either(case, need, near)
        for need in case.service.eithers
        if takes_lift or not need.only_with_lift
    ]
    return chain(links)


def remote_service(place: PlaceFacts) -> bool:
    """Whether the service is also given without entering."""
    return inside_parts(place)[0].plain("service.scope") == "remote_or_home"


def _row(case: Case, row: Requirement, parts: list[Part]) -> Outcome:
    """Judge a row wherever it was answered; of desks and checkouts one good one is enough."""
    answered = [part for part in parts if part.find(row.field) is not None]
    outcomes = [judge_row(case, row, part) for part in answered or parts[:1]]
    return choose(outcomes) if row.field.startswith(_ONE_IS_ENOUGH) else chain(outcomes)


def _inner_steps(case: Case, place: PlaceFacts, base: Part) -> Outcome:
    if not case.limits.max_step_mm.limited:
        return CLEAR
    on_foot = judge_steps(case, base, INNER_STEPS, mandatory=case.profile in _STEPS_MATTER)
    if on_foot.word is Word.YES:
        return on_foot
    ramp = Part(None, None, base.facts, inner=True)
    lifts = inside_equipment(place, ElementKind.PLATFORM_LIFT)
    return choose(
        [on_foot, judge_ramp(case, ramp, None), *(judge_platform(case, part) for part in lifts)]
    )


def _with_register(case: Case, place: PlaceFacts, base: Part) -> Part:
    """Add the floor that the register knows, where nobody on the spot said otherwise."""
    if place.floor is None or base.find("service.floor") is not None:
        return base
    floor = Fact(
        field="service.floor",
        state=State.VALUE,
        value=place.floor,
        method=Method.DOCUMENT,
        observed_at=case.moment,
    )
    return replace(base, facts={**base.facts, "service.floor": floor})


def _floors(case: Case, base: Part) -> int | Outcome:
    """Return how many floors lie between the door and the service, or the open question."""
    if base.plain("service.scope") in _SAME_FLOOR_SCOPES:
        return 0
    floor = base.plain("service.floor")
    if isinstance(floor, int):
        # Floors are counted 1, 2, 3 upwards and -1, -2 downwards; there is no floor 0.
        return floor - _ENTRANCE_FLOOR if floor >= _ENTRANCE_FLOOR else abs(floor) or 1
    return open_question(base, "service.floor", mandatory=case.limits.max_stair_floors.limited)


def _vertical(case: Case, place: PlaceFacts, base: Part, floors: int) -> Outcome:
    """Judge getting to another floor: by a lift, or by stairs where the profile can."""
    if floors == 0 or not case.limits.max_stair_floors.limited:
        return CLEAR
    return choose([*_lifts(case, place, base), _stairs(case, base, floors)])


def _lifts(case: Case, place: PlaceFacts, base: Part) -> list[Outcome]:
    found = inside_equipment(place, ElementKind.LIFT)
    present = base.find("lift.present")
    if found:
        return [chain([judge_lift(case, part), _serves(case, base, part)]) for part in found]
    if present is None:
        return [open_question(base, "lift.present", mandatory=True)]
    if present.state is State.ABSENT or present.value is False:
        return [conclude(case, base, present, Word.NO, requirement="lift_missing", mandatory=True)]
    return [judge_lift(case, Part(None, None, NO_FACTS))]


def _serves(case: Case, base: Part, part: Part) -> Outcome:
    """Judge whether the lift stops at the floor of the service, where its floors are known."""
    served, floor = part.find("lift.floors_served"), base.plain("service.floor")
    if served is None or not isinstance(served.value, str) or not isinstance(floor, int):
        return CLEAR
    word = Word.YES if floor in read_floors(served.value) else Word.NO
    return conclude(case, part, served, word, requirement="lift_floors", mandatory=False)


def read_floors(text: str) -> frozenset[int]:
    """Return the floors of a list such as `1-5,7`; floors that cannot be read are left out."""
    floors: set[int] = set()
    for item in text.replace(" ", "").split(","):
        first, dash, last = item[1:].partition("-")
        start, end = item[:1] + first, last if dash else item[:1] + first
        try:
            floors.update(range(int(start), int(end) + 1))
        except ValueError:
            continue
    return frozenset(floors)


def _stairs(case: Case, base: Part, floors: int) -> Outcome:
    """Judge climbing to the floor: up to the limit with something to hold on to."""
    limit = case.limits.max_stair_floors
    fact = base.find("service.floor")
    if fact is None:
        return CLEAR
    word = limit.word(floors)
    links = [
        conclude(
            case,
            base,
            fact,
            word,
            requirement="stairs_floors",
            mandatory=True,
            help_kinds=(HelpKind.EFFORT, HelpKind.COMPANION),
            limit=limit,
        )
    ]
    if case.profile is Profile.LIMITED_WALKING and word.usable:
        links.append(_rail(case, base, base.find("inner_stairs.handrail")))
    return chain(links)


def _rail(case: Case, base: Part, rail: Fact | None) -> Outcome:
    if rail is None:
        return open_question(base, "inner_stairs.handrail", mandatory=True)
    none = rail.state is State.ABSENT or rail.value == "none"
    return conclude(
        case,
        base,
        rail,
        Word.WITH_HELP if none else Word.YES,
        requirement="steps_rail",
        mandatory=True,
        help_kinds=(HelpKind.COMPANION, HelpKind.STAFF),
    )
