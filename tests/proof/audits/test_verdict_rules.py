"""The rules on very many generated places: never a crash, never a yes out of nothing."""

import random
import time

from audits.catalogue import Field, FieldType, latest
from audits.observations import Method, Operator
from audits.verdicts import PlaceFacts, judge_all
from geo.mobility import Word
from geo.places.kinds import PlaceKind
from tests.support.proofs import CountProof, ProofSize
from tests.support.verdict_cases import NOW, base_answers, make_place

FIELDS = [item for item in latest().fields.values() if item.zone not in {"place", "family"}]
PLACES = {"short": 300, "long": 100_000}
PARTS = ("ramp", "stairs", "door", "lift", "platform_lift", "path", "desk", "room", "toilet")


def _value(dice: random.Random, item: Field) -> object:
    if item.type is FieldType.CHOICE:
        return dice.choice(item.choices)
    if item.type is FieldType.BOOL:
        return dice.random() < 0.5
    if item.type.is_number and item.low is not None and item.high is not None:
        return dice.randint(item.low, dice.choice((item.high, min(item.high, item.low + 1500))))
    return dice.choice(("24/7", "1-5,7", "2019-02-18", "?"))


def _answer(dice: random.Random, item: Field) -> dict[str, object]:
    state = dice.choice(("value",) * 6 + ("absent", "unknown", "not_applicable"))
    if state != "value":
        return {"state": state, "days": dice.randint(0, 3000)}
    return {
        "value": _value(dice, item),
        "is": dice.choice(list(Operator)).value if item.type.is_number else "=",
        "by": dice.choice(list(Method)).value,
        "days": dice.randint(0, 3000),
        "precision": dice.choice((None, 0, 5, 50)),
        "disputed": dice.random() < 0.1,
    }


def _answers(dice: random.Random, kind: str | None, most: int) -> dict[str, object]:
    fitting = [item for item in FIELDS if kind is None or kind in item.elements]
    chosen = dice.sample(fitting, min(len(fitting), dice.randint(0, most)))
    return {item.name: _answer(dice, item) for item in chosen}


def _place(dice: random.Random) -> PlaceFacts:
    kind = dice.choice(list(PlaceKind))
    building = None
    if kind is PlaceKind.ORGANISATION and dice.random() < 0.8:
        building = _place_of(dice, PlaceKind.BUILDING, None)
    return _place_of(dice, kind, building)


def _place_of(dice: random.Random, kind: PlaceKind, building: PlaceFacts | None) -> PlaceFacts:
    base = base_answers("perfect") if dice.random() < 0.5 else {}
    parts = [
        {"kind": name, "set": _answers(dice, name, 6), "on": dice.choice(("place", "door"))}
        for name in dice.choices(PARTS, k=dice.randint(0, 4))
    ]
    return make_place(
        {**base, **_answers(dice, None, 25)},
        kind=kind,
        side=_answers(dice, "entrance", 12) if dice.random() < 0.3 else None,
        parts=parts,
        parent=building,
    )


def test_no_place_crashes_the_rules_and_no_word_lacks_its_reason(
    proof_size: ProofSize, count_proof: CountProof
) -> None:
    """Every generated place gets twelve words, each with what it rests on."""
    dice = random.Random(20261122)
    words = dict.fromkeys(Word, 0)
    judged_for = 0.0
    for _ in range(PLACES[proof_size]):
        place = _place(dice)
        started = time.perf_counter()
        verdicts = judge_all(place, now=NOW)
        judged_for += time.perf_counter() - started
        assert len(verdicts) == 12
        for verdict in verdicts.values():
            words[verdict.word] += 1
            if verdict.word is Word.NO:
                assert any(reason.effect is Word.NO for reason in verdict.blocking)
            if verdict.word is Word.UNKNOWN:
                assert verdict.missing
            if verdict.word is Word.WITH_HELP:
                assert verdict.help_kinds
    assert all(words.values())
    count_proof("generated places judged without a crash", PLACES[proof_size])
    count_proof("places judged per second", round(PLACES[proof_size] / judged_for))
    for word, number in words.items():
        count_proof(f"words {word.value}", number)
