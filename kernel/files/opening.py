"""Which store the process has: what its configuration names."""

from importlib import import_module
from pathlib import Path

from kernel.config import Config
from kernel.errors import UsageError
from kernel.files.folder import FileStore
from kernel.files.store import CHUNK, Store
from kernel.i18n import _

__all__ = ["files", "open_store", "set_files"]

_files: Store | None = None


def open_store(config: Config, place: str | None = None) -> Store:
    """Open the store of a configuration, or at another place: a bucket's address or a folder.

    Raises UsageError for an address that can't be read, or where the client of buckets is not installed.
    """
    where, most = config.files_url if place is None else place, config.attachment_mb * CHUNK
    if "://" not in where:
        return FileStore(Path(where) if where else config.files, most)
    try:
        made: Store = import_module("kernel.files.bucket").BucketStore(where, most)
    except ModuleNotFoundError as error:
        raise UsageError(
            "S3", _("Attached files are to lie in a bucket, but its client is not installed"),
            fix=_("pip install 'trellis-kernel[s3]'")) from error
    return made


def set_files(store: Store | None) -> None:
    """Make a store the process's own."""
    global _files
    _files = store


def files() -> Store:
    """Give the process's store; raises UsageError before one was set."""
    if _files is None:
        raise UsageError("NO_FILES", "no store of files is open: call kernel.registry.open_installation() first")
    return _files
