"""What audits know of the facts that places are looked for by, with three values.

Yes needs a fact that is fresh and undisputed; no may be old: a lift seen broken stays broken
until somebody sees it work. What is neither is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audits.observations import Confidence, Fact, State
from audits.verdicts.entrance import public_entrances
from audits.verdicts.model import ElementFacts, PlaceFacts
from audits.verdicts.parts import Part, children_of, inside_equipment, inside_parts, parts_of
from audits.verdicts.rows import number_span
from geo.places.features import Feature, FeatureValue
from geo.places.kinds import ElementKind, PlaceKind

FEATURES_VERSION = 1
"""A new one asks for new verdicts, and so for new features."""
_WC_DOOR_MM = 900
_WC_SIDE_MM = 750
"""Door and space beside the bowl of a toilet for wheelchair users (D)."""
_LEVEL_MM = 20
"""Up to this height an entrance counts as free of steps (K: threshold)."""

_TRUE = {
    Feature.TACTILE_PLAN: "info.tactile_plan",
    Feature.BRAILLE: "info.braille",
    Feature.STAFF_HELP: "staff.help",
    Feature.GUIDE_DOG: "animals.guide_dog",
    Feature.CHANGING_TABLE_BABY: "wc.changing_baby",
    Feature.CHANGING_TABLE_ADULT: "wc.changing_adult",
    Feature.CHANGING_TABLE_FAMILY: "family.changing_table",
}
_ONE_OF = {
    Feature.HEARING_LOOP: ("hearing.loop", ("fixed", "portable")),
    Feature.SIGN_LANGUAGE: ("staff.sign_language", ("on_site", "online")),
    Feature.WC_RAILS: ("wc.rails", ("both", "both_one_folding")),
}
_RAMPS = ("fixed", "removable", "folding")


@dataclass(frozen=True, slots=True)
class FoundFeature:
    """A fact that audits know, and what it rests on."""

    value: FeatureValue
    confidence: Confidence
    """Of the weakest fact behind it."""
    seen_at: datetime
    """When the oldest fact behind it was seen."""
    until: datetime | None
    """From then on a yes is out of date; a no never is."""

    def as_json(self) -> dict[str, Any]:
        """Give the stored form."""
        return {
            "value": self.value.value,
            "confidence": self.confidence.value,
            "seen_at": self.seen_at.isoformat(),
            "until": self.until.isoformat() if self.until else None,
        }


_Proof = tuple[bool, Sequence[Fact]]
"""Yes or no, and the facts that prove it."""


def list_features(place: PlaceFacts, *, now: datetime) -> Mapping[Feature, FoundFeature]:
    """Return what is known to be so or not so; `now` decides what is out of date."""
    base = inside_parts(place)[0]
    toilets = _parts(place, ElementKind.TOILET, base, "wc.")
    wanted = {feature: (field, (True,)) for feature, field in _TRUE.items()} | _ONE_OF
    found: dict[Feature, _Proof | None] = {}
    for feature, (field, values) in wanted.items():
        parts = toilets if field.startswith("wc.") else [base]
        found[feature] = _best(_is_in(part.find(field), values, now) for part in parts)
    found[Feature.LIFT_WORKING] = _lift(place, base, now)
    found[Feature.WC_WHEELCHAIR] = _best(_toilet(part, now) for part in toilets)
    found[Feature.PARKING] = _best(
        _at_least(part.find("parking.count_accessible"), 1, "count", now)
        for part in _parts(place, ElementKind.PARKING, base, "parking.")
    )
    found[Feature.STEP_FREE_ENTRANCE] = _step_free(place, now)
    return {feature: _describe(*proof) for feature, proof in found.items() if proof is not None}


def _describe(value: bool, facts: Sequence[Fact]) -> FoundFeature:  # noqa: FBT001 - of a proof
    ends = [fact.expires_at for fact in facts if fact.expires_at is not None]
    return FoundFeature(
        FeatureValue.YES if value else FeatureValue.NO,
        min((fact.confidence for fact in facts), key=lambda each: each.rank),
        min(fact.observed_at for fact in facts),
        min(ends, default=None) if value else None,
    )


def _parts(place: PlaceFacts, kind: ElementKind, base: Part, prefix: str) -> list[Part]:
    """Return the parts of a kind, and the place itself where it answers for one."""
    own = [Part(item.id, None, item.facts) for item in place.elements if item.kind is kind]
    answers = any(name.startswith(prefix) and fact.known for name, fact in base.facts.items())
    return [base, *own] if answers or not own else own


def _best(proofs: Iterable[_Proof | None]) -> _Proof | None:
    """Return one yes; no when every part is known not to be so; else `None`."""
    every = list(proofs)
    good = next((proof for proof in every if proof is not None and proof[0]), None)
    known = [proof for proof in every if proof is not None]
    if good is not None or len(known) < len(every) or not known:
        return good
    return False, [fact for _value, facts in known for fact in facts]


def _all(proofs: Iterable[_Proof | None]) -> _Proof | None:
    """Return the first no, yes when all are, `None` while one is open."""
    every = list(proofs)
    bad = next((proof for proof in every if proof is not None and not proof[0]), None)
    if bad is not None:
        return bad
    if any(proof is None for proof in every):
        return None
    return True, [fact for proof in every if proof is not None for fact in proof[1]]


def _is_in(fact: Fact | None, values: Sequence[object], now: datetime) -> _Proof | None:
    if fact is None or fact.state is State.NOT_APPLICABLE:
        return None
    if fact.state is State.VALUE and fact.value in values:
        return None if fact.stale_at(now) else (True, [fact])
    return False, [fact]


def _at_least(fact: Fact | None, least: int, unit: str, now: datetime) -> _Proof | None:
    if fact is None or (span := number_span(fact, unit)) is None:
        return None
    if span.high is not None and span.high < least:
        return False, [fact]
    if span.low is not None and span.low >= least and not fact.stale_at(now):
        return True, [fact]
    return None


def _at_most(fact: Fact | None, most: int, unit: str, now: datetime) -> _Proof | None:
    if fact is None or (span := number_span(fact, unit)) is None:
        return None
    if span.low is not None and span.low > most:
        return False, [fact]
    if span.high is not None and span.high <= most and not fact.stale_at(now):
        return True, [fact]
    return None


def _lift(place: PlaceFacts, base: Part, now: datetime) -> _Proof | None:
    lifts = inside_equipment(place, ElementKind.LIFT)
    states = _best(_is_in(part.find("lift.state"), ("working",), now) for part in lifts)
    if states is not None:
        return states
    present = _is_in(base.find("lift.present"), (True,), now)
    return present if present is not None and not present[0] else None


def _toilet(part: Part, now: datetime) -> _Proof | None:
    present = _is_in(part.find("wc.present"), (True,), now)
    if present is not None and not present[0]:
        return present
    sides = [part.find(name) for name in ("wc.side_space_left", "wc.side_space_right")]
    beside = [_at_least(side, _WC_SIDE_MM, "mm", now) for side in sides]
    one_side = next((proof for proof in beside if proof is not None and proof[0]), None)
    if one_side is None and all(beside):
        one_side = _best(beside)
    return _all(
        (
            _at_least(part.find("wc.door_width"), _WC_DOOR_MM, "mm", now),
            one_side,
            _is_in(part.find("wc.rails"), _ONE_OF[Feature.WC_RAILS][1], now),
        )
    )


def _step_free(place: PlaceFacts, now: datetime) -> _Proof | None:
    if place.kind is PlaceKind.STOP:
        stops = _parts(place, ElementKind.STOP, Part(None, None, place.facts), "stop.")
        return _best(_is_in(part.find("stop.step_free"), (True,), now) for part in stops)
    owner = place
    entrances = public_entrances(place)
    while not entrances and owner.parent is not None:
        owner = owner.parent
        entrances = public_entrances(owner)
    return _best(_step_free_entrance(owner, entrance, now) for entrance in entrances)


def _step_free_entrance(place: PlaceFacts, entrance: ElementFacts, now: datetime) -> _Proof | None:
    children = children_of(place, entrance.id)
    own = Part(entrance.id, entrance.id, entrance.facts)
    paths = parts_of(entrance, children, ElementKind.PATH, ("path.",)) or [own]
    path = _best(_at_most(part.find("path.step_count"), 0, "count", now) for part in paths)
    level = _at_most(own.find("entrance.level_change"), _LEVEL_MM, "mm", now)
    if level is None or not level[0]:
        level = _over(level, entrance, children, now)
    return _all((path, level))


def _over(
    level: _Proof | None,
    entrance: ElementFacts,
    children: Sequence[ElementFacts],
    now: datetime,
) -> _Proof | None:
    """Look for a way over the height: a ramp, or a lift that works."""
    own = Part(entrance.id, entrance.id, entrance.facts)
    ramps = parts_of(entrance, children, ElementKind.RAMP, ("ramp.",)) or [own]
    proofs = [_is_in(part.find("ramp.kind"), _RAMPS, now) for part in ramps]
    for kind, field in (
        (ElementKind.LIFT, "lift.state"),
        (ElementKind.PLATFORM_LIFT, "platform_lift.working"),
    ):
        lifts = parts_of(entrance, children, kind, (field.split(".")[0] + ".",))
        proofs += [_is_in(part.find(field), ("working",), now) for part in lifts]
    best = _best(proofs)
    if best is None or best[0] or level is None:
        return best if best is not None and best[0] else None
    return False, [*level[1], *best[1]]
