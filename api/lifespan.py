"""What a web process opens at start and closes at the end."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypedDict

import procrastinate
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI

from api.admission import Admission, Workbench
from api.jobs import create_job_app
from api.keys import KeyRing, load_or_create_keys, load_or_create_sealer
from api.open_data import OpenShelf
from api.settings import Settings
from api.stores import open_store
from audits.accounts.sealing import Sealer
from audits.journeys.lifts import LiftTable
from audits.photos.stores import PhotoStore
from geo.db.changes import ChangeRow
from geo.db.engine import create_read_engine, create_write_engine
from geo.db.feed import ChangeFeed
from geo.db.session import Sessions, session_factory
from geo.routing.service import Router, open_router
from geo.street_words import StreetWords
from geo.tiles.service import TileService

_TILES_AT_ONCE = 32
"""Cold tiles that are looked after at a time; four of them are rendered, equal ones as one."""
_TILES_WAITING = 1024
"""Of one client half as many: a hundred screens full."""


@dataclass(frozen=True)
class State:
    """The services of one web process."""

    settings: Settings
    write_sessions: Sessions
    read_sessions: Sessions
    keys: KeyRing
    sealer: Sealer
    jobs: procrastinate.App
    store: PhotoStore
    shelf: OpenShelf
    """The sets of open data."""
    feed: ChangeFeed
    tiles: TileService
    router: Router
    words: StreetWords
    """What each profile can use on the street; blocking, for threads."""
    lifts: LiftTable
    bench: Workbench
    """Threads for routes; the event loop does no such work."""
    tile_turns: Admission
    """Fair turns at tiles that memory does not have."""

    def find_public_key(self, kid: str) -> ec.EllipticCurvePublicKey | None:
        """Find the public key that a token was signed with."""
        key = self.keys.find(kid)
        return key.private.public_key() if key else None


class RequestState(TypedDict):
    """What Starlette copies into every request's state."""

    esik: State


@asynccontextmanager
async def open_state(settings: Settings) -> AsyncIterator[State]:
    """Open engines, keys, caches and the change feed; close them in reverse order."""
    async with AsyncExitStack() as stack:
        url = settings.database.url.get_secret_value()
        write_engine = create_write_engine(url, pool_size=settings.database.write_pool_size)
        stack.push_async_callback(write_engine.dispose)
        read_engine = create_read_engine(url, pool_size=settings.database.read_pool_size)
        stack.push_async_callback(read_engine.dispose)
        read_sessions = session_factory(read_engine)
        tiles = TileService(read_sessions)
        conninfo = settings.database.conninfo
        # The feed fixes its starting point first, so that nothing loaded later can be older.
        pending: list[Router] = []
        missed: list[ChangeRow] = []

        lifts = LiftTable(conninfo)

        async def on_changes(changes: Sequence[ChangeRow]) -> None:
            await tiles.on_changes(changes)
            lifts.on_changes(changes)
            for router in pending:
                await router.on_changes(changes)
                tiles.on_streets()
            if not pending:
                missed.extend(changes)

        feed = ChangeFeed(conninfo, on_changes)
        tiles.watch(feed.connected.is_set)
        await feed.start()
        stack.push_async_callback(feed.stop)
        router = await open_router(
            conninfo, data_dir=settings.graph_dir, cache_dir=settings.numba_dir
        )
        pending.append(router)
        # What changed while the router was loading came before it could listen.
        await router.on_changes(missed)
        await asyncio.to_thread(router.warm_up)
        words = StreetWords(router.pin)
        await asyncio.to_thread(words.warm_up)
        tiles.follow_streets(words)
        bench = Workbench()
        stack.callback(bench.close)
        store = open_store(settings)
        # What is loaded by now stays. Looking through these hundreds of thousands of objects for
        # garbage, again and again, would let everybody wait for half a second each time.
        gc.freeze()
        stack.callback(gc.unfreeze)
        yield State(
            settings=settings,
            write_sessions=session_factory(write_engine),
            read_sessions=read_sessions,
            keys=load_or_create_keys(settings.keys_dir),
            sealer=load_or_create_sealer(settings.keys_dir),
            jobs=create_job_app(conninfo),
            store=store,
            shelf=OpenShelf(store),
            feed=feed,
            tiles=tiles,
            router=router,
            words=words,
            lifts=lifts,
            bench=bench,
            tile_turns=Admission(running=_TILES_AT_ONCE, waiting=_TILES_WAITING),
        )


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[RequestState]:
    """Run the state of the application's settings for as long as it serves."""
    async with open_state(app.state.settings) as state:
        yield {"esik": state}
