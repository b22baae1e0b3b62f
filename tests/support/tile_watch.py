"""Watching one cluster tile of a running city while somebody publishes words without a pause.

The words of the one place of its category count the publications, two bits for each profile, so
that a tile says how old it is.
"""

import gzip
import threading
import time
from dataclasses import dataclass, field
from uuid import UUID

import httpx2
import mapbox_vector_tile
from sqlalchemy.ext.asyncio import AsyncSession

from geo.mobility.profiles import PROFILES
from geo.mobility.words import Word
from geo.places.words import PlaceWords, publish_words
from tests.support.machine import PATIENCE_S

_BASE = 4


@dataclass
class Watch:
    """What one process answered, in the order of the answers."""

    client: httpx2.Client
    path: str
    numbers: list[int] = field(default_factory=list)
    """Publications that the tile showed, a 304 counted as the tile it stands for."""
    tags: dict[str, set[int]] = field(default_factory=dict)
    """What was ever shown under a tag."""
    _tag: str | None = None
    _asked: threading.Condition = field(default_factory=threading.Condition)

    def look(self) -> int:
        """Ask once, with the tag of the last answer; gives the publication that is shown."""
        headers = {"If-None-Match": self._tag} if self._tag else {}
        answer = self.client.get(self.path, headers=headers)
        if answer.status_code != httpx2.codes.NOT_MODIFIED:
            assert answer.status_code == httpx2.codes.OK, answer.text
            self._tag = answer.headers.get("ETag")
            number = read_number(answer.content)
        else:
            assert self._tag is not None
            assert answer.headers["ETag"] == self._tag
            number = self.numbers[-1]
        if self._tag is not None:
            self.tags.setdefault(self._tag, set()).add(number)
        with self._asked:
            self.numbers.append(number)
            self._asked.notify_all()
        return number

    def look_for(self, number: int) -> None:
        """Ask until a publication shows, and remember nothing from before."""
        until = time.monotonic() + PATIENCE_S
        while self.look() != number:
            assert time.monotonic() < until, f"{self.path} never showed {number}"
        del self.numbers[:-1]

    def look_until(self, over: threading.Event) -> None:
        """Ask without a pause until told to stop."""
        while not over.is_set():
            self.look()

    def await_number(self, number: int) -> None:
        """Wait until whoever looks sees a publication."""
        with self._asked:
            self._asked.wait_for(lambda: self._shows(number), PATIENCE_S)
            assert self._shows(number), f"{self.client.base_url}{self.path} stayed behind {number}"

    def _shows(self, number: int) -> bool:
        return bool(self.numbers) and self.numbers[-1] == number


async def publish_number(db: AsyncSession, place_id: UUID, number: int) -> None:
    """Publish words that stand for a number below 4096."""
    words = {
        profile: Word.from_code(number // _BASE**position % _BASE)
        for position, profile in enumerate(PROFILES)
    }
    await publish_words(db, {place_id: PlaceWords(words, words, 50, ())})


def read_number(body: bytes) -> int:
    """Read the number that a tile with one place shows."""
    raw = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    [cell] = mapbox_vector_tile.decode(raw)["clusters"]["features"]
    shown = cell["properties"]
    assert shown["count"] == 1
    return sum(
        Word(word).code * _BASE**position
        for position, profile in enumerate(PROFILES)
        for word in Word
        if shown.get(f"{profile}_{word}")
    )
