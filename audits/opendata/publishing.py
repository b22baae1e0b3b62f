"""Make a set of open data and show it: build, put on the shelf, clean up behind older ones."""

import asyncio
import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from audits.accounts.policy import Action, Actor, require
from audits.opendata.building import OnStep, build_set
from audits.opendata.errors import PublishingUnderWayError
from audits.opendata.manifest import Manifest
from audits.opendata.shelf import clean_shelf, publish_set
from audits.photos.stores import PhotoStore
from geo.db.session import Sessions


@dataclass(frozen=True, slots=True)
class Publisher:
    """What making a set needs."""

    sessions: Sessions
    store: PhotoStore
    conninfo: str
    """Address of the database for libpq."""
    folder: Path
    """Where files are made; whatever lies there is thrown away."""
    graph_dir: Path
    """Where base files of the router lie."""
    code_dir: Path
    """Where its machine code is kept."""
    public_url: str
    version: str

    async def publish(
        self, *, clock: Callable[[], datetime], on_step: OnStep = lambda _step: None
    ) -> Manifest:
        """Make all files from one snapshot and show them at once; only one may run at a time.

        `clock` gives the time when they become visible, and when older sets are looked at.
        Until the last step readers see the set before. Raises StoreUnavailableError, `OSError`
        for a full disk, errors of the driver, and PublishingUnderWayError; then nothing has
        changed for readers.
        """
        with self._alone():
            return await self._publish(clock, on_step)

    async def _publish(self, clock: Callable[[], datetime], on_step: OnStep) -> Manifest:
        folder = self.folder / uuid4().hex
        await asyncio.to_thread(self._make_room, folder)
        try:
            built = await build_set(
                self.sessions,
                conninfo=self.conninfo,
                folder=folder,
                public_url=self.public_url,
                graph_dir=self.graph_dir,
                code_dir=self.code_dir,
                on_step=on_step,
            )
            on_step("publishing")
            manifest = await asyncio.to_thread(
                publish_set,
                self.store,
                built,
                clock=clock,
                public_url=self.public_url,
                version=self.version,
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        on_step("cleaning")
        await asyncio.to_thread(clean_shelf, self.store, now=clock())
        return manifest

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder; the kernel lets go of it when this process dies."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self.folder.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise PublishingUnderWayError from error
            yield

    def _make_room(self, folder: Path) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        folder.mkdir(parents=True)


def require_publisher(actor: Actor) -> None:
    """Raise NotAllowedError unless the actor may ask for a new set."""
    require(actor, Action.PUBLISH_OPEN_DATA)
