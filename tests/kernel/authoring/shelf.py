"""A plugin as `trellis plugin new` makes it, to plant faults into."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

from kernel.authoring.checking import check_plugin, read_plugin
from kernel.authoring.distribution import read_distribution
from kernel.authoring.faults import Finding
from kernel.authoring.skeleton import Skeleton, make_skeleton

NOW = dt.datetime(2026, 11, 28, 3, tzinfo=dt.UTC)


class Shelf:
    """The plugin `shelf` with its entity `book`, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_skeleton(Skeleton("shelf", "Shelf", "book"), folder, now=NOW)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        file = next(self.folder.glob(path))
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def add(self, path: str, text: str) -> None:
        """Write a text at the end of a file, new or not."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as opened:
            opened.write(text)

    def line(self, path: str, text: str) -> int:
        """Say on which line of a file a text stands."""
        lines = next(self.folder.glob(path)).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def read(self) -> list[Finding]:
        """Check it by reading alone."""
        return sorted(read_plugin(read_distribution(self.folder)))

    def check(self) -> list[Finding]:
        """Check all of it."""
        return check_plugin(self.folder)


def only(found: list[Finding], code: str) -> Finding:
    """Give the one finding of a code."""
    chosen = [each for each in found if each.code == code]
    assert len(chosen) == 1, (code, found)
    return chosen[0]


def matching(found: list[Finding], code: str, words: str) -> Finding:
    """Give the one finding of a code whose words match."""
    return only([each for each in found if re.search(words, each.what)], code)


Plant = Callable[[Shelf], None]
