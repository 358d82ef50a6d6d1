"""The store of attached files: named by their content, so that the same file twice is stored once.

It is a folder, or a bucket of an S3-compatible service. Whoever asks for a file has seen to its record's rights before:
no address of the store itself is ever given out.
"""

from kernel.files.folder import FileStore
from kernel.files.opening import files, open_store, set_files
from kernel.files.store import CHUNK, Store, Stored

__all__ = ["CHUNK", "FileStore", "Store", "Stored", "files", "open_store", "set_files"]
