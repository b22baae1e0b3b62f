"""Buildings with doors, organisations and the paths to their doors.

Turns plots into ways and nodes and keeps the truth beside them. Invariant: a share of the
buildings (about two in five) shows no door on the map, though its doors are in the record.
"""

from typing import Final

from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Drawing, Tags
from geo.demo_city.footprints import (
    Door,
    faces_street,
    outline_refs,
    place,
    plan_doors,
)
from geo.demo_city.names import CITY, name_tags
from geo.demo_city.records import (
    DemoBuilding,
    DemoEntrance,
    DemoOrganisation,
    EntranceTruth,
    Name,
)
from geo.demo_city.settlement import Plot
from geo.demo_city.tenants import Tenant, contact_tags, pick_tenants
from geo.demo_city.terrain import project
from geo.demo_city.truths import draw_building, draw_entrance, entrance_tags, metres

_MAPPED_SHARE: Final = {"house": 0.35, "service": 0.1, "apartments": 0.72}
_PUBLIC_MAPPED_SHARE: Final = 0.8
_PATH_SHARE: Final = {"house": 0.3, "service": 0.0, "apartments": 0.5}
_PUBLIC_PATH_SHARE: Final = 0.65
_ORGANISATION_AS_NODE: Final = 0.35
_STEPS_START_M: Final = 3.2
_LANDING_M: Final = 1.4
_RAMP_MAX_M: Final = 14.0

Let = tuple[Tenant, Name, bool]


def _plot_name(plot: Plot) -> Name | None:
    names = plot.kind.names
    if not names:
        return None
    base = names[(plot.number - 1) % len(names)]
    number = str(plot.number)
    return Name(*(text.replace("{n}", number) for text in (base.kk, base.ru, base.en)))


def address_tags(street: Name, house_number: str) -> Tags:
    """Return the address; `addr:street` is the street's `name`, the other languages beside it."""
    return {
        "addr:city": CITY.ru,
        "addr:street": street.ru,
        "addr:street:kk": street.kk,
        "addr:street:en": street.en,
        "addr:housenumber": house_number,
    }


class Builder:
    """Builds one plot."""

    def __init__(self, drawing: Drawing, plot: Plot, seed: int, index: int) -> None:
        self._drawing = drawing
        self._plot = plot
        self._dice = Dice(seed, "building", index)
        self._print = place(plot, self._dice.fork("place"))
        self._truth = draw_building(plot.kind, self._dice.fork("truth"))
        self._doors: list[Door] = []

    def build(self) -> DemoBuilding:
        """Draw the building and return its record."""
        plot, dice = self._plot, self._dice
        lets = self._draw_lets()
        ground = [number for number, (_, _, upstairs) in enumerate(lets) if not upstairs]
        doors = self._doors = plan_doors(plot, self._print, ground)
        truths = self._door_truths(doors)
        refs = outline_refs(self._drawing, self._print, self._mapped(doors))
        name = _plot_name(plot)
        as_node = (
            name is not None
            and plot.lot.use == "front"
            and not lets
            and dice.chance(_ORGANISATION_AS_NODE)
        )
        way_id = self._drawing.way(refs, self._way_tags(None if as_node else name))
        self._draw_doors(doors, truths)
        organisations = self._own_organisation(name, as_node=as_node)
        organisations += [self._organisation(let, doors, number) for number, let in enumerate(lets)]
        return DemoBuilding(
            way_id=way_id,
            kind=plot.kind.code,
            sector=plot.kind.sector,
            ownership=plot.kind.ownership,
            name=name,
            street=plot.street,
            house_number=plot.house_number,
            outline=tuple(self._drawing.nodes[ref].lonlat for ref in refs),
            entrances=tuple(
                DemoEntrance(door.node_id, project(*self._print.door_point(door)), door.role, truth)
                for door, truth in zip(doors, truths, strict=True)
            ),
            organisations=tuple(organisations),
            truth=self._truth,
        )

    def _draw_lets(self) -> list[Let]:
        plot = self._plot
        if plot.kind.building == "apartments" and plot.lot.street is None:
            return []  # shops want a street
        return pick_tenants(self._dice.fork("lets"), self._dice.whole(*plot.kind.tenants))

    def _door_truths(self, doors: list[Door]) -> list[EntranceTruth]:
        year = self._truth.built_year
        return [
            draw_entrance(self._plot.kind, door.role, year, self._dice.fork("door", number))
            for number, door in enumerate(doors)
        ]

    def _mapped(self, doors: list[Door]) -> list[Door]:
        """Draw which doors the map knows: none, or the main one and most others."""
        dice = self._dice.fork("mapped")
        share = _MAPPED_SHARE.get(self._plot.kind.building, _PUBLIC_MAPPED_SHARE)
        if not dice.chance(share):
            return []
        kept = [door for door in doors[1:] if dice.chance(0.8)]
        return [doors[0], *kept]

    def _way_tags(self, name: Name | None) -> Tags:
        plot, dice = self._plot, self._dice.fork("tags")
        tags: Tags = {"building": plot.kind.building}
        if dice.chance(0.85):
            tags["building:levels"] = str(self._truth.levels)
        if dice.chance(0.2):
            tags["start_date"] = str(self._truth.built_year)
        tags |= address_tags(plot.street, plot.house_number)
        if name is not None:
            tags |= plot.kind.tags | name_tags(name) | contact_tags(dice, plot.kind.hours)
            tags |= self._claims(dice)
        return tags

    def _claims(self, dice: Dice) -> Tags:
        """Draw what mappers claim of a whole building; often wrong, so never a verdict."""
        tags: Tags = {}
        if dice.chance(0.2):
            tags["wheelchair"] = dice.weigh({"yes": 2.0, "limited": 2.0, "no": 2.0})
        if self._truth.wc_present and dice.chance(0.1):
            tags["toilets:wheelchair"] = "yes" if self._truth.wc_rails == "both" else "no"
        return tags

    def _draw_doors(self, doors: list[Door], truths: list[EntranceTruth]) -> None:
        dice = self._dice.fork("doors")
        share = _PATH_SHARE.get(self._plot.kind.building, _PUBLIC_PATH_SHARE)
        has_path = dice.chance(share)
        flats = self._plot.kind.building == "apartments"
        for number, (door, truth) in enumerate(zip(doors, truths, strict=True)):
            if door.node_id is None:
                continue
            tags = entrance_tags(truth, door.role, dice)
            if flats and door.edge == "front":
                tags["ref"] = str(number + 1)
            self._drawing.tag(door.node_id, tags)
            if has_path:
                self._path(door, truth, dice)

    def _target(self, door: Door) -> int | None:
        """Return the node of the network straight ahead of a door, if one can be joined."""
        lot = self._plot.lot
        looks_to_street = (door.edge == "front") == faces_street(self._plot)
        if looks_to_street:
            street = lot.street
            if street is None or not street.start_m < door.u < street.end_m:
                return None
            return street.reach(door.u) if street.is_free(door.u - 2, door.u + 2) else None
        if lot.lane is None or not lot.lane.strip.start_m < door.u < lot.lane.strip.end_m:
            return None
        return lot.lane.strip.pin(door.u)

    def _path(self, door: Door, truth: EntranceTruth, dice: Dice) -> None:
        target = self._target(door)
        if target is None or door.node_id is None:
            return
        tags: Tags = {"highway": "footway"}
        if dice.chance(0.6):
            tags["surface"] = truth.path_surface
        if dice.chance(0.3):
            tags["width"] = metres(truth.path_width_mm)
        if dice.chance(0.2):
            tags["smoothness"] = truth.path_smoothness
        wants_porch = truth.step_count > 1 and door.role == "main" and self._plot.kind.is_public
        if wants_porch and dice.chance(0.7):
            start = self._porch(door, truth, dice)
            self._drawing.way([start, target], tags)
            return
        self._drawing.way([door.node_id, target], tags)

    def _porch(self, door: Door, truth: EntranceTruth, dice: Dice) -> int:
        """Draw the steps before a door, and the ramp beside them; return where both begin."""
        drawing, print_ = self._drawing, self._print
        foot = drawing.node(*print_.door_point(door, _STEPS_START_M))
        landing = drawing.node(*print_.door_point(door, _LANDING_M))
        if door.node_id is not None:
            drawing.way([landing, door.node_id], {"highway": "footway"})
        steps: Tags = {"highway": "steps", "incline": "up", "step_count": str(truth.step_count)}
        if dice.chance(0.6):
            steps["handrail"] = "no" if truth.stairs_handrail == "none" else "yes"
        drawing.way([foot, landing], steps)
        if truth.ramp == "fixed" and truth.ramp_length_mm:
            self._ramp(door, truth, (foot, landing), dice)
        return foot

    def _ramp(self, door: Door, truth: EntranceTruth, ends: tuple[int, int], dice: Dice) -> None:
        print_ = self._print
        ahead = [other.u for other in self._doors if other.edge == door.edge and other.u > door.u]
        room = min([print_.u1 - 1.0, *(u - 2.5 for u in ahead)]) - door.u
        length = min((truth.ramp_length_mm or 0) / 1000, _RAMP_MAX_M, room)
        if length < 1.5:  # noqa: PLR2004 - no room beside the steps
            return
        beside = Door(door.edge, door.u + length, door.role)
        top = self._drawing.node(*print_.door_point(beside, _LANDING_M))
        bottom = self._drawing.node(*print_.door_point(beside, _STEPS_START_M))
        tags: Tags = {"highway": "footway", "ramp": "yes"}
        tags["incline"] = f"{(truth.ramp_slope_permille or 0) / 10:g}%"
        if dice.chance(0.7):
            tags["width"] = metres(truth.ramp_width_mm or 0)
        if dice.chance(0.5):
            tags["handrail"] = "no" if truth.ramp_handrail == "none" else "yes"
        foot, landing = ends
        self._drawing.way([top, landing], tags)
        self._drawing.way([foot, bottom, top], {"highway": "footway"})

    def _own_organisation(self, name: Name | None, *, as_node: bool) -> list[DemoOrganisation]:
        """Record who the building is for; `as_node` draws it inside instead of on the way."""
        plot, kind = self._plot, self._plot.kind
        if name is None:
            return []
        spot = self._print.inside((self._print.u0 + self._print.u1) / 2 + 2.0)
        node_id = None
        if as_node:
            dice = self._dice.fork("own")
            tags = kind.tags | name_tags(name) | contact_tags(dice, kind.hours)
            tags |= address_tags(plot.street, plot.house_number) | self._claims(dice)
            node_id = self._drawing.node(*spot, tags)
        return [
            DemoOrganisation(node_id, kind.category, kind.sector, name, project(*spot), 0, None)
        ]

    def _organisation(self, let: Let, doors: list[Door], number: int) -> DemoOrganisation:
        tenant, name, upstairs = let
        plot, dice = self._plot, self._dice.fork("organisation", number)
        own = next((k for k, door in enumerate(doors) if door.tenant == number), None)
        level = dice.whole(1, max(1, self._truth.levels - 1)) if upstairs else 0
        tags = tenant.tags | name_tags(name) | contact_tags(dice, tenant.hours)
        tags |= address_tags(plot.street, plot.house_number)
        tags["level"] = str(level)
        if dice.chance(0.15):
            tags["wheelchair"] = dice.pick(["yes", "limited", "no"])
        if own is not None and doors[own].edge == "back":
            spot = self._print.door_point(doors[own], -3.0)
        elif own is not None:
            spot = self._print.inside(doors[own].u)
        else:
            share = dice.between(0.1, 0.9)
            spot = self._print.inside(
                self._print.u0 + share * (self._print.u1 - self._print.u0), dice.between(2, 5)
            )
        node_id = self._drawing.node(*spot, tags)
        return DemoOrganisation(
            node_id, tenant.category, tenant.sector, name, project(*spot), level, own
        )


def build_all(drawing: Drawing, plots: list[Plot], seed: int) -> list[DemoBuilding]:
    """Draw all buildings in the order of the plots."""
    return [Builder(drawing, plot, seed, index).build() for index, plot in enumerate(plots)]
