"""The demo city as a whole: draws all parts in order and keeps the record of what is there.

Invariant: the plan depends on the seed alone, so the written file and the truths that demo
audits are made of always belong together.
"""

from dataclasses import dataclass, field

from geo.demo_city.blocks import draw_lanes, lay_blocks
from geo.demo_city.buildings import build_all
from geo.demo_city.courtyards import furnish
from geo.demo_city.crossings import paint_crossings
from geo.demo_city.districts import draw_districts
from geo.demo_city.drawing import Drawing
from geo.demo_city.grid import draw_streets, lay_grid
from geo.demo_city.parks import paint_parks
from geo.demo_city.pavements import draw_sides, lay_sides
from geo.demo_city.records import (
    DemoBuilding,
    DemoDistrict,
    DemoStop,
    DemoStructure,
    DemoTrap,
)
from geo.demo_city.settlement import settle
from geo.demo_city.stops import place_stops
from geo.demo_city.structures import build_structures, choose_sites
from geo.demo_city.traps import plant_traps


@dataclass(frozen=True)
class DemoCity:
    """Everything in the demo city. `drawing` holds the OSM objects as they are written."""

    seed: int
    city: DemoDistrict
    districts: tuple[DemoDistrict, ...]
    buildings: tuple[DemoBuilding, ...]
    stops: tuple[DemoStop, ...]
    structures: tuple[DemoStructure, ...]
    traps: tuple[DemoTrap, ...]
    crossing_node_ids: tuple[int, ...]
    drawing: Drawing = field(repr=False)


def plan_demo_city(seed: int = 1) -> DemoCity:
    """Draw the city for a seed; takes about a second."""
    drawing = Drawing()
    grid = lay_grid(drawing, seed)
    sides = lay_sides(grid, seed)
    sites = choose_sites(grid, seed)
    crossings = paint_crossings(grid, sides, seed, {site.junction for site in sites})
    structures = build_structures(grid, sides, sites, seed)
    plans = lay_blocks(drawing, grid.blocks, sides, seed)
    paint_parks(drawing, grid.blocks, sides, seed)
    stops = place_stops(grid, sides, seed)
    plots = settle([lot for plan in plans for lot in plan.lots], seed)
    buildings = build_all(drawing, plots, seed)
    furnish(drawing, plans, seed)
    draw_lanes(drawing, plans, seed)
    draw_sides(drawing, sides, seed)
    draw_streets(grid, seed)
    traps = plant_traps(grid, sides, plans, crossings, seed)
    city, districts = draw_districts(drawing, grid)
    return DemoCity(
        seed=seed,
        city=city,
        districts=tuple(districts),
        buildings=tuple(buildings),
        stops=tuple(stops),
        structures=tuple(structures),
        traps=tuple(traps),
        crossing_node_ids=tuple(crossings.nodes),
        drawing=drawing,
    )
