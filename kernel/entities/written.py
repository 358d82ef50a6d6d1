"""Tell those who keep something derived of records (the search index) what is written past SQLAlchemy's own flush."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from kernel.entities.base import Entity
from kernel.entities.work import UnitOfWork

__all__ = ["tell_changed", "tell_rows", "watch_changed", "watch_rows"]

Changed = Sequence[tuple[Entity, Mapping[str, Any]]]
ChangedWatcher = Callable[[UnitOfWork, Changed], None]
RowsWatcher = Callable[[UnitOfWork, type[Entity], Sequence[int], Collection[str]], None]

_changed: list[ChangedWatcher] = []
_rows: list[RowsWatcher] = []


def watch_changed(watcher: ChangedWatcher) -> None:
    """Have a function told of records that were changed in one statement, each with its changes by column."""
    _changed.append(watcher)


def watch_rows(watcher: RowsWatcher) -> None:
    """Have a function told of the ids that a bulk verb wrote, and of the columns it gave values to."""
    _rows.append(watcher)


def tell_changed(work: UnitOfWork, records: Changed) -> None:
    """Tell of changed records."""
    for watcher in _changed:
        watcher(work, records)


def tell_rows(work: UnitOfWork, cls: type[Entity], ids: Sequence[int], columns: Collection[str]) -> None:
    """Tell of rows that a bulk verb wrote."""
    for watcher in _rows:
        watcher(work, cls, ids, columns)
