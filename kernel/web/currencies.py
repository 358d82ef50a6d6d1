"""Tell which currency the amounts of a group of records are in, so that two are never added up."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.work import actor, session
from kernel.exchange.filters import Condition
from kernel.exchange.grouping import Group, Grouped
from kernel.exchange.paths import Path, currency_path
from kernel.exchange.rows import Linked
from kernel.identity.models import Company
from kernel.permissions.rights import rights
from kernel.shared.standing import company_currency

__all__ = ["Currencies"]

COMPANY = "company"


class Currencies:
    """The currencies of some money fields: of the field that each names, of the record's company where that is empty.

    `levels` are what the records must be grouped by besides; then `read` is given the groups.
    """

    def __init__(self, cls: type[Entity], paths: Sequence[Path]) -> None:
        self._named = {path.name: currency_path(cls, path.name) for path in paths}
        self._companies = bool(paths) and cls.__company__ != "none" and _reads_all(cls)
        self._places: dict[str, int] = {}
        self._codes: dict[Any, str] = {}
        self._grouped: Grouped | None = None

    @property
    def levels(self) -> list[str]:
        """Name the fields that the records must be grouped by."""
        return [*dict.fromkeys(filter(None, self._named.values())), *([COMPANY] if self._companies else [])]

    def read(self, grouped: Grouped) -> None:
        """Take the groups; a statement more where they are of several companies."""
        self._grouped = grouped
        self._places = {level.name: at for at, level in enumerate(grouped.levels)}
        if self._companies:
            at = self._places[COMPANY]
            self._codes = _codes_of({group.values[at].id for group in grouped.groups if group.values[at] is not None})

    def code(self, path: str, group: Group) -> str:
        """Give the currency of a group's amounts."""
        named = self._named[path]
        value = group.values[self._places[named]] if named else None
        if value:
            return value.title or f"#{value.id}" if isinstance(value, Linked) else str(value)
        company = group.values[self._places[COMPANY]] if self._companies else None
        return self._codes.get(company.id, "") if company is not None else company_currency().code

    def of(self, path: str) -> Iterator[tuple[str, tuple[Condition, ...] | None]]:
        """Give the currencies that a field's amounts have, each with the filter that leaves the records in it."""
        values: dict[str, set[Any]] = defaultdict(set)
        named = self._named[path]
        groups = self._grouped.groups if self._grouped is not None else []
        for group in groups:
            values[self.code(path, group)].add(group.values[self._places[named]] if named else None)
        for code in sorted(values) or [company_currency().code]:
            if len(values) < 2:
                yield code, ()
            elif not named or len(set(self._codes.values())) > 1:
                yield code, None  # it is a matter of the records' companies too
            else:
                others = [each for other, some in values.items() if other != code for each in some]
                yield code, _none_of(named, others)


def _reads_all(cls: type[Entity]) -> bool:
    granted = rights()
    return granted.system or any(reach.scope == "all" for reach in granted.reaches("read", cls.__entity__))


def _codes_of(companies: set[int]) -> dict[Any, str]:
    if companies <= {actor().company_id}:
        return dict.fromkeys(companies, company_currency().code)
    table = Company.__table__.c
    return {row.id: row.currency for row in session().work.connection.execute(
        select(table.id, table.currency).where(table.id.in_(companies)))}


def _none_of(path: str, values: Sequence[Any]) -> tuple[Condition, ...]:
    """Leave the records that have none of some values, which those without any hasn't either."""
    if None in values:
        return (*((path, "ne", _plain(value)) for value in values if value is not None), (path, "is_null", False))
    return tuple((path, "ne", _plain(value)) for value in values)


def _plain(value: Any) -> Any:
    return value.id if isinstance(value, Linked) else value
