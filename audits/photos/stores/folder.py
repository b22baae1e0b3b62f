"""A photo store that is a folder: files written whole or not at all, and flushed to disk."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audits.photos.stores.protocol import (
    ObjectDiffersError,
    ObjectMissingError,
    StoredObject,
    StoreUnavailableError,
    check_key,
)

_DRAFT = ".draft"


class FolderStore:
    """Keep objects as files below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, content: bytes, *, media_type: str) -> None:  # noqa: ARG002 - the protocol's
        """Write a draft, flush it, link it into place; the link fails where a file is already."""
        path = self._path(key)
        with _unavailable_on_failure():
            self._make_folders(path.parent)
            draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}{_DRAFT}")
            try:
                with draft.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                try:
                    os.link(draft, path)
                except FileExistsError:
                    if path.read_bytes() != content:
                        raise ObjectDiffersError(key) from None
            finally:
                draft.unlink(missing_ok=True)
            _sync_folder(path.parent)

    def get(self, key: str) -> bytes:
        """Read the file."""
        with _unavailable_on_failure():
            try:
                return self._path(key).read_bytes()
            except (FileNotFoundError, IsADirectoryError) as error:
                raise ObjectMissingError(key) from error

    def delete(self, key: str) -> None:
        """Unlink the file; empty folders stay, as another write may be about to use one."""
        with _unavailable_on_failure():
            self._path(key).unlink(missing_ok=True)

    def iter_objects(self, prefix: str = "") -> Iterator[StoredObject]:
        """Walk the folder in order; drafts of writes that are under way are not objects."""
        # Only the folder that the prefix names: all photos need not be walked for a few objects.
        start = self._root / prefix.rpartition("/")[0]
        for path in sorted(start.rglob("*")):
            key = path.relative_to(self._root).as_posix()
            if key.startswith(prefix) and not key.endswith(_DRAFT):
                try:
                    facts = path.stat()
                except FileNotFoundError:
                    continue
                if path.is_file():
                    changed_at = datetime.fromtimestamp(facts.st_mtime, UTC)
                    yield StoredObject(key, facts.st_size, changed_at)

    def presign(self, key: str, *, lifetime: timedelta) -> str | None:
        """Give nothing: a folder serves nobody; the API reads the file itself."""
        del lifetime
        check_key(key)
        return None

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _make_folders(self, folder: Path) -> None:
        """Make folders durably: a new folder is an entry of its parent that must reach the disk."""
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            each.mkdir(exist_ok=True, mode=0o700)
            _sync_folder(each.parent)


@contextmanager
def _unavailable_on_failure() -> Iterator[None]:
    """Say "unavailable" for a full or failing disk; whoever asks tries again."""
    try:
        yield
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "EIO")
        raise StoreUnavailableError(cause=name) from error


def _sync_folder(folder: Path) -> None:
    """Make a rename or a new entry durable: the folder itself must reach the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
