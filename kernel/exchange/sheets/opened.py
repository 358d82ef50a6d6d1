"""An import as it is being worked on: read from its table and written back, past anybody's row scopes.

Whose it is, and who may see it, is asked where it is opened (`starting.find_import`).
"""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any, cast

from sqlalchemy import Table, insert, select, update

from kernel.entities.work import actor, session
from kernel.exchange.models import FileImport

__all__ = ["OpenImport", "imports_of"]

_table = cast(Table, FileImport.__table__)


@dataclass(slots=True)
class OpenImport:
    """What `FileImport` says of its columns, as plain values."""

    id: int
    entity: str
    company_id: int | None
    user_id: int | None
    at: dt.datetime
    file_name: str
    state: str
    content: dict[str, Any]
    choices: dict[str, Any]
    report: dict[str, Any]

    @classmethod
    def begin(cls, entity: str, file_name: str) -> "OpenImport":
        """Begin an import for the current person."""
        current, who = session(), actor()
        made = cls(
            current.work.take_ids()[0], entity, who.company_id, who.user_id, current.now, file_name, "uploaded", {},
            {}, {})
        current.work.connection.execute(insert(FileImport).values(asdict(made)))
        return made

    @classmethod
    def load(cls, import_id: int) -> "OpenImport | None":
        """Give an import as it stands in the database."""
        row = session().work.connection.execute(select(_table).where(_table.c.id == import_id)).mappings().first()
        return cls(**row) if row is not None else None

    def save(self, state: str | None = None) -> None:
        """Write what was set; with a state, that it changed now."""
        if state is not None:
            self.state, self.at = state, session().now
        session().work.connection.execute(update(FileImport).where(FileImport.id == self.id).values(
            state=self.state, at=self.at, content=self.content, choices=self.choices, report=self.report))


def imports_of(entity: str, limit: int, before: int | None = None) -> list[OpenImport]:
    """List the imports of an entity in the company one works in, latest first."""
    statement = select(_table).where(
        _table.c.entity == entity, _table.c.company_id == actor().company_id).order_by(_table.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(_table.c.id < before)
    return [OpenImport(**row) for row in session().work.connection.execute(statement).mappings()]
