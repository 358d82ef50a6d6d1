"""What a backup says of itself: by what it was made, at which schema, and how much is in it."""

import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kernel.errors import Refusal
from kernel.i18n import _

__all__ = ["ARCHIVES", "FILES", "FORMAT", "MANIFEST", "TABLES", "BackedUp", "Manifest", "read_manifest"]

FORMAT = 1
"""The form of the file; a later kernel reads earlier ones."""
MANIFEST, TABLES, FILES, ARCHIVES = "manifest.json", "tables/", "files/", "archives/"
"""What stands where in the file: rows by table, attached files by content, the data of uninstalled plugins."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A plugin as it was installed, or the kernel: its version and the revision of its schema."""

    version: str
    revision: str | None


@dataclass(slots=True)
class Manifest:
    """What a backup holds. `next_id` is the first id that no record of it has."""

    written_at: str
    database: str
    next_id: int
    format: int = FORMAT
    plugins: dict[str, BackedUp] = field(default_factory=dict)
    """The kernel and the installed plugins, in the order of their installation."""
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    """Every table with the kinds of its columns."""
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    missing: list[str] = field(default_factory=list)
    """Attached files that rows name and that were not in the store."""

    @property
    def records(self) -> int:
        """Say how many rows there are in all."""
        return sum(self.rows.values())

    def as_text(self) -> str:
        """Give the manifest as it stands in the file."""
        return json.dumps(asdict(self), indent=1)


def read_manifest(path: Path) -> Manifest:
    """Read what a backup says of itself; raises Refusal for a file that is none, or of a form of later versions."""
    try:
        with zipfile.ZipFile(path) as backup:
            read = json.loads(backup.read(MANIFEST))
        plugins = {name: BackedUp(**each) for name, each in read.pop("plugins").items()}
        manifest = Manifest(**read, plugins=plugins)
    except FileNotFoundError as error:
        raise Refusal("NO_BACKUP", _("There is no file {file}", file=path)) from error
    except (OSError, KeyError, TypeError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise Refusal(
            "NO_BACKUP", _("{file} is no backup of Trellis, or is damaged: {reason}", file=path, reason=error)
        ) from error
    if manifest.format > FORMAT:
        raise Refusal(
            "BACKUP_NEWER", _("{file} was written by a later version of Trellis", file=path),
            actual=manifest.format, allowed=FORMAT, fix=_("Install that version to restore it"))
    return manifest
