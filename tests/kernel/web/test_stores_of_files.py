"""Attached files lie in a folder or in a bucket of an S3-compatible service, and are the same files in both."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from kernel.cli.files import move, moved
from kernel.config import Config
from kernel.discussion import services
from kernel.discussion.jobs import remove_orphaned_files
from kernel.discussion.models import Attachment
from kernel.entities.database import Database
from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Refusal, Unavailable, UsageError
from kernel.exchange.backups.manifest import Manifest
from kernel.exchange.backups.restoring import _put_files
from kernel.exchange.backups.writing import _take_files
from kernel.files import CHUNK, FileStore, Store, open_store, set_files
from kernel.permissions.declare import grant
from tests.kernel.web.conftest import Browser, SignIn

boto3 = pytest.importorskip("boto3")
moto_server = pytest.importorskip("moto.server")

KEYS = {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1"}
MOST = 4 * CHUNK


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """An S3-compatible service on this machine, spoken to by HTTP."""
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(service: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    name = f"files-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]}"
    boto3.client("s3", endpoint_url=service, region_name="us-east-1").create_bucket(Bucket=name)
    return f"s3://{name}/office?endpoint={service}"


@pytest.fixture
def in_bucket(bucket: str) -> Store:
    return open_store(Config(files_url=bucket, attachment_mb=4))


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return open_store(Config(data_dir=str(tmp_path), attachment_mb=4))
    return request.getfixturevalue("in_bucket")  # type: ignore[no-any-return]  # pytest has no types for it


def put(store: Store, content: bytes) -> str:
    return store.put(io.BytesIO(content)).digest


def test_a_file_is_put_read_from_anywhere_in_it_and_removed(store: Store) -> None:
    content = os.urandom(3 * CHUNK + 7)
    stored = store.put(io.BytesIO(content))
    assert stored.digest == hashlib.sha256(content).hexdigest()
    assert (stored.size, stored.head) == (len(content), content[:16])
    assert store.size(stored.digest) == len(content)
    assert store.read(stored.digest) == content
    with store.open(stored.digest) as file:
        file.seek(CHUNK)
        assert file.read(10) == content[CHUNK:CHUNK + 10]
        file.seek(-5, os.SEEK_END)
        assert file.read() == content[-5:]
        assert file.read() == b""
        file.seek(0)
        assert file.read(3) == content[:3]
    assert store.is_sound(stored.digest)
    assert list(store.digests()) == [stored.digest]
    assert list(store.digests(older_than=3600)) == []
    store.remove(stored.digest)
    store.remove(stored.digest)
    assert store.size(stored.digest) is None
    assert not store.is_sound(stored.digest)
    assert list(store.digests()) == []
    with pytest.raises(FileNotFoundError):
        store.open(stored.digest)


def test_what_is_empty_too_large_or_no_digest_is_refused_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(Refusal, match="The file is empty"):
        put(store, b"")
    with pytest.raises(Refusal, match="larger than 4 MB"):
        put(store, bytes(MOST + 1))
    assert list(store.digests()) == []
    assert store.put(io.BytesIO(bytes(MOST + 1)), limited=False).size == MOST + 1
    with pytest.raises(UsageError):
        store.size("../../etc/passwd")


def test_a_thousand_files_and_more_are_listed(in_bucket: Store, bucket: str, service: str) -> None:
    client = boto3.client("s3", endpoint_url=service, region_name="us-east-1")
    name = bucket.split("/")[2]
    wanted = {hashlib.sha256(str(each).encode()).hexdigest() for each in range(1100)}
    for digest in wanted:
        client.put_object(Bucket=name, Key=f"office/{digest[:2]}/{digest[2:]}", Body=b"x")
    client.put_object(Bucket=name, Key="office/read-me.txt", Body=b"x")
    client.put_object(Bucket=name, Key=f"elsewhere/{'a' * 2}/{'a' * 62}", Body=b"x")
    assert set(in_bucket.digests()) == wanted


def test_a_changed_object_is_not_sound(in_bucket: Store, bucket: str, service: str) -> None:
    digest = put(in_bucket, b"as it was")
    boto3.client("s3", endpoint_url=service, region_name="us-east-1").put_object(
        Bucket=bucket.split("/")[2], Key=f"office/{digest[:2]}/{digest[2:]}", Body=b"as it is!")
    assert in_bucket.size(digest) == 9
    assert not in_bucket.is_sound(digest)


def test_a_service_that_is_away_and_a_bucket_that_is_not_there_are_said(
    bucket: str, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = open_store(Config(files_url="s3://b?endpoint=http://127.0.0.1:9"))
    with pytest.raises(Unavailable, match="can't be used now"):
        put(away, b"x")
    nowhere = open_store(Config(files_url=f"s3://not-there?endpoint={service}"))
    with pytest.raises(Unavailable, match="can't be used now"):
        put(nowhere, b"x")
    for wrong in ("s3://", "http://bucket/x", "s3://bucket?secret=x"):
        with pytest.raises(UsageError, match="TRELLIS_FILES_URL"):
            open_store(Config(files_url=wrong))


def test_files_move_both_ways_and_go_on_where_it_was_broken_off(tmp_path: Path, in_bucket: Store) -> None:
    folder = FileStore(tmp_path / "files", MOST)
    digests = {put(folder, f"file {each}".encode()) for each in range(5)}
    going = moved(folder, in_bucket)
    next(going)
    next(going)
    going.close()
    assert len(list(in_bucket.digests())) == 2
    *_rest, (_digest, outcome) = moved(folder, in_bucket)
    assert (outcome.copied, outcome.there, outcome.removed, outcome.damaged) == (3, 2, 0, ())
    assert set(in_bucket.digests()) == set(folder.digests()) == digests
    *_rest, (_digest, outcome) = moved(folder, in_bucket, remove=True)
    assert (outcome.copied, outcome.removed) == (0, 5)
    assert list(folder.digests()) == []
    *_rest, (_digest, outcome) = moved(in_bucket, folder, remove=True)
    assert (outcome.copied, outcome.removed) == (5, 5)
    assert {folder.read(each).decode()[:5] for each in digests} == {"file "}


def test_a_damaged_file_is_named_and_stays_where_it_is(tmp_path: Path, in_bucket: Store) -> None:
    folder = FileStore(tmp_path / "files", MOST)
    good, bad = put(folder, b"good"), put(folder, b"bad")
    folder.path(bad).write_bytes(b"worse")
    *_rest, (_digest, outcome) = moved(folder, in_bucket, remove=True)
    assert outcome.damaged == (bad,)
    assert list(folder.digests()) == [bad]
    assert list(in_bucket.digests()) == [good]


def test_a_broken_copy_of_the_right_size_does_not_cost_the_original(
    tmp_path: Path, in_bucket: Store, bucket: str, service: str
) -> None:
    folder = FileStore(tmp_path / "files", MOST)
    digest = put(folder, b"good")
    boto3.client("s3", endpoint_url=service, region_name="us-east-1").put_object(
        Bucket=bucket.split("/")[2], Key=f"office/{digest[:2]}/{digest[2:]}", Body=b"evil")
    list(moved(folder, in_bucket, remove=True))
    assert folder.read(digest) == b"good"


def test_the_command_moves_and_says_how_many(tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRELLIS_DATA_DIR", str(tmp_path))
    folder = FileStore(tmp_path / "files", MOST)
    put(folder, b"one")
    bad = put(folder, b"two")
    done = CliRunner().invoke(move, [bucket])
    assert (done.exit_code, "2 files were copied" in done.output) == (0, True), done.output
    folder.path(bad).write_bytes(b"longer")
    again = CliRunner().invoke(move, [bucket, "--from", str(tmp_path / "files"), "--remove", "--json"])
    assert again.exit_code == 1
    assert f'"{bad}"' in again.output
    same = CliRunner().invoke(move, [str(tmp_path / "files")])
    assert isinstance(same.exception, Refusal)


def test_a_backup_takes_files_from_a_bucket_and_puts_them_back_into_one(
    tmp_path: Path, in_bucket: Store, service: str
) -> None:
    digest = put(in_bucket, b"in the bucket")
    path, manifest = tmp_path / "backup.zip", Manifest("", "sqlite", 0)
    with zipfile.ZipFile(path, "w") as backup:
        _take_files(backup, in_bucket, manifest, [digest, "0" * 64], lambda _words: None)
    assert (manifest.files, manifest.missing) == (1, ["0" * 64])
    in_bucket.remove(digest)
    _put_files(path, in_bucket, tmp_path / "archives", lambda _words: None)
    assert in_bucket.read(digest) == b"in the bucket"


def test_nothing_of_a_bucket_is_served_without_the_records_right(
    admin: Browser, sign_in: SignIn, system: Actor, in_bucket: Store, database: Database
) -> None:
    from tests.kernel.exchange.studio import Patron

    content = b"%PDF-1.7 " + os.urandom(50_000)
    set_files(in_bucket)
    try:
        with unit_of_work(system) as opened:
            patron = Patron(code="A", name="Ada", company_id=system.company_id)
            opened.add(patron)
            opened.flush()
            file = services.attach(patron, "drawing.pdf", io.BytesIO(content))
            path = f"/{Patron.__entity__.replace('.', '/')}/{patron.id}/files/{file}"
        answer = admin.get(path)
        assert (answer.status_code, answer.data == content) == (200, True)
        assert answer.headers["content-length"] == str(len(content))
        assert "location" not in answer.headers
        part = admin.get(path, headers={"Range": "bytes=1000-1999"})
        assert (part.status_code, part.data == content[1000:2000]) == (206, True)
        assert part.headers["content-range"] == f"bytes 1000-1999/{len(content)}"
        assert admin.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        stranger = sign_in("stranger", grant("tests.shop_order", "read"))
        assert stranger.get(path).status_code in (403, 404)
        with unit_of_work(system, reading=True) as opened:
            digest = opened.work.connection.scalar(select(Attachment.__table__.c.sha256))
        in_bucket.remove(str(digest))
        assert admin.get(path).status_code == 404
    finally:
        set_files(None)


def test_orphans_in_a_bucket_are_removed_without_a_transaction(
    system: Actor, in_bucket: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan = put(in_bucket, b"nobody's")
    set_files(in_bucket)
    try:
        monkeypatch.setattr(in_bucket, "digests", lambda *, older_than: iter([orphan]))
        remove_orphaned_files()
    finally:
        set_files(None)
    assert in_bucket.size(orphan) is None
