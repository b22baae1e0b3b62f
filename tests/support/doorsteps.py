"""Ends of ways with surveyed doors, near the footway of `street_plans.footway_chain`."""

from dataclasses import replace

from audits.journeys.legs import describe_leg
from audits.journeys.model import End, ResolvedBy
from audits.verdicts import PlaceFacts, judge_entrances
from geo.mobility import Profile, Word
from geo.routing.answer import Place, Target
from tests.support.verdict_cases import MAIN_ID, NOW, make_place

DOOR: Place = (76.9012, 43.2003)
RAMP = {
    "entrance__level_change": 160,
    "ramp__kind": "fixed",
    "ramp__slope": 70,
    "ramp__length": 2400,
    "ramp__width": 1250,
    "door__clear_width": 920,
    "door__threshold": 10,
}


def surveyed_place(**answers: object) -> PlaceFacts:
    """Return a place with one entrance of which these answers are known (`__` for the dot)."""
    facts = {name.replace("__", "."): value for name, value in answers.items()}
    place = make_place(facts)
    entrance = next(each for each in place.elements if each.id == MAIN_ID)
    others = [each for each in place.elements if each.id != MAIN_ID]
    return replace(place, elements=(replace(entrance, point=DOOR), *others))


def surveyed_end(
    place: PlaceFacts, profile: Profile = Profile.MANUAL_WHEELCHAIR, at: Place = DOOR
) -> End:
    """Return the end of a way at the entrance of a place; the door stands `at` some place."""
    door = judge_entrances(place, profile, now=NOW)[0]
    return End(
        target=Target(
            lon=at[0],
            lat=at[1],
            word=door.word,
            extra_seconds=door.extra_seconds,
            note=door.note,
            ref=str(door.entrance_id),
        ),
        resolved_by=ResolvedBy.SURVEYED_ENTRANCE,
        place_id=place.id,
        entrance_id=door.entrance_id,
        door=at,
        leg=describe_leg(place, door, {}),
        help_kinds=door.help_kinds,
        word_confidence=door.confidence,
    )


def point_end(lon: float, lat: float) -> End:
    """Return a bare point as an end."""
    return End(target=Target(lon=lon, lat=lat, word=Word.YES), resolved_by=ResolvedBy.POINT)
