"""Which facts speak about which part of a place.

A part may be an element of its own or be answered on the thing it belongs to. One child element
and the answers on its owner are one part, the child's answers first; with several children the
owner's answers are a part of their own, so no answer is lost.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from audits.observations import Fact
from audits.verdicts.model import ElementFacts, PlaceFacts
from geo.places.kinds import ElementKind

NO_FACTS: Mapping[str, Fact] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Part:
    """Facts about one part, and where a question about it would be asked."""

    element_id: UUID | None
    entrance_id: UUID | None
    facts: Mapping[str, Fact]
    inner: bool = False
    """Answers stand under `inner_ramp.` and so on instead of `ramp.`."""

    def name(self, field: str) -> str:
        """Return the field's name on this part."""
        return f"inner_{field}" if self.inner else field

    def find(self, field: str) -> Fact | None:
        """Return a fact that says something, stale or not."""
        fact = self.facts.get(self.name(field))
        return fact if fact is not None and fact.known else None

    def plain(self, field: str) -> object:
        """Return the value as stated, `None` when there is none or nobody knows."""
        fact = self.find(field)
        return None if fact is None else fact.value


def parts_of(
    owner: ElementFacts,
    children: Iterable[ElementFacts],
    kind: ElementKind,
    prefixes: tuple[str, ...],
) -> list[Part]:
    """Return the parts of one kind under an entrance; empty when nothing is known of any."""
    own = {
        name: fact for name, fact in owner.facts.items() if fact.known and name.startswith(prefixes)
    }
    found = [child for child in children if child.kind is kind]
    if len(found) == 1:
        return [Part(found[0].id, owner.id, {**own, **known(found[0].facts)})]
    parts = [Part(child.id, owner.id, child.facts) for child in found]
    if own:
        parts.append(Part(owner.id, owner.id, own))
    return parts


def children_of(place: PlaceFacts, parent_id: UUID) -> list[ElementFacts]:
    """Return the elements directly under another one."""
    return [element for element in place.elements if element.parent_id == parent_id]


def inside_parts(place: PlaceFacts) -> list[Part]:
    """Return what is known inside: the place, its rooms and desks, and the building around it.

    The place's own answer about a field hides the building's answer about the same field.
    """
    around = inside_parts(place.parent) if place.parent is not None else []
    base = {**around[0].facts, **known(place.facts)} if around else place.facts
    kinds = (ElementKind.ROOM, ElementKind.DESK)
    rooms = [Part(item.id, None, item.facts) for item in place.elements if item.kind in kinds]
    return [Part(None, None, base), *rooms, *around[1:]]


def inside_equipment(place: PlaceFacts, kind: ElementKind) -> list[Part]:
    """Return lifts or platform lifts that belong to no entrance, the building's included."""
    entrances = {item.id for item in place.elements if item.kind is ElementKind.ENTRANCE}
    found = [
        Part(item.id, None, item.facts)
        for item in place.elements
        if item.kind is kind and item.parent_id not in entrances
    ]
    prefix = f"{kind.value}."
    own = {
        name: fact
        for name, fact in place.facts.items()
        if fact.known and name.startswith(prefix) and name != "lift.present"
    }
    if len(found) == 1:
        found = [Part(found[0].element_id, None, {**own, **known(found[0].facts)})]
    elif own:
        found.append(Part(None, None, own))
    if place.parent is not None:
        found += inside_equipment(place.parent, kind)
    return found


def known(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the facts that say something."""
    return {name: fact for name, fact in facts.items() if fact.known}
