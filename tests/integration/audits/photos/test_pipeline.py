"""A photo goes through the worker's steps into a real S3 store, and comes back by address only."""

import asyncio
import hashlib
import urllib.request
from datetime import timedelta

import pytest

from audits.photos.isolation import CleaningLimits
from audits.photos.preparing import PhotoJob, prepare, store_original
from audits.photos.stores import (
    ObjectMissingError,
    S3Access,
    S3Store,
    StoreUnavailableError,
)
from geo.ids import uuid7
from tests.support.photos import MAX_PIXELS, make_photo
from tests.support.seaweed import SeaweedServer

pytestmark = pytest.mark.xdist_group("seaweed")
_LIMITS = CleaningLimits(MAX_PIXELS, None)


async def test_a_photo_is_prepared_in_s3(seaweed: SeaweedServer) -> None:
    """Original under the private prefix, pictures under theirs; doing it twice is harmless."""
    store = S3Store(seaweed.access)
    content = make_photo(3, (1200, 900))
    job = PhotoJob(uuid7(), content, (), ())
    keys = [await store_original(store, job) for _time in range(2)]
    assert keys == [f"q/{job.photo_id}/{hashlib.sha256(content).hexdigest()}"] * 2
    prepared = await prepare(store, job, original_key=keys[0], limits=_LIMITS)
    again = await prepare(store, job, original_key=keys[0], limits=_LIMITS)
    assert prepared.public_id != again.public_id
    assert [key.split("/")[0] for key in prepared.keys] == ["d", "d", "d"]
    address = store.presign(keys[0] or "", lifetime=timedelta(minutes=1))
    assert address is not None
    assert await asyncio.to_thread(_fetch, address) == content
    for key in (*prepared.keys, *again.keys, keys[0] or ""):
        assert store.get(key)
        store.delete(key)


def _fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own server
        return bytes(answer.read())


async def test_cleaning_again_takes_the_best_that_is_left(seaweed: SeaweedServer) -> None:
    """Without the original the largest picture serves; without any the photo waits."""
    store = S3Store(seaweed.access)
    first = PhotoJob(uuid7(), make_photo(4, (1200, 900)), (), ())
    prepared = await prepare(store, first, original_key=None, limits=_LIMITS)
    keys = tuple(sorted(prepared.keys, key=lambda key: -len(store.get(key))))
    again = PhotoJob(first.photo_id, None, ("q/gone/0", *keys), ())
    second = await prepare(store, again, original_key=None, limits=_LIMITS)
    assert second.derivatives["1600"]["width"] == prepared.derivatives["1600"]["width"]
    for key in (*keys, *second.keys):
        store.delete(key)
    with pytest.raises(ObjectMissingError):
        await prepare(store, again, original_key=None, limits=_LIMITS)


async def test_a_store_that_is_away_is_no_fault_of_the_photo(seaweed: SeaweedServer) -> None:
    """The step fails with a name that the job tries again for."""
    fields = {name: getattr(seaweed.access, name) for name in S3Access.__dataclass_fields__}
    nowhere = S3Store(S3Access(**{**fields, "endpoint_url": "http://127.0.0.1:9"}))
    job = PhotoJob(uuid7(), make_photo(), (), ())
    with pytest.raises(StoreUnavailableError):
        await store_original(nowhere, job)
    with pytest.raises(StoreUnavailableError):
        await prepare(nowhere, job, original_key=None, limits=_LIMITS)
