"""A store that is a folder of this machine, or one that several machines share."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kernel.files.store import Store, is_digest

__all__ = ["FileStore"]


class FileStore(Store):
    """A folder of files by content: `ab/cdef...`."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self.most = most

    def __str__(self) -> str:
        return str(self._folder)

    def incoming(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    def keep(self, incoming: Path, digest: str) -> None:
        place = self.path(digest)
        place.parent.mkdir(exist_ok=True)
        incoming.replace(place)

    def path(self, digest: str) -> Path:
        """Give where a file lies or would lie; raises UsageError for what is no SHA-256."""
        first, rest = self.named(digest)
        return self._folder / first / rest

    def open(self, digest: str) -> IO[bytes]:
        return self.path(digest).open("rb")

    def size(self, digest: str) -> int | None:
        try:
            return self.path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def digests(self, *, older_than: float = 0) -> Iterator[str]:
        before = time.time() - older_than
        for file in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            digest = file.parent.name + file.name
            if is_digest(digest) and file.stat().st_mtime <= before:
                yield digest

    def remove(self, digest: str) -> None:
        self.path(digest).unlink(missing_ok=True)
