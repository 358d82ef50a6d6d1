"""What every store of files does, whatever it keeps them in."""

import hashlib
import os
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kernel.errors import Refusal, UsageError
from kernel.i18n import _

__all__ = ["CHUNK", "Store", "Stored", "is_digest"]

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


def is_digest(text: str) -> bool:
    """Say whether a text can be a file's name in a store: a SHA-256."""
    return _DIGEST.fullmatch(text) is not None


class Store(ABC):
    """Files by their content. `most` is the largest size in bytes that it takes."""

    most: int

    def put(self, source: IO[bytes], *, limited: bool = True) -> Stored:
        """Store what a stream holds, whole or not at all; raises Refusal for an empty file or one that is too large.

        A file that is there already is written anew: so it counts as new for whoever removes what nobody refers to.
        `limited` may be False for what was in a store before.
        """
        descriptor, name = tempfile.mkstemp(dir=self.incoming(), prefix=".incoming-")
        incoming = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target:
                stored = self._copy(source, target, self.most if limited else None)
                target.flush()
                os.fsync(target.fileno())
            self.keep(incoming, stored.digest)
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

    def read(self, digest: str) -> bytes:
        """Give a file's content; raises FileNotFoundError where it is not there."""
        with self.open(digest) as file:
            return file.read()

    def is_sound(self, digest: str) -> bool:
        """Say whether a file is there and its content is what its name says."""
        try:
            with self.open(digest) as file:
                found = hashlib.sha256()
                while chunk := file.read(CHUNK):
                    found.update(chunk)
                return found.hexdigest() == digest
        except FileNotFoundError:
            return False

    def named(self, digest: str) -> tuple[str, str]:
        """Give the two parts of a file's place; raises UsageError for what is no SHA-256."""
        if not is_digest(digest):
            raise UsageError("DIGEST", "a file of the store is named by its SHA-256")
        return digest[:2], digest[2:]

    @abstractmethod
    def incoming(self) -> Path | None:
        """Give the folder that a file is written to before it is kept; None for the system's for temporary files."""

    @abstractmethod
    def keep(self, incoming: Path, digest: str) -> None:
        """Take a whole file into the store, at once or not at all."""

    @abstractmethod
    def open(self, digest: str) -> IO[bytes]:
        """Open a file for reading, from any place in it; raises FileNotFoundError where it is not there."""

    @abstractmethod
    def size(self, digest: str) -> int | None:
        """Give a file's size in bytes, None where it is not there."""

    @abstractmethod
    def digests(self, *, older_than: float = 0) -> Iterator[str]:
        """List the files that were last written so many seconds ago or more."""

    @abstractmethod
    def remove(self, digest: str) -> None:
        """Remove a file; one that is not there is none the less gone."""
