"""Where sets of files lie: in the installation's store, in pieces, seen only when complete.

The store is that of the photos, so every process and host serves the same. Objects are written
once and never changed; a set becomes visible with its manifest, which is written last. Older
sets stay for a while, for readers who are under way.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from audits.opendata.building import BuiltSet
from audits.opendata.errors import OpenDataMissingError
from audits.opendata.manifest import Manifest, OpenFile, read_manifest
from audits.photos.stores import ObjectMissingError, PhotoStore

CHUNK_BYTES = 1 << 20
"""Length of a piece: also what one reader costs in memory."""
KEPT_SETS = 2
KEPT_FOR = timedelta(hours=2)
"""How long a set stays after a newer one became visible."""
_UNFINISHED_FOR = timedelta(hours=24)
"""A piece without a manifest that is older was left by a worker that died."""
_MANIFESTS = "open/manifests/"
_PIECES = "open/files/"


def publish_set(
    store: PhotoStore,
    built: BuiltSet,
    *,
    clock: Callable[[], datetime],
    public_url: str,
    version: str,
) -> Manifest:
    """Put a complete set into the store and make it visible; raises StoreUnavailableError."""
    # To the millisecond, so that later sets sort behind earlier ones.
    moment = "".join(each for each in built.provenance.snapshot_at if each.isalnum())
    set_id = f"{moment.lower()}-{secrets.token_hex(4)}"
    files = [
        _put_file(store, built, set_id, number, file) for number, file in enumerate(built.files)
    ]
    manifest = Manifest(
        set_id=set_id,
        provenance=built.provenance,
        files=files,
        chunk_bytes=CHUNK_BYTES,
        published_at=clock().astimezone(UTC).isoformat(),
        public_url=public_url,
        version=version,
    )
    store.put(_manifest_key(set_id), manifest.as_stored(), media_type="application/json")
    return manifest


def _put_file(
    store: PhotoStore, built: BuiltSet, set_id: str, number: int, file: OpenFile
) -> OpenFile:
    digest, count = hashlib.sha256(), 0
    with (built.folder / file.name).open("rb") as source:
        for piece_number, piece in enumerate(iter(lambda: source.read(CHUNK_BYTES), b"")):
            digest.update(piece)
            count += len(piece)
            key = _piece_key(set_id, number, piece_number)
            store.put(key, piece, media_type="application/octet-stream")
    return replace(file, byte_count=count, sha256=digest.hexdigest())


def find_newest(store: PhotoStore) -> Manifest | None:
    """Find the newest visible set, `None` before the first."""
    for set_id in reversed(_list_sets(store)):
        try:
            return read_manifest(store.get(_manifest_key(set_id)))
        except ObjectMissingError:  # cleaned away since it was listed
            continue
    return None


def get_set(store: PhotoStore, set_id: str) -> Manifest:
    """Give a visible set by its id; raises OpenDataMissingError."""
    try:
        return read_manifest(store.get(_manifest_key(set_id)))
    except (ObjectMissingError, ValueError) as error:
        raise OpenDataMissingError from error


def iter_pieces(
    manifest: Manifest, number: int, *, start: int, length: int
) -> Iterator[tuple[str, int, int]]:
    """Name the pieces of a range of a file: key, first byte inside, and how many bytes."""
    size = manifest.chunk_bytes
    while length > 0:
        piece, offset = divmod(start, size)
        count = min(size - offset, length)
        yield _piece_key(manifest.set_id, number, piece), offset, count
        start, length = start + count, length - count


def clean_shelf(store: PhotoStore, *, now: datetime) -> int:
    """Remove sets that a newer one replaced a while ago, and what dead workers left; count them."""
    sets = _list_sets(store)
    gone = set()
    for set_id, follower in pairwise(sets[: 1 - KEPT_SETS]):
        if now - get_set(store, follower).published >= KEPT_FOR:
            # The list first: nobody begins to read what is about to go.
            store.delete(_manifest_key(set_id))
            gone.add(set_id)
    kept = set(sets) - gone
    for item in list(store.iter_objects(_PIECES)):
        set_id = item.key.removeprefix(_PIECES).partition("/")[0]
        left = set_id not in kept and now - item.changed_at >= _UNFINISHED_FOR
        if set_id in gone or left:
            store.delete(item.key)
            gone.add(set_id)
    return len(gone)


def _list_sets(store: PhotoStore) -> list[str]:
    keys = [item.key for item in store.iter_objects(_MANIFESTS)]
    return sorted(key.removeprefix(_MANIFESTS).removesuffix(".json") for key in keys)


def _manifest_key(set_id: str) -> str:
    return f"{_MANIFESTS}{set_id}.json"


def _piece_key(set_id: str, number: int, piece: int) -> str:
    return f"{_PIECES}{set_id}/{number:02d}/{piece:06d}"
