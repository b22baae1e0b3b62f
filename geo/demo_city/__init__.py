"""An invented city for demonstrations and tests, written as a real OpenStreetMap extract.

Owns the city's geometry, names and *truths* (what an auditor would measure); knows nothing of
the database, the import or audits. Invariant: the same seed gives the same city, byte for byte,
in any process. Everything is labelled as demo data.
"""

from geo.demo_city.plan import DemoCity, plan_demo_city
from geo.demo_city.records import (
    BuildingTruth,
    DemoBuilding,
    DemoCitySummary,
    DemoDistrict,
    DemoEntrance,
    DemoLift,
    DemoOrganisation,
    DemoStop,
    DemoStructure,
    DemoTrap,
    EntranceTruth,
    Name,
)
from geo.demo_city.terrain import elevation_m, elevations_m, write_demo_dem
from geo.demo_city.writer import summarise, write_demo_city, write_plan

__all__ = [
    "BuildingTruth",
    "DemoBuilding",
    "DemoCity",
    "DemoCitySummary",
    "DemoDistrict",
    "DemoEntrance",
    "DemoLift",
    "DemoOrganisation",
    "DemoStop",
    "DemoStructure",
    "DemoTrap",
    "EntranceTruth",
    "Name",
    "elevation_m",
    "elevations_m",
    "plan_demo_city",
    "summarise",
    "write_demo_city",
    "write_demo_dem",
    "write_plan",
]
