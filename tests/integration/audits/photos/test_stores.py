"""Every photo store keeps the same promises, a folder as much as a real S3 server."""

import hashlib
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from audits.photos.stores import (
    FolderStore,
    ObjectDiffersError,
    ObjectMissingError,
    PhotoStore,
    S3Access,
    S3Store,
    StoreUnavailableError,
)
from tests.support.seaweed import SeaweedServer

pytestmark = pytest.mark.xdist_group("seaweed")


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PhotoStore]:
    """Each kind of store, empty."""
    if request.param == "folder":
        yield FolderStore(tmp_path / "photos")
        return
    server: SeaweedServer = request.getfixturevalue("seaweed")
    made = S3Store(server.access)
    for item in list(made.iter_objects()):
        made.delete(item.key)
    yield made


def _put(store: PhotoStore, key: str, content: bytes = b"bytes") -> None:
    store.put(key, content, media_type="image/webp")


def test_what_was_put_comes_back(store: PhotoStore) -> None:
    """Any bytes, also none at all and half a megabyte."""
    for key, content in {"a/one": b"\x00\xff", "a/none": b"", "b/large": bytes(500_000)}.items():
        _put(store, key, content)
        assert store.get(key) == content


def test_putting_the_same_again_is_harmless(store: PhotoStore) -> None:
    """A repeated write after a lost answer succeeds and leaves one object."""
    for _time in range(3):
        _put(store, "a/one")
    assert [item.key for item in store.iter_objects()] == ["a/one"]


def test_nothing_is_overwritten(store: PhotoStore) -> None:
    """Other bytes under a taken key are refused, and the first ones stay."""
    _put(store, "a/one", b"first")
    with pytest.raises(ObjectDiffersError):
        _put(store, "a/one", b"other")
    assert store.get("a/one") == b"first"


def test_of_many_writers_of_one_key_one_wins(store: PhotoStore) -> None:
    """Eight threads with eight contents: one is stored whole, seven are told."""
    lost: list[int] = []
    contents = [bytes([number]) * 20_000 for number in range(8)]

    def write(number: int) -> None:
        try:
            _put(store, "a/raced", contents[number])
        except ObjectDiffersError:
            lost.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 7
    (winner,) = set(range(8)) - set(lost)
    assert store.get("a/raced") == contents[winner]


def test_what_is_not_there_is_missing(store: PhotoStore) -> None:
    """Reading fails with a name for it; deleting is done already."""
    with pytest.raises(ObjectMissingError):
        store.get("a/nothing")
    store.delete("a/nothing")
    _put(store, "a/one")
    store.delete("a/one")
    with pytest.raises(ObjectMissingError):
        store.get("a/one")


def test_listing_is_by_prefix_in_order(store: PhotoStore) -> None:
    """Keys, lengths and times of what begins with the prefix, sorted."""
    for key in ("d/2/b", "d/10/a", "q/1", "d/2/a"):
        _put(store, key, key.encode())
    found = list(store.iter_objects("d/"))
    assert [item.key for item in found] == ["d/10/a", "d/2/a", "d/2/b"]
    assert [item.byte_count for item in found] == [6, 5, 5]
    now = datetime.now(UTC)
    assert all(abs(now - item.changed_at) < timedelta(minutes=2) for item in found)


@pytest.mark.parametrize("key", ["", "/etc/passwd", "a/../../b", "a//b", "A", "a b", "a/", "ы"])
def test_keys_that_leave_the_store_are_refused(store: PhotoStore, key: str) -> None:
    """No key climbs out of the folder or means two things."""
    calls: list[Callable[[], object]] = [
        lambda: _put(store, key),
        lambda: store.get(key),
        lambda: store.delete(key),
        lambda: store.presign(key, lifetime=timedelta(minutes=1)),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="not a key"):
            call()


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    """A broken disk is a reason to try again, not a crash."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailableError):
        _put(FolderStore(tmp_path / "file"), "a/one")


def test_drafts_of_a_killed_write_are_not_objects(tmp_path: Path) -> None:
    """What a killed process left half written is neither listed nor in the way."""
    store = FolderStore(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/one.0123456789abcdef.draft").write_bytes(b"half")
    assert list(store.iter_objects()) == []
    _put(store, "a/one")
    assert store.get("a/one") == b"bytes"


def test_a_presigned_address_opens_one_object_for_a_while(seaweed: SeaweedServer) -> None:
    """Anyone may read that object with the address; nobody without, and nothing else with it."""
    store = S3Store(seaweed.access)
    _put(store, "q/secret", b"private")
    address = store.presign("q/secret", lifetime=timedelta(minutes=1))
    assert address is not None
    assert _fetch(address) == (200, b"private")
    assert _fetch(address.partition("?")[0])[0] == 403
    assert _fetch(address.replace("q/secret", "q/others"))[0] == 403
    store.delete("q/secret")


def test_bytes_that_changed_on_the_way_are_refused(seaweed: SeaweedServer) -> None:
    """The server compares the SHA-256 that goes with every write."""
    access = seaweed.access
    client = boto3.client(
        "s3",
        endpoint_url=access.endpoint_url,
        region_name=access.region,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    wrong = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # of nothing at all
    with pytest.raises(ClientError):
        client.put_object(
            Bucket=access.bucket, Key="q/cut", Body=b"something", ChecksumSHA256=wrong
        )
    client.close()
    with pytest.raises(ObjectMissingError):
        S3Store(access).get("q/cut")


def test_installations_share_a_bucket_by_prefix(seaweed: SeaweedServer) -> None:
    """With a prefix of its own, one sees nothing of the other."""
    access = seaweed.access
    ours, theirs = (
        S3Store(S3Access(**{**_fields(access), "prefix": prefix})) for prefix in ("ours", "theirs")
    )
    _put(ours, "a/one", b"ours")
    assert list(theirs.iter_objects()) == []
    assert [item.key for item in ours.iter_objects("a")] == ["a/one"]
    ours.delete("a/one")


def test_a_server_that_is_away_is_unavailable(seaweed: SeaweedServer) -> None:
    """Nobody listens: every call says so within its time-outs, and none pretends."""
    nowhere = S3Access(**{**_fields(seaweed.access), "endpoint_url": "http://127.0.0.1:9"})
    store = S3Store(nowhere)
    for call in (
        lambda: _put(store, "a/one"),
        lambda: store.get("a/one"),
        lambda: store.delete("a/one"),
        lambda: list(store.iter_objects()),
    ):
        with pytest.raises(StoreUnavailableError):
            call()


def test_a_wrong_key_is_no_way_in(seaweed: SeaweedServer) -> None:
    """The server refuses, and the store says that it is not available."""
    store = S3Store(S3Access(**{**_fields(seaweed.access), "secret_access_key": "wrong"}))
    with pytest.raises(StoreUnavailableError):
        _put(store, "a/one")


def test_a_folder_gives_no_addresses(tmp_path: Path) -> None:
    """The API reads the file itself; there is nothing to sign."""
    store = FolderStore(tmp_path)
    _put(store, hashlib.sha256(b"x").hexdigest())
    assert store.presign(hashlib.sha256(b"x").hexdigest(), lifetime=timedelta(minutes=1)) is None


def _fields(access: S3Access) -> dict[str, str]:
    return {name: getattr(access, name) for name in S3Access.__dataclass_fields__}


def _fetch(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b""
