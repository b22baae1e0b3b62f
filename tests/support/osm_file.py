"""Small OpenStreetMap files made in tests, written as real `.osm.pbf` by pyosmium."""

from dataclasses import dataclass, field
from pathlib import Path

import osmium
from osmium.osm import mutable

LonLat = tuple[float, float]

ORIGIN: LonLat = (76.94, 43.25)
_DEGREES_PER_METRE = (1 / 81_190, 1 / 111_110)


def at(east_m: float, north_m: float) -> LonLat:
    """Give the point so many metres east and north of a corner in Almaty."""
    return (
        round(ORIGIN[0] + east_m * _DEGREES_PER_METRE[0], 7),
        round(ORIGIN[1] + north_m * _DEGREES_PER_METRE[1], 7),
    )


@dataclass
class OsmFile:
    """Objects of a file; ids are chosen by the test, so that it can renumber them."""

    nodes: dict[int, tuple[LonLat, dict[str, str]]] = field(default_factory=dict)
    ways: dict[int, tuple[list[int], dict[str, str]]] = field(default_factory=dict)
    relations: dict[int, tuple[list[tuple[str, int, str]], dict[str, str]]] = field(
        default_factory=dict
    )
    missing: set[int] = field(default_factory=set)
    """Nodes that ways name and the file lacks, as in a clipped extract."""

    def node(self, osm_id: int, east_m: float, north_m: float, **tags: str) -> int:
        """Put a node; `addr__street` stands for `addr:street`."""
        self.nodes[osm_id] = at(east_m, north_m), _keys(tags)
        return osm_id

    def way(self, osm_id: int, refs: list[int], **tags: str) -> int:
        """Put a way."""
        self.ways[osm_id] = refs, _keys(tags)
        return osm_id

    def square(
        self,
        osm_id: int,
        first_node: int,
        east_m: float,
        north_m: float,
        size_m: float,
        **tags: str,
    ) -> list[int]:
        """Put a closed square way with four new nodes; give the nodes from the south-west."""
        corners = [(0.0, 0.0), (size_m, 0.0), (size_m, size_m), (0.0, size_m)]
        refs = [
            self.node(first_node + i, east_m + x, north_m + y) for i, (x, y) in enumerate(corners)
        ]
        self.way(osm_id, [*refs, refs[0]], **tags)
        return refs

    def relation(self, osm_id: int, members: list[tuple[str, int, str]], **tags: str) -> int:
        """Put a relation."""
        self.relations[osm_id] = members, _keys(tags)
        return osm_id

    def write(self, path: Path) -> Path:
        """Write the file; an old one is replaced."""
        path.unlink(missing_ok=True)
        with osmium.SimpleWriter(str(path)) as writer:
            for osm_id, (location, tags) in sorted(self.nodes.items()):
                if osm_id not in self.missing:
                    writer.add_node(
                        mutable.Node(id=osm_id, version=1, location=location, tags=tags)
                    )
            for osm_id, (refs, tags) in sorted(self.ways.items()):
                writer.add_way(mutable.Way(id=osm_id, version=1, nodes=refs, tags=tags))
            for osm_id, (members, tags) in sorted(self.relations.items()):
                writer.add_relation(
                    mutable.Relation(id=osm_id, version=1, members=members, tags=tags)
                )
        return path


def _keys(tags: dict[str, str]) -> dict[str, str]:
    return {key.replace("__", ":"): value for key, value in tags.items()}


def make_town() -> OsmFile:
    """Make two streets that meet, a footway with kerb and steps, a school, a shop and a stop.

    Street 100 runs east along nodes 1-2-3-4 (100 m apart), street 101 north from node 2.
    Footway 102 leads from node 3 past kerb 21 to the school's door 30 on building 200.
    """
    town = OsmFile()
    for number, east_m in enumerate((0, 100, 200, 300), start=1):
        town.node(number, east_m, 0)
    town.node(10, 100, 100)
    town.node(11, 100, 200)
    town.way(100, [1, 2, 3, 4], highway="residential", name="улица Абая", name__kk="Абай көшесі")
    town.way(101, [2, 10, 11], highway="tertiary", sidewalk="both")
    town.node(21, 200, 10, barrier="kerb", kerb="lowered", kerb__height="0.03")
    door = town.node(30, 210, 40, entrance="main", width="0.9", step_count="2")
    town.way(102, [3, 21, door], highway="footway", surface="asphalt", width="1,5", incline="4%")
    for number, (east_m, north_m) in enumerate(((190, 40), (250, 40), (250, 80), (190, 80)), 31):
        town.node(number, east_m, north_m)
    town.way(
        200,
        [31, 30, 32, 33, 34, 31],
        building="school",
        amenity="school",
        name="Школа № 15",
        name__kk="№ 15 мектеп",
        addr__street="улица Абая",
        addr__housenumber="7",
        phone="+7 727 000 00 00",
        opening_hours="Mo-Fr 08:00-18:00",
        wheelchair="limited",
    )
    town.square(201, 41, 20, 20, 30, building="apartments", addr__housenumber="9")
    town.node(50, 35, 30, shop="convenience", name="Дүкен")
    town.node(60, 150, 3, highway="bus_stop", name="Абай", public_transport="platform")
    return town
