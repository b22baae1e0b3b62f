"""Words of streets in tiles against the router's network, by an opinion that shares no code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from shapely import from_wkt
from shapely.geometry import LineString, Point
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from geo.db.engine import create_read_engine
from geo.db.session import session_factory, write_session
from geo.demo_city import write_demo_city
from geo.ids import uuid7
from geo.mobility.profiles import PROFILES, Profile
from geo.mobility.words import Word, worst
from geo.network.models import BarrierKind, BarrierState, OverrideTarget
from geo.network.overrides import BarrierChange, StreetOverride, apply_changes
from geo.routing.costs import limits_in_force
from geo.routing.encoding import Evidence, Flag, Side
from geo.routing.needs import Needs
from geo.routing.overlay import Overlay
from geo.routing.service import Router, open_router
from geo.street_words import StreetWords
from geo.tiles.grid import Bounds, iter_tiles
from geo.tiles.service import TileService
from tests.support.corner import decode
from tests.support.machine import LOCAL
from tests.support.osm_file import make_town
from tests.support.osm_import import Import
from tests.support.walker import Walker

pytestmark = pytest.mark.xdist_group("street_words")

_SIDES = {Side.NONE: None, Side.LEFT: "left", Side.RIGHT: "right"}
_SHUT = {False: Flag.CLOSED_FORWARD, True: Flag.CLOSED_BACKWARD}


def _evidence_of(record: Any, profile: Profile) -> list[Evidence]:  # noqa: ANN401 - a numpy record
    packed = int(record["evidence"])
    return [
        Evidence((packed >> (2 * int(limit))) & 3)
        for limit in limits_in_force(Needs(profile=profile))
    ]


def _judge(record: Any, profile: Profile) -> Word:  # noqa: ANN401 - a numpy record
    """Say what the second opinion says of one record, both ways."""
    flags = Flag(int(record["flags"]))
    walker = Walker(Needs(profile=profile))
    words = [
        walker.judge(record, against=against).word
        for against in (False, True)
        if _SHUT[against] not in flags
    ]
    word = worst(words)
    known = all(each >= Evidence.MAPPED for each in _evidence_of(record, profile))
    doubtful = Flag.DOUBTFUL in flags
    return worst([word, Word.YES if known and not doubtful else Word.UNKNOWN])


def _expected(overlay: Overlay) -> dict[int, dict[str | None, tuple[Word, ...]]]:
    """Give the words of every row of `street_edges` that somebody walks along, by side."""
    found: dict[int, dict[str | None, tuple[Word, ...]]] = {}
    known: dict[bytes, tuple[Word, ...]] = {}
    for edge, row in enumerate(overlay.graph.arrays.edges):
        if int(row["source_id"]) <= 0:
            continue
        record = overlay.get_record(edge).copy()
        record["edge"], record["length_m"] = 0, 1.0
        key = record.tobytes()
        if key not in known:
            known[key] = tuple(_judge(record, profile) for profile in PROFILES)
        found.setdefault(int(row["source_id"]), {})[_SIDES[Side(int(row["side"]))]] = known[key]
    return found


async def _read_tiles(tiles: TileService, bounds: Bounds) -> dict[int, dict[str | None, Any]]:
    """Give what the tiles of the deepest zoom say, by row and side."""
    said: dict[int, dict[str | None, Any]] = {}
    for tile in iter_tiles(bounds, 14, 64):
        for each in decode(await tiles.tile("streets", *tile)).get("streets", []):
            if each.get("id") is not None and each["properties"]["kind"] != "link":
                properties = each["properties"]
                said.setdefault(each["id"], {})[properties.get("side")] = properties
    return said


def _words(properties: dict[str, str]) -> tuple[Word, ...] | None:
    if f"can_{PROFILES[0]}" not in properties:
        return None
    return tuple(Word(properties[f"can_{profile}"]) for profile in PROFILES)


def _disagreements(
    expected: dict[int, dict[str | None, tuple[Word, ...]]],
    said: dict[int, dict[str | None, dict[str, str]]],
) -> Iterator[str]:
    for edge, sides in said.items():
        wanted = expected.get(edge, {})
        for side, properties in sides.items():
            words = _words(properties)
            meant = list(wanted.values()) if side is None else [wanted.get(side)]
            if not wanted:
                if words is not None:
                    yield f"{edge} is walked by nobody, but said to be {words}"
            elif {*meant} != {words}:
                yield f"{edge} {side}: {words} in the tile, {meant} on the way"
        if wanted and len(set(wanted.values())) > 1 and set(sides) != set(wanted):
            yield f"{edge}: sides differ, the tile has {set(sides)}"


_EASY: dict[str, Any] = {
    "width_mm": 1800,
    "surface": "asphalt",
    "smoothness": "good",
    "incline_permille": 10,
    "cross_slope_permille": 5,
    "kerb_height_mm": 0,
    "step_count": 0,
}


class _City:
    """The demo city with its router and its tiles."""

    def __init__(self, tiles: TileService, router: Router, engine: AsyncEngine) -> None:
        self.tiles, self.router, self.engine = tiles, router, engine

    def list_edges(self, kind: str, libpq_url: str) -> list[tuple[int, LineString]]:
        with psycopg.connect(libpq_url) as connection:
            rows = connection.execute(
                "SELECT id, ST_AsText(geom) FROM street_edges WHERE kind = %s ORDER BY id", (kind,)
            ).fetchall()
        return [(row[0], LineString(from_wkt(row[1]))) for row in rows]

    async def apply(self, **changes: Any) -> None:  # noqa: ANN401 - of `apply_changes`
        """Do what an approval does, and what a process does when it hears of it."""
        async with write_session(session_factory(self.engine)) as db:
            assert isinstance(db, AsyncSession)
            await apply_changes(db, **changes)
        overrides = {str(each.id) for each in changes.get("overrides", ())}
        barriers = {str(each.id) for each in changes.get("barriers", ())}
        await self.router.apply_changes(overrides=overrides, barriers=barriers)
        self.tiles.on_streets()

    async def compare(self, bounds: Bounds) -> tuple[dict[int, Any], list[str]]:
        """Give what tiles say, and everything in which they differ from the router."""
        said = await _read_tiles(self.tiles, bounds)
        wrong = list(_disagreements(_expected(self.router.pin().overlay), said))
        return said, wrong


async def test_tiles_say_what_the_router_does(
    load: Import, clean_database: str, libpq_url: str, tmp_path: Path
) -> None:
    """No edge of the demo city disagrees, before and after audits and reports, for anybody."""
    path = tmp_path / "city.osm.pbf"
    write_demo_city(path)
    summary = await load(path, is_demo=True)
    assert summary.bounds is not None
    bounds = Bounds(*summary.bounds)
    router = await open_router(libpq_url, tmp_path / "graph", LOCAL / "kernels")
    engine = create_read_engine(clean_database, pool_size=4)
    writing = create_async_engine(clean_database)
    try:
        tiles = TileService(session_factory(engine))
        tiles.follow_streets(StreetWords(router.pin))
        city = _City(tiles, router, writing)
        said, wrong = await city.compare(bounds)
        assert wrong == []
        assert len(said) > 3000
        counted = {
            (word, properties[f"known_{profile}"])
            for sides in said.values()
            for properties in sides.values()
            for profile in PROFILES
            if (word := properties.get(f"can_{profile}")) is not None
        }
        assert {word for word, _ in counted} == {"yes", "no", "unknown"}
        # Unknown is never yes, and what is only assumed or missing is never called usable.
        assert not {
            (w, k) for w, k in counted if w in {"yes", "with_help"} and k in {"assumed", "missing"}
        }
        assert {k for w, k in counted if w == "unknown"} <= {"assumed", "missing"}
        await _change(city, libpq_url)
        after, wrong = await city.compare(bounds)
        [link] = StreetWords(router.pin).find_links().values()
        assert link.words[Profile.MANUAL_WHEELCHAIR.position] is Word.NO
        assert link.words[Profile.DEAF.position] is Word.YES
        assert link.words[Profile.LIMITED_WALKING.position] is Word.NO
        assert wrong == []
        assert {key for key in said if after.get(key) != said[key]}
        words = {
            (properties[f"can_{profile}"], properties[f"known_{profile}"])
            for sides in after.values()
            for properties in sides.values()
            for profile in PROFILES
            if "can_deaf" in properties
        }
        assert {word for word, _ in words} == {"yes", "with_help", "no", "unknown"}
        assert ("with_help", "audited") in words
        assert {known for _, known in words} >= {"audited", "mapped", "missing"}
    finally:
        await engine.dispose()
        await writing.dispose()


async def _change(city: _City, libpq_url: str) -> None:
    """Measure and report here and there, so that every way of changing a street occurs."""
    sidewalks = city.list_edges("sidewalk", libpq_url) + city.list_edges("footway", libpq_url)
    roads = city.list_edges("road", libpq_url)
    overrides = [
        StreetOverride(
            id=uuid7(), target=OverrideTarget.EDGE, geom=_inside(line), attributes=attributes
        )
        for (_, line), attributes in zip(
            sidewalks[::40],
            [
                {"width_mm": 500},
                _EASY,
                {"incline_permille": 90},
                {**_EASY, "incline_permille": 70},
            ],
            strict=False,
        )
    ]
    # On one side of a bigger road: the other side keeps its word.
    big = [line for _, line in roads if line.length > 0.001][:3]
    overrides += [
        StreetOverride(
            id=uuid7(),
            target=OverrideTarget.EDGE,
            geom=_inside(line, aside=8e-5),
            attributes={"width_mm": 600},
        )
        for line in big
    ]
    barriers = [
        BarrierChange(id=uuid7(), kind=kind, state=state, geom=_middle(line))
        for (_, line), (kind, state) in zip(
            sidewalks[7::60],
            [
                (BarrierKind.ICE, BarrierState.CONFIRMED),
                (BarrierKind.DUG_UP, BarrierState.REPORTED),
                (BarrierKind.PARKED_VEHICLES, BarrierState.CONFIRMED),
                (BarrierKind.SNOW, BarrierState.EXPIRED),
            ],
            strict=False,
        )
    ]
    overrides.append(_join(*(line for _, line in sidewalks[3:5])))
    await city.apply(overrides=overrides, barriers=barriers)
    assert len(city.router.pin().overlay.records) >= 6


def _join(one: LineString, other: LineString) -> StreetOverride:
    """Make a link that the map lacks, of which only the width is known: too narrow for a chair."""
    line = LineString([_middle(one), _middle(other)])
    return StreetOverride(
        id=uuid7(), target=OverrideTarget.LINK, geom=line, attributes={"width_mm": 600}
    )


def _middle(line: LineString) -> Point:
    return line.interpolate(0.5, normalized=True)


def _inside(line: LineString, *, aside: float = 0.0) -> LineString:
    """Take the middle of a line, clear of what lies at its ends, moved north by some degrees."""
    ends = [line.interpolate(share, normalized=True) for share in (0.2, 0.8)]
    return LineString([(end.x, end.y + aside) for end in ends])


async def test_a_process_draws_changed_streets_only_where_they_changed(
    load: Import, clean_database: str, libpq_url: str, tmp_path: Path
) -> None:
    """A measured stretch makes its own tiles stale and leaves the rest of the city in memory."""
    town = make_town()
    town.way(700, [town.node(701, 9000, 0), town.node(702, 9100, 0)], highway="footway")
    await load(town)
    router = await open_router(libpq_url, tmp_path / "graph", LOCAL / "kernels")
    engine, writing = (
        create_read_engine(clean_database, pool_size=4),
        create_async_engine(clean_database),
    )
    try:
        tiles = TileService(session_factory(engine))
        tiles.follow_streets(StreetWords(router.pin))
        city = _City(tiles, router, writing)
        here = ("streets", *next(iter_tiles(Bounds(76.941, 43.25, 76.941, 43.25), 16, 0)))
        far = ("streets", *next(iter_tiles(Bounds(77.0514, 43.25, 77.0514, 43.25), 16, 0)))
        before = [await tiles.tile(*here), await tiles.tile(*far)]
        assert all(each.body for each in before)
        line = LineString([(76.9401, 43.25), (76.9411, 43.25)])
        ids: list[UUID] = [uuid7()]
        await city.apply(
            overrides=[
                StreetOverride(
                    id=ids[0], target=OverrideTarget.EDGE, geom=line, attributes={"width_mm": 400}
                )
            ]
        )
        assert tiles.find_kept(*here) is None
        assert tiles.find_kept(*far) == before[1]
        assert (await tiles.tile(*here)).etag != before[0].etag
    finally:
        await engine.dispose()
        await writing.dispose()
