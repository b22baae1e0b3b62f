"""The router as the rest of the program sees it: open, follow changes, plan.

`Router` holds one immutable pair of base and overlay and swaps it as a whole. A plan pins the
pair it begins with, so old and new never mix inside one answer, and a swap drops nobody. All
reading is asynchronous; building and planning are synchronous and belong into threads.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np
import psycopg
import structlog

from geo.db.changes import ChangeKind, ChangeRow
from geo.errors import DomainError
from geo.mobility import Profile
from geo.routing.answer import NoRoute, Route, RouteRequest, Routes, Target
from geo.routing.build import ensure_base, ensure_base_apart
from geo.routing.costs import make_rules
from geo.routing.geojson import dump_geojson
from geo.routing.graph import Graph
from geo.routing.kernels import keep_code_in
from geo.routing.landmarks import Landmarks
from geo.routing.landmarks.reading import read_landmarks
from geo.routing.matrix import Matrix, MatrixRequest, make_matrix
from geo.routing.needs import Needs
from geo.routing.overlay import Overlay, apply, empty_overlay
from geo.routing.planner import Planner, Seed, make_found
from geo.routing.ranking import Ranking, RankRequest, rank_groups
from geo.routing.reach import Reach, ReachRequest, find_reach
from geo.routing.reports import Mark, read_changed, read_everything
from geo.routing.snapping import make_snapper
from geo.routing.texts import LANGUAGES
from geo.routing.walks import Walk
from geo.routing.ways import plan_best, plan_ways

log = structlog.get_logger()
_COMPILING_S = 300.0
"""Compiling takes longer than any search may."""
_P = ParamSpec("_P")
_T = TypeVar("_T")
_changes = ThreadPoolExecutor(1, thread_name_prefix="overlay")
"""Takes over changes. The loop's own threads are few, and others may keep all of them busy."""


@dataclass(frozen=True)
class Pinned:
    """One immutable pair: everything a plan reads."""

    planner: Planner
    overlay: Overlay

    @property
    def graph(self) -> Graph:
        """The base."""
        return self.overlay.graph

    def plan_route(self, request: RouteRequest) -> Route | NoRoute:
        """Return the best way, or why there is none; see `plan_ways`."""
        return plan_best(self.planner, self.overlay, request)

    def plan_routes(self, request: RouteRequest) -> Routes | NoRoute:
        """Return the best way and alternatives, or why there is none; see `plan_ways`."""
        return plan_ways(self.planner, self.overlay, request)

    def reach(self, request: ReachRequest) -> Reach:
        """Return what can be reached in some minutes; see `find_reach`."""
        return find_reach(self.planner, self.overlay, request)

    def matrix(self, request: MatrixRequest) -> Matrix:
        """Return the best way for every pair; see `make_matrix`."""
        return make_matrix(self.planner, self.overlay, request)

    def rank(self, request: RankRequest) -> Ranking:
        """Return the cheapest of many groups of places; see `rank_groups`."""
        return rank_groups(self.planner, self.overlay, request)


class Router:
    """Plans ways on the network in force. Make one per process with `open_router`."""

    def __init__(self, conninfo: str, data_dir: Path, pinned: Pinned, mark: Mark) -> None:
        self._conninfo = conninfo
        self._data_dir = data_dir
        self._pinned = pinned
        self._mark = mark
        self._changing = asyncio.Lock()

    def pin(self) -> Pinned:
        """Return the pair in force; it never changes, whatever happens meanwhile."""
        return self._pinned

    def plan_route(self, request: RouteRequest) -> Route | NoRoute:
        """Return the best way, or why there is none. Blocking: call it in a thread.

        Raises `OutsideNetworkError`, `TooFarError` and `SearchTooLongError`.
        """
        return self._pinned.plan_route(request)

    def plan_routes(self, request: RouteRequest) -> Routes | NoRoute:
        """Return the best way and the alternatives asked for. Blocking; see `plan_ways`."""
        return self._pinned.plan_routes(request)

    def reach(self, request: ReachRequest) -> Reach:
        """Return what can be reached in some minutes. Blocking; see `find_reach`."""
        return self._pinned.reach(request)

    def matrix(self, request: MatrixRequest) -> Matrix:
        """Return the best way for every pair. Blocking; see `make_matrix`."""
        return self._pinned.matrix(request)

    def rank(self, request: RankRequest) -> Ranking:
        """Return the cheapest of many groups of places. Blocking; see `rank_groups`."""
        return self._pinned.rank(request)

    def warm_up(self) -> None:
        """Compile everything that a request needs. Blocking; call it before `/readyz`."""
        graph = self._pinned.graph
        if not graph.edge_count:
            return
        middle = graph.get_shape(graph.edge_count // 2)[0]
        place = Target(lon=float(middle[0]), lat=float(middle[1]))
        other = Target(lon=place.lon + 0.002, lat=place.lat + 0.002)
        for profile in (Profile.MANUAL_WHEELCHAIR, Profile.LOW_VISION):
            needs = Needs(profile=profile)
            self.plan_routes(
                RouteRequest(
                    origins=[place],
                    targets=[other],
                    needs=needs,
                    alternatives=1,
                    deadline_s=_COMPILING_S,
                )
            )
        self._warm_up_answers(place)
        with suppress(DomainError):
            self._warm_up_searches(place, other)

    def _warm_up_answers(self, place: Target) -> None:
        """Compile what is said of a way, along one street: between two places may be none."""
        planner, overlay = self._pinned.planner, self._pinned.overlay
        needs = Needs(profile=Profile.MANUAL_WHEELCHAIR)
        request, rules = (
            RouteRequest(origins=[place], targets=[place], needs=needs),
            make_rules(needs),
        )
        for hit in planner.snapper.find_hits(overlay.view, rules, place.lon, place.lat)[:1]:
            seed = Seed(0, 0.0, 0, hit, Walk(hit.edge, against=False))
            found = make_found(request, 0.0, seed, seed, np.array([seed.walk], np.float64))
            dump_geojson(planner.tell(request, overlay, rules, found), LANGUAGES[0])

    def _warm_up_searches(self, place: Target, other: Target) -> None:
        """Compile searches to many places, outlines and areas."""
        needs = Needs(profile=Profile.MANUAL_WHEELCHAIR)
        lon, lat = place.lon + 0.001, place.lat + 0.001
        area = [[[(lon, lat), (lon + 1e-5, lat), (lon, lat + 1e-5)]]]
        ends = ([[place]], [[other]])
        self.matrix(
            MatrixRequest(
                origins=ends[0],
                targets=ends[1],
                needs=needs,
                avoid=area,
                deadline_s=_COMPILING_S,
            )
        )
        reach = self.reach(
            ReachRequest(origins=[place], needs=needs, budgets_s=[300.0], deadline_s=_COMPILING_S)
        )
        reach.time_to([other])

    async def on_changes(self, rows: Sequence[ChangeRow]) -> None:
        """Take over changes from the change log; the handler for `ChangeFeed`.

        Reads the named rows again, so applying twice, late or out of order is harmless.
        """
        if any(row.kind is ChangeKind.NETWORK for row in rows):
            await self.rebuild()
            return
        overrides = {r.subject_id for r in rows if r.kind is ChangeKind.EDGE_OVERRIDE}
        barriers = {r.subject_id for r in rows if r.kind is ChangeKind.BARRIER}
        if overrides or barriers:
            await self.apply_changes(overrides=overrides, barriers=barriers)

    async def apply_changes(self, *, overrides: set[str], barriers: set[str]) -> None:
        """Read some overrides and barriers again and swap the overlay.

        An empty id stands for "any of them": then all are read again. Whatever else was
        announced meanwhile comes along, so the new overlay is the state of one moment.
        """
        async with self._changing:
            if "" in overrides | barriers:
                await self._reload_overlay()
                return
            async with await _connect(self._conninfo) as connection:
                read = await read_changed(connection, overrides, barriers, self._mark)
            if read is None:
                await self._reload_overlay()
                return
            pinned = self._pinned
            overlay = await _run_apart(
                apply, pinned.overlay, overrides=read.overrides, obstacles=read.obstacles
            )
            self._pinned, self._mark = Pinned(pinned.planner, overlay), read.mark

    async def rebuild(self) -> None:
        """Build or map the base of the network in force, and swap to it.

        Requests go on with the old pair until the new one is ready.
        """
        async with self._changing:
            graph = await ensure_base_apart(self._conninfo, self._data_dir)
            if graph.key != self._pinned.graph.key:
                landmarks = await _read_landmarks(self._conninfo)
                planner = await asyncio.to_thread(_make_planner, graph, landmarks)
                version = self._pinned.overlay.version + 1
                self._pinned, self._mark = await _lay_over(self._conninfo, planner, version)
                log.info("network_swapped", key=graph.key, edges=graph.edge_count)
            else:
                await self._reload_overlay()

    async def _reload_overlay(self) -> None:
        version = self._pinned.overlay.version + 1
        planner = self._pinned.planner
        self._pinned, self._mark = await _lay_over(self._conninfo, planner, version)


async def open_router(conninfo: str, data_dir: Path, cache_dir: Path) -> Router:
    """Open the router of a database: map or build its base and read what lies over it.

    `conninfo` is a libpq address; base files go to `data_dir`, machine code to `cache_dir`.
    Start the change feed first, so that nothing falls between reading and following. Raises
    `psycopg.Error` when the database cannot be read.
    """
    await asyncio.to_thread(keep_code_in, cache_dir)
    graph = await asyncio.to_thread(ensure_base, conninfo, data_dir)
    landmarks = await _read_landmarks(conninfo)
    planner = await asyncio.to_thread(_make_planner, graph, landmarks)
    return Router(conninfo, data_dir, *await _lay_over(conninfo, planner, 0))


def _make_planner(graph: Graph, landmarks: Landmarks) -> Planner:
    return Planner(graph, make_snapper(graph), landmarks)


async def _read_landmarks(conninfo: str) -> Landmarks:
    async with await _connect(conninfo) as connection:
        return await read_landmarks(connection)


async def _lay_over(conninfo: str, planner: Planner, version: int) -> tuple[Pinned, Mark]:
    async with await _connect(conninfo) as connection:
        read = await read_everything(connection)
    base = empty_overlay(planner.graph, version=version)
    overlay = await _run_apart(apply, base, overrides=read.overrides, obstacles=read.obstacles)
    return Pinned(planner, overlay), read.mark


async def _run_apart(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run work that follows changes: it waits for other changes, and for nothing else."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_changes, lambda: work(*args, **kwargs))


async def _connect(conninfo: str) -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, application_name="esik-router"
    )
