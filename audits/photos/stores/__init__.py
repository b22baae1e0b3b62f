"""Where photos lie: the protocol that every store keeps, and its two adapters.

Calls block; the worker and threads make them, never the event loop, and never inside a
transaction. Invariant: an object is written once, whole, and never changes under its key.
"""

from audits.photos.stores.folder import FolderStore
from audits.photos.stores.protocol import (
    ObjectDiffersError,
    ObjectMissingError,
    PhotoStore,
    StoredObject,
    StoreUnavailableError,
)
from audits.photos.stores.s3 import S3Access, S3Store

__all__ = [
    "FolderStore",
    "ObjectDiffersError",
    "ObjectMissingError",
    "PhotoStore",
    "S3Access",
    "S3Store",
    "StoreUnavailableError",
    "StoredObject",
]
