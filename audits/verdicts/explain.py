"""Judge plain answers without storing them: the form's live hint, and other systems.

The caller checks the answers first (`audits.catalogue.check_answers`); what is said counts as
seen now by the stated method.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audits.catalogue import Answer
from audits.observations import Fact, Method, Operator, State
from audits.verdicts.model import ElementFacts, PlaceFacts
from geo.places.kinds import ElementKind, PlaceKind


@dataclass(frozen=True, slots=True)
class GivenElement:
    """A part that the answers speak about."""

    id: UUID
    kind: ElementKind
    parent_id: UUID | None = None
    point: tuple[float, float] | None = None


def place_of_answers(
    place_id: UUID,
    kind: PlaceKind,
    elements: Sequence[GivenElement],
    answers: Iterable[Answer],
    *,
    now: datetime,
    parent: PlaceFacts | None = None,
) -> PlaceFacts:
    """Return a place made of checked answers; those about unknown elements are left out."""
    facts: dict[object, dict[str, Fact]] = defaultdict(dict)
    for answer in answers:
        facts[answer.element_id][answer.field] = _fact(answer, now)
    return PlaceFacts(
        id=place_id,
        kind=kind,
        facts=facts[None],
        elements=tuple(
            ElementFacts(item.id, item.kind, item.parent_id, item.point, facts[item.id])
            for item in elements
        ),
        parent=parent,
    )


def _fact(answer: Answer, now: datetime) -> Fact:
    value = answer.value
    precision = answer.precision
    return Fact(
        field=answer.field,
        state=State(answer.state),
        observed_at=now,
        operator=Operator(answer.operator or Operator.EQ),
        value=value if isinstance(value, (int, str, bool)) else None,
        precision=precision if isinstance(precision, int) else None,
        method=None if answer.method is None else Method(answer.method),
    )
