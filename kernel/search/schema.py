"""The full-text table of SQLite, kept in step with the index by triggers; PostgreSQL has an index of its own."""

from typing import Any

from sqlalchemy import Connection, event

from kernel.search.models import SearchRow

__all__ = ["FULL_TEXT", "drop_full_text", "make_full_text"]

FULL_TEXT = "kernel_search_text"
"""SQLite keeps how it looks words up in tables of its own that begin so."""

_ADD = "INSERT INTO kernel_search_text (rowid, grams) VALUES (new.id, new.grams)"
_REMOVE = "INSERT INTO kernel_search_text (kernel_search_text, rowid, grams) VALUES ('delete', old.id, old.grams)"
_TRIGGER = "CREATE TRIGGER IF NOT EXISTS kernel_search_{name} AFTER {event} ON kernel_search BEGIN {steps}; END"
_CREATE = (
    """CREATE VIRTUAL TABLE IF NOT EXISTS kernel_search_text USING fts5(
        grams, content='kernel_search', content_rowid='id', tokenize='ascii', detail='none', columnsize=0)""",
    # Merge what single commits wrote sixteen at a time: each commit would pay for more often.
    "INSERT INTO kernel_search_text (kernel_search_text, rank) VALUES ('automerge', 16)",
    _TRIGGER.format(name="added", event="INSERT", steps=_ADD),
    _TRIGGER.format(name="removed", event="DELETE", steps=_REMOVE),
    _TRIGGER.format(name="changed", event="UPDATE", steps=f"{_REMOVE}; {_ADD}"),
)


def make_full_text(connection: Connection) -> None:
    """Make SQLite's full-text table and its triggers where they are missing."""
    if connection.dialect.name == "sqlite":
        for statement in _CREATE:
            connection.exec_driver_sql(statement)


def drop_full_text(connection: Connection) -> None:
    """Take SQLite's full-text table away; its triggers go with the index itself."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TABLE IF EXISTS kernel_search_text")


@event.listens_for(SearchRow.__table__, "after_create")
def _make_with_table(target: object, connection: Connection, **kwargs: Any) -> None:
    make_full_text(connection)


@event.listens_for(SearchRow.__table__, "before_drop")
def _drop_with_table(target: object, connection: Connection, **kwargs: Any) -> None:
    drop_full_text(connection)
