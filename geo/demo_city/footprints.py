"""Outlines of buildings with the places of their doors.

Works in a lot's frame (u along the facade, v away from it). Invariant: a door is a vertex of the
outline, so its node lies exactly on the building.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from geo.demo_city.blocks import Frame
from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Drawing, Point
from geo.demo_city.settlement import Plot

Edge = Literal["front", "back"]
Role = Literal["main", "yes", "secondary", "service"]

_CAMPUS_FORECOURT_M = 12.0
_DOOR_MARGIN_M = 1.5
_THREE_DOORS_M = 50.0


@dataclass
class Door:
    """A place for a door on the front or back facade. `tenant` is whose own door it is."""

    edge: Edge
    u: float
    role: Role
    tenant: int | None = None
    node_id: int | None = None


@dataclass
class Footprint:
    """A building's outline in its frame; the front facade runs from (u0, front) to (u1, front).

    `outward` is the direction of v in which the front facade looks.
    """

    frame: Frame
    u0: float
    u1: float
    front: float
    depth: float
    outward: int
    corners: list[Point] = field(default_factory=list)

    @property
    def back(self) -> float:
        """The v of the back facade."""
        return self.front - self.outward * self.depth

    def door_point(self, door: Door, away_m: float = 0.0) -> Point:
        """Return plan metres of a door, or of a spot some metres out in front of it."""
        if door.edge == "front":
            return self.frame.point(door.u, self.front + self.outward * away_m)
        return self.frame.point(door.u, self.back - self.outward * away_m)

    def inside(self, u: float, in_m: float = 3.0) -> Point:
        """Return plan metres of a spot behind the front facade."""
        return self.frame.point(u, self.front - self.outward * min(in_m, self.depth / 2))


def faces_street(plot: Plot) -> bool:
    """Whether the main facade looks to the street: public buildings on lots that have one."""
    return plot.lot.use == "campus" or (plot.lot.street is not None and plot.kind.is_public)


def _wings(plot: Plot, print_: Footprint, dice: Dice) -> list[Point]:
    """Return the corners behind the front facade, from its u1 end round to its u0 end."""
    u0, u1, back = print_.u0, print_.u1, print_.back
    if plot.kind.shape == "box" or print_.depth < 8:  # noqa: PLR2004 - too thin for wings
        return [(u1, back), (u0, back)]
    middle = print_.front - print_.outward * print_.depth * dice.between(0.38, 0.55)
    wing = (u1 - u0) * dice.between(0.22, 0.34)
    if plot.kind.shape == "ell":
        if dice.chance(0.5):
            return [(u1, back), (u1 - wing, back), (u1 - wing, middle), (u0, middle)]
        return [(u1, middle), (u0 + wing, middle), (u0 + wing, back), (u0, back)]
    return [
        (u1, back), (u1 - wing, back), (u1 - wing, middle),
        (u0 + wing, middle), (u0 + wing, back), (u0, back),
    ]  # fmt: skip


def place(plot: Plot, dice: Dice) -> Footprint:
    """Draw a building's size and place inside its lot."""
    lot, kind = plot.lot, plot.kind
    room_u, room_v = lot.u1 - lot.u0, lot.v1 - lot.v0
    length = min(room_u, dice.between(*kind.length_m))
    if kind.building == "apartments" and room_u <= kind.length_m[1]:
        length = room_u  # blocks of flats fill their lots
    depth = min(room_v, dice.between(*kind.depth_m))
    outward = lot.facing
    if lot.use == "front" and faces_street(plot):
        outward = -lot.facing
    front = lot.v1 if outward > 0 else lot.v0
    if lot.use == "campus":
        depth = min(depth, room_v - _CAMPUS_FORECOURT_M)
        front -= outward * min(_CAMPUS_FORECOURT_M, (room_v - depth) * 0.6)
    elif lot.use == "house":
        front -= outward * dice.between(0, max(0.0, room_v - depth))
    u0 = lot.u0 + (room_u - length) * dice.between(0.3, 0.7)
    made = Footprint(lot.frame, u0, u0 + length, front, depth, outward)
    made.corners = _wings(plot, made, dice)
    return made


def spread(print_: Footprint, edge: Edge, count: int, role: Role) -> list[Door]:
    """Space doors evenly along a facade."""
    step = (print_.u1 - print_.u0) / count
    return [Door(edge, print_.u0 + step * (k + 0.5), role) for k in range(count)]


def plan_doors(plot: Plot, print_: Footprint, ground_tenants: Sequence[int]) -> list[Door]:
    """Place the doors a building of this kind has; tenants on the ground get their own."""
    kind, box = plot.kind, plot.kind.shape == "box"
    length = print_.u1 - print_.u0
    if kind.ownership == "residential" and kind.building == "apartments":
        stairs = max(1, round(length / 22.0))
        doors = spread(print_, "front", stairs, "main" if stairs == 1 else "yes")
        doors += _tenant_doors(print_, "back", ground_tenants)
        return doors
    if kind.building in {"house", "service"}:
        return spread(print_, "front", 1, "main" if kind.building == "house" else "service")
    if kind.code == "shops" and ground_tenants:
        doors = _tenant_doors(print_, "front", ground_tenants)
        doors[0].role = "main"
    elif length > 36.0:  # noqa: PLR2004 - long public buildings have side doors
        doors = spread(print_, "front", 3, "secondary")
        doors[1].role = "main"
        doors = [doors[1], doors[0]] if length < _THREE_DOORS_M else [doors[1], doors[0], doors[2]]
    else:
        doors = spread(print_, "front", 1, "main")
    if box and length > 20.0:  # noqa: PLR2004 - kiosks have no back door
        doors.append(Door("back", print_.u0 + length * 0.3, "service"))
    return doors


def _tenant_doors(print_: Footprint, edge: Edge, tenants: Sequence[int]) -> list[Door]:
    doors = spread(print_, edge, len(tenants), "yes") if tenants else []
    for door, tenant in zip(doors, tenants, strict=True):
        door.tenant = tenant
    return doors


def outline_refs(drawing: Drawing, print_: Footprint, doors: list[Door]) -> list[int]:
    """Make the outline's nodes; doors in the list become vertices and get their node ids."""

    def corner(point: Point) -> int:
        return drawing.node(*print_.frame.point(*point))

    def pinned(edge: Edge, *, backwards: bool) -> list[int]:
        on_edge = sorted((door for door in doors if door.edge == edge), key=lambda door: door.u)
        if backwards:
            on_edge.reverse()
        for door in on_edge:
            low, high = print_.u0 + _DOOR_MARGIN_M, print_.u1 - _DOOR_MARGIN_M
            door.u = min(max(door.u, low), high)
            door.node_id = drawing.node(*print_.door_point(door))
        return [door.node_id for door in on_edge if door.node_id is not None]

    first = corner((print_.u0, print_.front))
    refs = [first, *pinned("front", backwards=False), corner((print_.u1, print_.front))]
    if len(print_.corners) == 2:  # noqa: PLR2004 - a box: its back facade is one line
        refs += [corner(print_.corners[0]), *pinned("back", backwards=True)]
        refs.append(corner(print_.corners[1]))
    else:
        refs += [corner(point) for point in print_.corners]
    return [*refs, first]
