"""Facts about kerbs, crossings, pavements and new ways, as the street network takes them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID, uuid5

from geoalchemy2.shape import to_shape
from sqlalchemy.ext.asyncio import AsyncSession

from audits.observations import Fact, Operator, State
from geo.db.base import Shape
from geo.network.models import OverrideTarget
from geo.network.overrides import StreetOverride, apply_changes
from geo.places.kinds import ElementKind
from geo.places.models import Element
from geo.routing.attributes import measure_kerb
from geo.routing.encoding import UNKNOWN_MM

_TARGETS = {
    ElementKind.KERB: OverrideTarget.NODE,
    ElementKind.CROSSING: OverrideTarget.EDGE,
    ElementKind.PAVEMENT: OverrideTarget.EDGE,
}

_COLUMNS = {
    "path.width_min": "width_mm",
    "path.slope_long": "incline_permille",
    "path.slope_cross": "cross_slope_permille",
    "path.surface": "surface",
    "path.smoothness": "smoothness",
    "path.step_count": "step_count",
    "path.lighting": "lit",
    "path.tactile_guide": "tactile_paving",
    "kerb.kind": "kerb",
    "kerb.height": "kerb_height_mm",
    "crossing.kind": "crossing",
    "crossing.signal_sound": "signal_sound",
    "crossing.island": "crossing_island",
    "crossing.tactile": "tactile_paving",
}
_WORDS: Mapping[str, Callable[[Any], Any]] = {
    "path.tactile_guide": lambda value: "no" if value == "none" else "yes",
    "crossing.tactile": lambda value: "yes" if value else "no",
}

# What an inequality proves may be laid over the street only where it is the safe side: a width
# of at least so much, a height or slope of at most so much.
_SAFE = {
    "path.width_min": {Operator.GE, Operator.GT},
    "path.slope_cross": {Operator.LE, Operator.LT},
    "kerb.height": {Operator.LE, Operator.LT},
}
_EXACT = {Operator.EQ, Operator.ABOUT}


async def push_street_facts(
    db: AsyncSession, *, element: Element, facts: Mapping[str, Fact]
) -> None:
    """Lay the measures of one street part over the network, or take them off it again.

    Every field has an override of its own, because every field ages by itself. Neither the
    clock nor votes take a measure off the street: that could open a way.
    """
    if element.geom is None:
        return
    if element.kind is ElementKind.LINK:
        await _push_link(db, element, facts)
        return
    overrides, retired = [], []
    for name, column in _COLUMNS.items():
        override_id = _override_id(element.id, name)
        fact = facts.get(name)
        value = _value(name, fact) if fact else None
        if fact is None or value is None:
            retired.append(override_id)
            continue
        overrides.append(
            _make_override(override_id, _TARGETS[element.kind], element, {column: value}, [fact])
        )
    await apply_changes(db, overrides=overrides, retired=retired)


async def _push_link(db: AsyncSession, element: Element, facts: Mapping[str, Fact]) -> None:
    """Join two streets by a way with all its measures; without any approved fact it is gone."""
    override_id = _override_id(element.id, "link")
    if not facts:
        await apply_changes(db, retired=[override_id])
        return
    attributes: dict[str, Any] = {
        column: value
        for name, column in _COLUMNS.items()
        if (fact := facts.get(name)) and (value := _value(name, fact)) is not None
    }
    kerb_mm = measure_kerb(attributes.pop("kerb", None), attributes.get("kerb_height_mm"))
    if kerb_mm != UNKNOWN_MM:
        attributes["kerb_height_mm"] = kerb_mm
    link = _make_override(
        override_id, OverrideTarget.LINK, element, attributes, list(facts.values())
    )
    await apply_changes(db, overrides=[link])


def _make_override(
    override_id: UUID,
    target: OverrideTarget,
    element: Element,
    attributes: Mapping[str, Any],
    facts: Sequence[Fact],
) -> StreetOverride:
    """Make an override of the facts behind it: as old as the oldest, as lasting as the first."""
    expiries = [fact.expires_at for fact in facts if fact.expires_at is not None]
    return StreetOverride(
        id=override_id,
        target=target,
        geom=to_shape(cast("Shape", element.geom)),
        attributes=attributes,
        element_id=element.id,
        osm_way_id=element.osm_way_id,
        osm_node_ids=element.osm_node_ids or (),
        observed_at=min(fact.observed_at for fact in facts),
        expires_at=min(expiries, default=None),
    )


def _override_id(element_id: UUID, name: str) -> UUID:
    """Give the same id for the same field of the same part, so that pushing again replaces it."""
    return uuid5(element_id, name)


def _value(name: str, fact: Fact) -> Any:  # noqa: ANN401 - as the column takes it
    if fact.state is not State.VALUE:
        return None
    if fact.operator not in _EXACT | _SAFE.get(name, set()):
        return None
    return _WORDS[name](fact.value) if name in _WORDS else fact.value
