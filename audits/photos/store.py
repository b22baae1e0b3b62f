"""Where photos lie: the protocol that every store keeps, and the store that is a folder.

Calls block; the worker and threads make them, never the event loop. Keys are made by
`audits.photos.service` and hold only letters, digits, `-`, `.` and `/`.
"""

import os
import re
from pathlib import Path
from typing import Protocol

_KEY = re.compile(r"[0-9a-z][0-9a-z./-]{0,200}")


class ObjectMissingError(LookupError):
    """The store has nothing under this key."""


class PhotoStore(Protocol):
    """A place for immutable objects under content-addressed or random keys."""

    def put(self, key: str, content: bytes, *, media_type: str) -> None:
        """Store durably; storing the same key again with the same content is harmless."""

    def get(self, key: str) -> bytes:
        """Give the content; raises ObjectMissingError."""

    def delete(self, key: str) -> None:
        """Remove; an object that is not there is removed already."""


class FolderStore:
    """Keep objects as files below one folder, each written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, content: bytes, *, media_type: str) -> None:  # noqa: ARG002 - the protocol's
        """Write to a draft, flush it to disk, then rename it into place."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(path.parent)

    def get(self, key: str) -> bytes:
        """Read the file."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as error:
            raise ObjectMissingError(key) from error

    def delete(self, key: str) -> None:
        """Unlink the file."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key) or ".." in key:
            raise ValueError(f"not a key of a photo store: {key!r}")
        return self._root / key


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: the folder's entry must reach the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
