"""A photo store behind the S3 interface, through boto3.

Bounded in every direction: 3 s to connect, 15 s to read, three attempts. Writing asks the store
to refuse an existing key (`If-None-Match: *`) and to check a SHA-256 of the body, so a cut or
doubled request can neither shorten nor replace an object. The client is safe to share between
threads.
"""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from audits.photos.stores.protocol import (
    ObjectDiffersError,
    ObjectMissingError,
    StoredObject,
    StoreUnavailableError,
    check_key,
)

_CONNECT_S = 3
_READ_S = 15
_ATTEMPTS = 3
_MISSING = {"NoSuchKey", "404", "NotFound"}
_EXISTS = {"PreconditionFailed", "412", "ConditionalRequestConflict"}


@dataclass(frozen=True, slots=True)
class S3Access:
    """Where the bucket is and who asks."""

    endpoint_url: str | None
    """`None` for Amazon's own."""
    bucket: str
    region: str
    access_key_id: str
    secret_access_key: str
    prefix: str = ""
    """In front of every key, so that installations may share a bucket."""


class S3Store:
    """Keep objects in one bucket."""

    def __init__(self, access: S3Access) -> None:
        self._bucket = access.bucket
        self._prefix = f"{access.prefix.strip('/')}/" if access.prefix.strip("/") else ""
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=access.endpoint_url,
            region_name=access.region,
            aws_access_key_id=access.access_key_id,
            aws_secret_access_key=access.secret_access_key,
            config=Config(
                connect_timeout=_CONNECT_S,
                read_timeout=_READ_S,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                # Other stores than Amazon's do not know the newer trailing checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def put(self, key: str, content: bytes, *, media_type: str) -> None:
        """Write unless the key exists; an existing one is read and compared."""
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        try:
            with _unavailable_on_failure(key):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._prefix + check_key(key),
                    Body=content,
                    ContentType=media_type,
                    ChecksumSHA256=digest,
                    IfNoneMatch="*",
                )
        except ObjectDiffersError:
            # Our own earlier attempt may have arrived although its answer was lost.
            if self.get(key) != content:
                raise

    def get(self, key: str) -> bytes:
        """Read the object whole."""
        with _unavailable_on_failure(key):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + check_key(key))
            content: bytes = answer["Body"].read()
            return content

    def delete(self, key: str) -> None:
        """Delete; S3 answers the same whether it was there or not."""
        with _unavailable_on_failure(key):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + check_key(key))

    def iter_objects(self, prefix: str = "") -> Iterator[StoredObject]:
        """List page by page, as the bucket is larger than memory."""
        with _unavailable_on_failure(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            for page in pages:
                for item in page.get("Contents", []):
                    key = item["Key"].removeprefix(self._prefix)
                    changed_at = item["LastModified"].astimezone(UTC)
                    yield StoredObject(key, int(item["Size"]), changed_at)

    def presign(self, key: str, *, lifetime: timedelta) -> str | None:
        """Sign a GET that needs no further permission until it expires."""
        address: str = self._client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": self._prefix + check_key(key)},
            ExpiresIn=int(lifetime.total_seconds()),
        )
        return address

    def ensure_bucket(self) -> None:
        """Make the bucket unless it is there."""
        with _unavailable_on_failure(self._bucket):
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if _code(error) not in {*_MISSING, "NoSuchBucket"}:
                    raise
                self._client.create_bucket(Bucket=self._bucket)


@contextmanager
def _unavailable_on_failure(key: str) -> Iterator[None]:
    """Tell apart: not there, there already, and everything that another attempt may cure."""
    try:
        yield
    except ClientError as error:
        code = _code(error)
        if code in _MISSING:
            raise ObjectMissingError(key) from error
        if code in _EXISTS:
            raise ObjectDiffersError(key) from error
        raise StoreUnavailableError(cause=code) from error
    except (BotoCoreError, OSError) as error:
        raise StoreUnavailableError(cause=type(error).__name__) from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
