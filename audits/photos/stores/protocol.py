"""What every photo store promises; `tests/support/store_contract.py` checks it for each adapter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from geo.errors import DomainError, ErrorKind

_KEY = re.compile(r"[0-9a-z](?:[0-9a-z./-]{0,198}[0-9a-z])?")


class ObjectMissingError(LookupError):
    """The store has nothing under this key."""


class ObjectDiffersError(RuntimeError):
    """The key holds other bytes already; a store never overwrites."""


class StoreUnavailableError(DomainError):
    """The photo store did not answer in time or refused; nothing is lost, try again."""

    code = "store-unavailable"
    title = "The photo store is not available; try again shortly"
    kind = ErrorKind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object in a listing."""

    key: str
    byte_count: int
    changed_at: datetime
    """By the store's clock, UTC."""


class PhotoStore(Protocol):
    """A place for immutable objects. Every call may raise StoreUnavailableError."""

    def put(self, key: str, content: bytes, *, media_type: str) -> None:
        """Store durably: when it returns, the object survives a crash.

        The same key with the same content again is harmless; with other content it raises
        ObjectDiffersError and changes nothing.
        """

    def get(self, key: str) -> bytes:
        """Give the content; raises ObjectMissingError."""

    def delete(self, key: str) -> None:
        """Remove; an object that is not there is removed already."""

    def iter_objects(self, prefix: str = "") -> Iterator[StoredObject]:
        """List objects whose keys begin with a prefix, in the order of their keys."""

    def presign(self, key: str, *, lifetime: timedelta) -> str | None:
        """Give an address that serves the object to anyone for a while; `None`: not possible."""


def check_key(key: str) -> str:
    """Give the key back; raises ValueError unless it is a plain relative path."""
    if not _KEY.fullmatch(key) or ".." in key or "//" in key:
        raise ValueError(f"not a key of a photo store: {key!r}")
    return key
