"""What an answer of a Doskaz form says in our catalogue (pure).

Their forms hide thresholds in the questions; a yes or a no proves an inequality and no more.
Where one answer fits several truths it becomes `unknown` with a flag. Answers about the same
field are intersected; when they contradict each other the field is unknown, with a flag.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from audits.catalogue import applies, load_catalogue
from audits.observations import Operator, Span, State, Value, span_of

ENTRANCE = "entrance"
_RANGE = re.compile(r"^(\d+)\.\.(\d+)$")
_INEQUALITY = re.compile(r"^(<=|>=|<|>) (\d+)$")
_AMBIGUOUS = "?"
_SILENT = "-"
_STATES = {
    _AMBIGUOUS: State.UNKNOWN,
    "absent": State.ABSENT,
    "not_applicable": State.NOT_APPLICABLE,
}
_LEVEL = "entrance.level_change"


class Form(StrEnum):
    """The three depths of their form; the first letter stands in `forms.toml`."""

    SMALL = "small"
    MIDDLE = "middle"
    FULL = "full"


class Reply(StrEnum):
    """The four answers that their forms allow."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_PROVIDED = "not_provided"


class FlagCode(StrEnum):
    """What a reviewer should know about an imported answer."""

    AMBIGUOUS = "ambiguous_answer"
    CONTRADICTORY = "contradictory_answers"
    DOES_NOT_APPLY = "does_not_apply"
    NEEDS_POSITION = "needs_position"
    IMPORTED_CLAIM = "imported_claim"
    UNKNOWN_CATEGORY = "unknown_category"


@dataclass(frozen=True, slots=True)
class Proof:
    """What one reply proves about one field."""

    state: State
    value: Value | None = None
    operator: Operator = Operator.EQ
    span: Span | None = None
    """Set for numbers."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the replies to one question say about one field; `None` is silence."""

    field: str
    says: Mapping[Reply, Proof | None]
    weak: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One form key of one zone."""

    zone: str
    key: str
    forms: str
    rules: tuple[Rule, ...]
    skip: str | None
    """Why it is deliberately not taken over."""


@dataclass(frozen=True, slots=True)
class Group:
    """Keys about one part that together say that the part is not there."""

    zone: str
    keys: frozenset[str]
    when: frozenset[Reply]
    forms: str
    field: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class FormMapping:
    """One version of the mapping."""

    version: int
    catalogue: str
    questions: Mapping[tuple[str, str], Question]
    """By zone and key, the key as it stands in the file."""
    groups: tuple[Group, ...]

    def find(self, zone: str, key: str, form: Form) -> Question | None:
        """Return the question behind a key of a form; entrance1..3 are one zone."""
        own = self.questions.get((zone, f"{key}@{form.value}"))
        found = own or self.questions.get((zone, key))
        return found if found is not None and form.value[0] in found.forms else None


@dataclass(frozen=True, slots=True)
class Claim:
    """One observation to be stored: lengths in mm, slopes in permille."""

    field: str
    state: State
    operator: Operator | None = None
    value: Value | None = None
    precision: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimFlag:
    """Something about a claim that a reviewer should know."""

    code: FlagCode
    field: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Translation:
    """All that a zone says."""

    claims: tuple[Claim, ...]
    flags: tuple[ClaimFlag, ...]


@cache
def load_mapping() -> FormMapping:
    """Return the packaged mapping."""
    text = files("audits.doskaz").joinpath("forms.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    version, catalogue = document.pop("version"), document.pop("catalogue")
    groups = tuple(_group(row) for row in document.pop("group"))
    questions = {
        (zone, key): _question(zone, key, row, catalogue)
        for zone, rows in document.items()
        for key, row in rows.items()
    }
    return FormMapping(version, catalogue, MappingProxyType(questions), groups)


def translate(zone: str, form: Form, replies: Mapping[str, Reply]) -> Translation:
    """Return what the replies of one zone say, in catalogue order; keys nobody knows are ignored.

    `zone` is a zone of `forms.toml` (`entrance` for each of entrance1..3).
    """
    mapping = load_mapping()
    found: dict[str, list[_Said]] = defaultdict(list)
    for key, reply in replies.items():
        question = mapping.find(zone, key, form)
        for rule in question.rules if question else ():
            if reply is Reply.UNKNOWN:
                found[rule.field].append(_Said(key, Proof(State.UNKNOWN), plain=True))
            elif (proof := rule.says[reply]) is not None:
                found[rule.field].append(_Said(key, proof, weak=rule.weak))
    for group in mapping.groups:
        if _absent_part(group, zone, form, replies):
            found[group.field].append(_Said("group", group.proof, weak=True))
    settled = {field: _settle(mapping, field, said) for field, said in found.items()}
    return _consistent(
        mapping, settled, {f: tuple(s.key for s in said) for f, said in found.items()}
    )


@dataclass(frozen=True, slots=True)
class _Said:
    key: str
    proof: Proof
    weak: bool = False
    plain: bool = False
    """They answered "unknown" themselves: nothing to flag."""


def _absent_part(group: Group, zone: str, form: Form, replies: Mapping[str, Reply]) -> bool:
    if group.zone != zone or form.value[0] not in group.forms:
        return False
    asked = [key for key in group.keys if load_mapping().find(zone, key, form) is not None]
    given = [replies[key] for key in asked if key in replies]
    # A file that leaves most questions out says too little about the whole part.
    return 2 * len(given) > len(asked) and set(given) <= group.when


def _settle(mapping: FormMapping, field: str, said: list[_Said]) -> tuple[Claim, FlagCode | None]:
    """Bring together everything said about one field."""
    values = [item for item in said if item.proof.state is State.VALUE]
    strong = [item for item in values if not item.weak] or values
    absent = any(item.proof.state is State.ABSENT for item in said)
    if strong and not absent:
        return _merge(mapping, field, strong)
    if strong:
        return Claim(field, State.UNKNOWN), FlagCode.CONTRADICTORY
    if absent:
        return Claim(field, State.ABSENT), None
    if any(item.proof.state is State.UNKNOWN and not item.plain for item in said):
        return Claim(field, State.UNKNOWN), FlagCode.AMBIGUOUS
    if any(item.plain for item in said):
        return Claim(field, State.UNKNOWN), None
    return Claim(field, State.NOT_APPLICABLE), None


def _merge(mapping: FormMapping, field: str, said: list[_Said]) -> tuple[Claim, FlagCode | None]:
    proofs = [item.proof for item in said]
    spans = [proof.span for proof in proofs if proof.span is not None]
    if not spans:
        if len({proof.value for proof in proofs}) > 1:
            return Claim(field, State.UNKNOWN), FlagCode.CONTRADICTORY
        return Claim(field, State.VALUE, Operator.EQ, proofs[0].value), None
    low = max((span.low for span in spans if span.low is not None), default=None)
    high = min((span.high for span in spans if span.high is not None), default=None)
    if low is not None and high is not None and low > high:
        return Claim(field, State.UNKNOWN), FlagCode.CONTRADICTORY
    for proof in proofs:
        if proof.span == Span(low, high) and proof.operator is not Operator.ABOUT:
            return Claim(field, State.VALUE, proof.operator, proof.value), None
    return _between(mapping, field, low, high), None


def _between(mapping: FormMapping, field: str, low: int | None, high: int | None) -> Claim:
    """State both ends as a middle with its precision; one unit is lost at most.

    The end that proves something good stays exact: the lower of a length, the upper of a slope.
    """
    if low is None or high is None:
        value = low if high is None else high
        operator = Operator.GE if high is None else Operator.LE
        return Claim(field, State.VALUE, operator, value)
    unit = load_catalogue(mapping.catalogue).fields[field].type.unit
    middle = (low + high) // 2 if unit == "permille" else -(-(low + high) // 2)
    precision = max(middle - low, high - middle)
    return Claim(field, State.VALUE, Operator.ABOUT, middle, precision)


def _consistent(
    mapping: FormMapping,
    settled: Mapping[str, tuple[Claim, FlagCode | None]],
    keys: Mapping[str, tuple[str, ...]],
) -> Translation:
    """Take back what the other answers about the same part rule out."""
    claims = {field: claim for field, (claim, _flag) in settled.items()}
    flags = {field: flag for field, (_claim, flag) in settled.items() if flag is not None}
    if _is_level(claims) and _leads_up(claims):
        claims[_LEVEL] = Claim(_LEVEL, State.UNKNOWN)
        flags[_LEVEL] = FlagCode.CONTRADICTORY
    catalogue = load_catalogue(mapping.catalogue)
    given = {claim.field: claim.value for claim in claims.values() if _is_given(claim)}
    for field, claim in claims.items():
        says_something = claim.state is State.VALUE and claim.value not in (0, False, "none")
        if says_something and applies(catalogue.fields[field], given) is False:
            claims[field] = Claim(field, State.NOT_APPLICABLE)
            flags[field] = FlagCode.DOES_NOT_APPLY
    ordered = [field for field in catalogue.fields if field in claims]
    return Translation(
        tuple(claims[field] for field in ordered),
        tuple(ClaimFlag(flags[field], field, keys[field]) for field in ordered if field in flags),
    )


def _is_given(claim: Claim) -> bool:
    if claim.state is State.ABSENT:
        return True
    return claim.state is State.VALUE and claim.operator in {Operator.EQ, Operator.GE}


def _is_level(claims: Mapping[str, Claim]) -> bool:
    level = claims.get(_LEVEL)
    return level is not None and level.operator is Operator.LE


def _leads_up(claims: Mapping[str, Claim]) -> bool:
    """Whether steps or a ramp are said to stand at the door, so it cannot be level."""
    return any(
        claims[field].state is State.VALUE
        for field in ("stairs.count", "ramp.kind")
        if field in claims
    )


def _question(zone: str, key: str, row: Mapping[str, Any], catalogue: str) -> Question:
    rows: Iterable[Mapping[str, Any]] = () if "skip" in row else (row, *row.get("also", ()))
    return Question(
        zone=zone,
        key=key,
        forms=row["in"],
        rules=tuple(_rule(item, catalogue) for item in rows),
        skip=row.get("skip"),
    )


def _rule(row: Mapping[str, Any], catalogue: str) -> Rule:
    field = load_catalogue(catalogue).fields[row["to"]]
    number = field.type.is_number
    if number and "no" not in row:
        raise ValueError(f"{row['to']}: a number must say what `no` proves")
    return Rule(
        field=field.name,
        says={
            Reply.YES: _proof(row["yes"]),
            Reply.NO: _proof(row.get("no", "absent")),
            Reply.NOT_PROVIDED: _proof(
                row.get("not_provided", "not_applicable" if number else "absent")
            ),
        },
        weak=row.get("weak", False),
    )


def _proof(text: str | bool) -> Proof | None:  # noqa: FBT001 - a value of the file
    if text == _SILENT:
        return None
    if isinstance(text, bool):
        return Proof(State.VALUE, text)
    return Proof(_STATES[text]) if text in _STATES else _value(text)


def _value(text: str) -> Proof:
    if match := _RANGE.match(text):
        span = Span(int(match[1]), int(match[2]))
        return Proof(State.VALUE, None, Operator.ABOUT, span)
    if match := _INEQUALITY.match(text):
        operator, value = Operator(match[1]), int(match[2])
        return Proof(State.VALUE, value, operator, span_of(value, operator, 0))
    return Proof(State.VALUE, text)


def _group(row: Mapping[str, Any]) -> Group:
    proof = (
        Proof(State.VALUE, row["value"])
        if "value" in row
        else Proof(State(row.get("state", "absent")))
    )
    return Group(
        zone=row["zone"],
        keys=frozenset(row["keys"]),
        when=frozenset(Reply(word) for word in row["when"]),
        forms=row.get("forms", "mf"),
        field=row["to"],
        proof=proof,
    )
