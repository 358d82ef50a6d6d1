"""The store of attached files: named by their content, so that the same file twice is stored once."""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kernel.errors import Refusal, UsageError
from kernel.i18n import _

__all__ = ["FileStore", "Stored", "files", "set_files"]

CHUNK = 1024 * 1024
HEAD = 16
"""Bytes kept of a file's beginning: enough to tell what kind of file it is."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store: the SHA-256 of its content, its size in bytes, and how it begins."""

    digest: str
    size: int
    head: bytes


class FileStore:
    """A folder of files by content: `ab/cdef...`. `most` is the largest size in bytes that it takes."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self.most = most

    def put(self, source: IO[bytes], *, limited: bool = True) -> Stored:
        """Store what a stream holds, whole or not at all; raises Refusal for an empty file or one that is too large.

        A file that is there already is written anew: so it counts as new for whoever removes what nobody refers to.
        `limited` may be False for what was in the store before.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".incoming-")
        incoming = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target:
                stored = self._copy(source, target, self.most if limited else None)
                target.flush()
                os.fsync(target.fileno())
            place = self.path(stored.digest)
            place.parent.mkdir(exist_ok=True)
            incoming.replace(place)
        finally:
            incoming.unlink(missing_ok=True)
        return stored

    def _copy(self, source: IO[bytes], target: IO[bytes], most: int | None) -> Stored:
        digest, size, head = hashlib.sha256(), 0, b""
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if most is not None and size > most:
                raise Refusal(
                    "FILE_TOO_LARGE", _("The file is larger than {most} MB", most=most // CHUNK), allowed=most,
                    fix=_("Make it smaller, or ask whoever runs Trellis for a higher limit"))
            digest.update(chunk)
            target.write(chunk)
            head = head or chunk[:HEAD]
        if not size:
            raise Refusal("FILE_EMPTY", _("The file is empty"), fix=_("See whether it was saved, and choose it again"))
        return Stored(digest.hexdigest(), size, head)

    def path(self, digest: str) -> Path:
        """Give where a file lies or would lie; raises UsageError for what is no SHA-256."""
        if not _DIGEST.fullmatch(digest):
            raise UsageError("DIGEST", "a file of the store is named by its SHA-256")
        return self._folder / digest[:2] / digest[2:]

    def is_sound(self, digest: str) -> bool:
        """Say whether a file is there and its content is what its name says."""
        try:
            with self.path(digest).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == digest
        except FileNotFoundError:
            return False

    def digests(self, *, older_than: float = 0) -> Iterator[str]:
        """List the files that were last written so many seconds ago or more."""
        before = time.time() - older_than
        for file in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            digest = file.parent.name + file.name
            if _DIGEST.fullmatch(digest) and file.stat().st_mtime <= before:
                yield digest

    def remove(self, digest: str) -> None:
        """Remove a file; one that is not there is none the less gone."""
        self.path(digest).unlink(missing_ok=True)


_files: FileStore | None = None


def set_files(store: FileStore | None) -> None:
    """Make a store the process's own."""
    global _files
    _files = store


def files() -> FileStore:
    """Give the process's store; raises UsageError before one was set."""
    if _files is None:
        raise UsageError("NO_FILES", "no store of files is open: call kernel.registry.open_installation() first")
    return _files
