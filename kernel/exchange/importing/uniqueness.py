"""Find rows whose values another record has already, before the database would refuse the whole batch."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, select

from kernel.entities.base import Entity
from kernel.entities.work import session

__all__ = ["Existing", "Taken", "unique_groups"]


def unique_groups(cls: type[Entity]) -> list[tuple[str, ...]]:
    """List the groups of columns that no two active records share."""
    groups = []
    for index in cls.__table__.indexes:  # type: ignore[attr-defined]  # a mapped class's Table has indexes
        if index.unique:
            names = tuple(column.name for column in index.columns if column.name != "company_id")
            if names not in groups:
                groups.append(names)
    return sorted(groups)


class Taken:
    """The values of one group of columns that are in use, with the record that has them."""

    def __init__(self, cls: type[Entity], columns: Sequence[str], company_id: object) -> None:
        self.columns = tuple(columns)
        self._cls = cls
        self._company_id = company_id
        self._known: dict[tuple[Any, ...], int] | None = None
        self._several: set[tuple[Any, ...]] = set()

    def lookup(self, values: tuple[Any, ...]) -> int | None:
        """Give the id of the record that has the values, 0 for one of this import, None for none or for a gap."""
        return None if None in values else self._load().get(values)

    def has_several(self, values: tuple[Any, ...]) -> bool:
        """Say whether more than one record has the values."""
        self._load()
        return values in self._several

    def collisions(self, rows: Iterable[tuple[int, tuple[Any, ...], int | None]]) -> list[int]:
        """Take values for rows given as (position, values, own id); give the positions that come too late.

        Values with a gap collide with nothing, as in the database.
        """
        known = self._load()
        late = []
        for position, values, own in rows:
            if None in values:
                continue
            holder = known.get(values)
            if holder is not None and holder != own:
                late.append(position)
            else:
                known[values] = own or 0
        return late

    def _load(self) -> dict[tuple[Any, ...], int]:
        if self._known is None:
            table = self._cls.__table__
            statement = select(table.c.id, *(table.c[name] for name in self.columns)).where(
                table.c.archived.is_(False))
            if self._cls.__company__ != "none":
                statement = statement.where(table.c.company_id == self._company_id if self._company_id
                                            else table.c.company_id.is_(None))
            self._known = {}
            for id_, *values in self._rows(statement):
                key = tuple(values)
                if key in self._known and None not in key:
                    self._several.add(key)
                self._known[key] = id_
        return self._known

    def _rows(self, statement: Select[Any]) -> Iterable[Sequence[Any]]:
        return session().work.connection.execute(statement)


class Existing(Taken):
    """The records that rows may change: of all that have a value only those the actor may read."""

    def _rows(self, statement: Select[Any]) -> Iterable[Sequence[Any]]:
        if session().actor.system:
            return super()._rows(statement)
        cls = self._cls
        return session().execute(
            select(cls.id, *(getattr(cls, name) for name in self.columns)).where(cls.archived.is_(False)))
