"""A scratch installation: a folder of its own with a SQLite file, in which a plugin is tried and then thrown away.

Nothing of the user's is touched: neither their database nor the environment's packages. The plugin is put on the path
of the scratch's processes as pip would have put it there, whether it is installed in this environment or not.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kernel.authoring.distribution import Distribution
from kernel.registry.discovery import GROUP

__all__ = ["Scratch", "scratch"]

SITE = "site"


@dataclass(frozen=True, slots=True)
class Scratch:
    """A folder that goes when it is done with, and processes that know nothing but it."""

    folder: Path

    @property
    def url(self) -> str:
        """The database of the installation."""
        return f"sqlite:///{self.folder / 'trellis.db'}"

    def environment(self) -> dict[str, str]:
        """Give the environment of its processes: none of the user's settings of Trellis."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TRELLIS_")}
        return kept | {
            "PYTHONPATH": os.pathsep.join([str(self.folder / SITE), *_importable()]),
            "TRELLIS_DATABASE_URL": self.url, "TRELLIS_DATA_DIR": str(self.folder / "data"),
            "TRELLIS_CONFIG": str(self.folder / "none.toml"), "PYTHONWARNINGS": "ignore",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def python(self, *words: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run Python in it."""
        return subprocess.run(  # noqa: S603  # our own interpreter and our own words
            [sys.executable, *words], cwd=self.folder, env=self.environment(), capture_output=True, text=True,
            check=False, timeout=timeout)


@contextmanager
def scratch(plugins: Sequence[Distribution]) -> Iterator[Scratch]:
    """Make a scratch that sees some plugins, and take it away afterwards."""
    with tempfile.TemporaryDirectory(prefix="trellis-scratch-", ignore_cleanup_errors=True) as folder:
        made = Scratch(Path(folder))
        for each in plugins:
            _put_on_path(each, made.folder / SITE)
        yield made


def _put_on_path(plugin: Distribution, site: Path) -> None:
    """Put a package and its entry point where pip would have."""
    parts = plugin.package.split(".")
    where = site.joinpath(*parts)
    where.parent.mkdir(parents=True, exist_ok=True)
    where.symlink_to(plugin.package_folder.resolve(), target_is_directory=True)
    info = site / f"{plugin.name}-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {plugin.name}\nVersion: 0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        f"[{GROUP}]\n{plugin.name} = {plugin.package}:plugin\n", encoding="utf-8")


def _importable() -> list[str]:
    """Give what the user's own path adds, but folders that merely are where they stand."""
    return [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
