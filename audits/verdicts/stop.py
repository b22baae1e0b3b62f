"""Stops of public transport: onto the platform, and to wait there."""

from audits.verdicts.case import Case
from audits.verdicts.model import PlaceFacts
from audits.verdicts.outcome import Outcome, chain
from audits.verdicts.parts import Part, known
from audits.verdicts.rows import judge_row
from geo.places.kinds import ElementKind


def judge_stop(case: Case, place: PlaceFacts) -> Outcome:
    """Judge a stop; answers stand on the place or on its stop element."""
    facts = dict(place.facts)
    element_id = None
    for element in place.elements:
        if element.kind is ElementKind.STOP:
            element_id = element.id
            facts |= known(element.facts)
    part = Part(element_id, None, facts)
    return chain(judge_row(case, row, part) for row in case.entry.rows("stop"))
