"""Lifts that are closed at the time of a journey: by their hours, or because an audit saw so.

Kept in memory per process and read again after a change, because every route asks. A closed
lift is laid over the network for one request, as a report of a lift out of order would be; the
answer names the hours instead.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import psycopg

from geo.db.changes import ChangeKind, ChangeRow
from geo.mobility.hours import open_at
from geo.routing.overlay import Obstacle, Overlay, apply
from geo.routing.service import Pinned

_KIND = "lift_out_of_order"
_PREFIX = "lift:"
_KEPT = 8
"""Networks with closed lifts that are kept."""

_QUERY = """
SELECT e.id::text, ST_X(ST_PointOnSurface(e.geom)), ST_Y(ST_PointOnSurface(e.geom)),
       coalesce(
           (SELECT f.value #>> '{}' FROM facts f
            WHERE f.element_id = e.id AND f.field = 'lift.hours' AND f.state = 'value'),
           e.osm_tags ->> 'opening_hours'),
       (SELECT f.value #>> '{}' FROM facts f
        WHERE f.element_id = e.id AND f.field = 'lift.state' AND f.state = 'value'),
       ARRAY(SELECT s.id FROM street_edges s
             WHERE s.osm_way_id = e.osm_way_id OR s.from_node_id = ANY (shaft.ids)
                OR s.to_node_id = ANY (shaft.ids))
FROM elements e
CROSS JOIN LATERAL (
    SELECT array_agg(n.id) AS ids FROM street_nodes n WHERE n.osm_id = e.osm_node_id) shaft
WHERE e.kind = 'lift' AND e.state = 'active' AND e.geom IS NOT NULL
  AND (e.osm_node_id IS NOT NULL OR e.osm_way_id IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class StreetLift:
    """A lift that is part of the street network."""

    id: str
    lon: float
    lat: float
    hours: str | None
    """OSM `opening_hours`, surveyed or mapped."""
    broken: bool
    """An approved audit saw it out of order."""
    edge_ids: tuple[int, ...]

    def is_closed(self, at: datetime) -> bool:
        """Whether it surely cannot be used at a moment of the city's clock."""
        return self.broken or open_at(self.hours, at) is False


Lifts = Mapping[str, StreetLift]
"""By id of the element."""


class LiftTable:
    """The lifts of the network and the networks with some of them closed."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._lifts: Lifts | None = None
        self._generation = 0
        self._laid: dict[frozenset[str], tuple[Pinned, Pinned]] = {}
        self._lock = threading.Lock()

    def on_changes(self, rows: Sequence[ChangeRow]) -> None:
        """Forget what may have changed; read again by the next journey."""
        if any(row.kind in {ChangeKind.PLACE, ChangeKind.NETWORK} for row in rows):
            self._generation += 1
            self._lifts = None

    async def read(self) -> Lifts:
        """Give the lifts that stand on the network."""
        if self._lifts is not None:
            return self._lifts
        generation = self._generation
        async with await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, application_name="esik-lifts"
        ) as connection:
            cursor = await connection.execute(_QUERY)
            lifts = {row[0]: _read(row) for row in await cursor.fetchall()}
        if generation == self._generation:
            self._lifts = lifts
        return lifts

    def lay_over(self, pinned: Pinned, lifts: Lifts, at: datetime) -> Pinned:
        """Give the network without the lifts that are closed at `at` (the city's clock).

        Blocking; the last networks are kept, because hours change a few times a day only.
        """
        closed = frozenset(key for key, lift in lifts.items() if lift.is_closed(at))
        if not closed:
            return pinned
        with self._lock:
            found = self._laid.get(closed)
            if found is None or found[0] is not pinned:
                laid = Pinned(pinned.planner, _close(pinned, [lifts[each] for each in closed]))
                if len(self._laid) >= _KEPT:
                    self._laid.clear()
                self._laid[closed] = found = (pinned, laid)
        return found[1]


def describe_closure(ref: str, lifts: Lifts) -> dict[str, Any] | None:
    """Give what is behind a notice of a lift that was closed for one journey; else `None`."""
    lift = lifts.get(ref.removeprefix(_PREFIX))
    if not ref.startswith(_PREFIX) or lift is None:
        return None
    return {"element_id": lift.id, "opening_hours": lift.hours, "out_of_order": lift.broken}


def _read(row: tuple[Any, ...]) -> StreetLift:
    key, lon, lat, hours, state, edges = row
    return StreetLift(key, lon, lat, hours, state == "out_of_order", tuple(edges))


def _close(pinned: Pinned, lifts: Sequence[StreetLift]) -> Overlay:
    obstacles = {
        f"{_PREFIX}{lift.id}": Obstacle(
            id=f"{_PREFIX}{lift.id}",
            kind=_KIND,
            state="confirmed",
            edge_ids=lift.edge_ids,
            shape=np.array([[lift.lon, lift.lat]]),
        )
        for lift in lifts
    }
    return apply(pinned.overlay, obstacles=obstacles)
