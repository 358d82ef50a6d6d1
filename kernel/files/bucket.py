"""A store that is a bucket of an S3-compatible service: Amazon's, MinIO, Ceph, Garage and others.

Who asks is said by the AWS_* variables, profiles or roles that boto3 looks for. The bucket needs no public access and
should have none: files go through Trellis, which asks for their record's rights.
"""

import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from kernel.errors import Unavailable, UsageError
from kernel.files.store import Store, is_digest
from kernel.i18n import _

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["BucketStore"]

PATIENCE = 10
"""Seconds that the service has to answer, each time; it is asked again a few times."""
GONE = frozenset({"404", "NoSuchKey", "NotFound"})
BUFFER = 256 * 1024


class BucketStore(Store):
    """A bucket by its address: `s3://bucket/folder?endpoint=https://minio.example:9000&region=eu-central-1`."""

    def __init__(self, url: str, most: int) -> None:
        parts = urlsplit(url)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.scheme != "s3" or not parts.netloc or set(asked) - {"endpoint", "region"}:
            raise UsageError("FILES_URL", _(
                "TRELLIS_FILES_URL is not s3://bucket/folder?endpoint=https://…&region=…"))
        self._url, self.most = url, most
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")
        endpoint = asked.get("endpoint")
        self._client = boto3.session.Session().client(
            "s3", endpoint_url=endpoint, region_name=asked.get("region") or ("us-east-1" if endpoint else None),
            config=ClientConfig(
                connect_timeout=PATIENCE, read_timeout=PATIENCE, retries={"mode": "standard", "max_attempts": 3},
                s3={"addressing_style": "path" if endpoint else "auto"},
                # not every service knows Amazon's newer checksums; ours is the file's name
                request_checksum_calculation="when_required", response_checksum_validation="when_required"))

    def __str__(self) -> str:
        return self._url

    def _key(self, digest: str) -> str:
        return "/".join(part for part in (self._prefix, *self.named(digest)) if part)

    def incoming(self) -> None:
        return None

    def keep(self, incoming: Path, digest: str) -> None:
        with _told():
            self._client.upload_file(str(incoming), self._bucket, self._key(digest))

    def open(self, digest: str) -> IO[bytes]:
        size = self.size(digest)
        if size is None:
            raise FileNotFoundError(digest)
        return io.BufferedReader(_Object(self._client, self._bucket, self._key(digest), size), BUFFER)

    def size(self, digest: str) -> int | None:
        try:
            with _told():
                return int(self._client.head_object(Bucket=self._bucket, Key=self._key(digest))["ContentLength"])
        except FileNotFoundError:
            return None

    def digests(self, *, older_than: float = 0) -> Iterator[str]:
        before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=older_than)
        prefix = f"{self._prefix}/" if self._prefix else ""
        pages = iter(self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix))
        while True:
            with _told():
                page = next(pages, None)
            if page is None:
                return
            for each in page.get("Contents", ()):
                first, _slash, rest = each["Key"].removeprefix(prefix).partition("/")
                if len(first) == 2 and is_digest(first + rest) and each["LastModified"] <= before:
                    yield first + rest

    def remove(self, digest: str) -> None:
        with _told():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(digest))


class _Object(io.RawIOBase):
    """A file of a bucket, fetched from where it is read on."""

    def __init__(self, client: Any, bucket: str, key: str, size: int) -> None:
        self._client, self._bucket, self._key, self._size = client, bucket, key, size
        self._at = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = max(offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence], 0)
        if at != self._at:
            self._drop()
        self._at = at
        return at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        into = memoryview(buffer).cast("B")
        if self._at >= self._size or not len(into):
            return 0
        with _told():
            if self._body is None:
                self._body = self._client.get_object(
                    Bucket=self._bucket, Key=self._key, Range=f"bytes={self._at}-")["Body"]
            chunk = self._body.read(len(into))
        into[:len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)

    def close(self) -> None:
        self._drop()
        super().close()

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


@contextmanager
def _told() -> Iterator[None]:
    """Say in the kernel's words what the service refused, or that it is away."""
    try:
        yield
    except (ClientError, BotoCoreError, boto3.exceptions.Boto3Error) as error:
        code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
        if code in GONE:
            raise FileNotFoundError(str(error)) from error
        raise Unavailable(
            "FILES_AWAY", _("The store of attached files can't be used now: {reason}", reason=error),
            fix=_("Try again; if it stays so, tell whoever runs Trellis")) from error
