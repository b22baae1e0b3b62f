"""Does a place meet the norm? Every clause in force, held against every part of it (pure).

The other answer beside the words: a place may be usable and deviate, or conform and be of no
use. Neither enters the other.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from audits.norms import check_norms, find_conflicts
from audits.observations import Fact
from audits.verdicts import ElementFacts, PlaceFacts


def list_norm_answers(
    place: PlaceFacts, *, permit_date: date | None, at: datetime
) -> list[dict[str, Any]]:
    """Answer the norms in force about the place itself and each of its parts.

    The permit date selects the version; without it the newest counts and the answer says so.
    `conflict` marks fields on which two sources in force disagree. What nobody looked at is
    left out.
    """
    by_id = {element.id: element for element in place.elements}
    parts: list[tuple[UUID | None, Mapping[str, Fact], Mapping[str, Fact]]] = [
        (None, place.facts, {}),
        *((item.id, item.facts, _around(place, item, by_id)) for item in place.elements),
    ]
    shown = []
    for element_id, facts, context in parts:
        answers = check_norms(facts, permit_date=permit_date, at=at, context=context)
        disputed = find_conflicts(answers)
        shown += [
            {
                **answer.as_json(),
                "element_id": None if element_id is None else str(element_id),
                "conflict": answer.norm.field in disputed,
            }
            for answer in answers
        ]
    return shown


def _around(
    place: PlaceFacts, element: ElementFacts, by_id: Mapping[UUID, ElementFacts]
) -> dict[str, Fact]:
    """Give what is known around a part: the place, then its parents, the nearest last."""
    chain: list[ElementFacts] = []
    parent = by_id.get(element.parent_id) if element.parent_id else None
    while parent is not None and parent not in chain:
        chain.append(parent)
        parent = by_id.get(parent.parent_id) if parent.parent_id else None
    around = dict(place.facts)
    for item in reversed(chain):
        around |= item.facts
    return around
