"""What a new way must be before it may join two streets.

A link changes the routes of everybody around it, so what cannot be right is refused while the
volunteer is still there: it begins and ends at streets, is no longer than what one person walks
along with a tape, and does not lead across a road with traffic, where nobody would be told to
look; a crossing is an element of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import shapely
import shapely.ops
from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.errors import AuditInvalidError
from audits.intake.rows import ELEMENT_SHAPES
from audits.submission import SubmittedElement
from geo.db.base import SRID
from geo.distance import measure_m
from geo.geojson import read_geometry
from geo.network.matching import LINK_REACH_M
from geo.network.models import EdgeKind, StreetEdge
from geo.network.queries import list_edges_near
from geo.places.kinds import ElementKind, PlaceState
from geo.places.models import Element
from geo.routing.encoding import BIG_ROAD, ROAD_CLASSES

LONGEST_M = 500
"""The same as how far a part of a place may lie from it (`audits.checks`, proposed)."""
_SHORTEST_M = 2
_BIG_ROADS = [highway for highway, road in ROAD_CLASSES.items() if road >= BIG_ROAD]
"""Roads that nobody crosses without being told: the same that routes cross by name only."""


async def check_links(
    db: AsyncSession, sent: Sequence[SubmittedElement], elements: Mapping[UUID, Element]
) -> None:
    """Raise AuditInvalidError for proposed links that cannot be ways between two streets."""
    problems: list[dict[str, Any]] = []
    for number, each in enumerate(sent):
        element = elements[each.id]
        if element.kind is ElementKind.LINK and element.state is PlaceState.PROPOSED:
            shape = read_geometry(each.geometry, kinds=ELEMENT_SHAPES) if each.geometry else None
            code = await _find_fault(db, to_shape(shape) if shape is not None else None)
            if code is not None:
                problems.append({"pointer": f"/elements/{number}/geometry", "code": code})
    if problems:
        raise AuditInvalidError(errors=problems)


async def _find_fault(db: AsyncSession, line: BaseGeometry | None) -> str | None:
    if not isinstance(line, shapely.LineString):
        return "link_without_line"
    length_m = measure_m([(spot[0], spot[1]) for spot in line.coords])
    if not _SHORTEST_M <= length_m <= LONGEST_M:
        return "link_of_odd_length"
    for lon, lat in (line.coords[0][:2], line.coords[-1][:2]):
        if not await list_edges_near(db, lon=lon, lat=lat, radius_m=LINK_REACH_M, limit=1):
            return "link_not_joined"
    if await _crosses_traffic(db, _inner(line, length_m)):
        return "link_across_road"
    return None


def _inner(line: shapely.LineString, length_m: float) -> BaseGeometry:
    """Return the line without its ends, which may lie a little beyond the street they join."""
    share = min(LINK_REACH_M / length_m, 0.5)
    return shapely.ops.substring(line, share, 1 - share, normalized=True)


async def _crosses_traffic(db: AsyncSession, inner: BaseGeometry) -> bool:
    shape = func.ST_GeomFromText(inner.wkt, SRID)
    found = await db.scalar(
        select(StreetEdge.id)
        .where(
            StreetEdge.geom.op("&&")(shape),
            func.ST_Intersects(StreetEdge.geom, shape),
            StreetEdge.kind == EdgeKind.ROAD,
            StreetEdge.highway.in_(_BIG_ROADS),
            # One may well pass below a bridge, or above a tunnel.
            StreetEdge.bridge.is_(False),
            StreetEdge.tunnel.is_(False),
        )
        .limit(1)
    )
    return found is not None
