"""The allocators of ids and numbers are ahead of everything they gave."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import BigInteger, Table, func, literal, select, text, union_all

from kernel.entities.base import Entity
from kernel.entities.ids import BLOCK, IdCounter
from kernel.entities.numbering import NumberCounter
from kernel.entities.work import current_work
from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import ask, entity_tables, name_of, table_named, tables


@invariant("kernel.id_allocator", _("The allocator of ids is ahead of every id in use"))
def ids_are_ahead() -> Iterable[Finding]:
    """Compare the highest id of each table with the allocator's next one."""
    following = _next_id()
    if following is None:
        yield Finding(IdCounter.__tablename__, "id", _("The counter of ids is missing: no record can be made"))
        return
    drawn = [table for table in tables() if _takes_ids(table)]
    highest = union_all(*(
        select(literal(table.name).label("name"), func.max(table.c.id).label("top")) for table in drawn)).subquery()
    for name, top in ask(select(highest.c.name, highest.c.top).where(highest.c.top >= following)):
        yield Finding(name_of(table_named(name)), str(top), _(
            "Its id {id} has not been given out yet: the next one is {next}", id=top, next=following))


def _takes_ids(table: Table) -> bool:
    return "id" in table.c and isinstance(table.c.id.type, BigInteger) and table.c.id.primary_key


def _next_id() -> int | None:
    connection = current_work().connection
    if connection.dialect.name == "sqlite":
        counter = table_named(IdCounter.__tablename__)
        return connection.execute(select(counter.c.next).where(counter.c.name == "id")).scalar()
    last, called = connection.execute(text("SELECT last_value, is_called FROM kernel_id_seq")).one()
    return int(last) + BLOCK if called else int(last)


@invariant("kernel.number_counters", _("The counters of document numbers are ahead of the numbers in use"))
def number_counters_are_ahead() -> Iterable[Finding]:
    """Compare the highest number of each series, company and period with its counter."""
    counter = table_named(NumberCounter.__tablename__)
    following = {(row.series, row.company_id, row.period): row.next for row in ask(select(counter))}
    for cls, table in entity_tables():
        for field in cls.__fields__.values():
            if field.kind != "serial" or not field.pattern:
                continue
            series = f"{cls.__entity__}.{field.name}"
            for (company, period), (n, number) in _highest(cls, table, field.column, field.pattern).items():
                expected = following.get((series, company, period), 1)
                if n >= expected:
                    yield Finding(cls.__entity__, number, _(
                        "The counter of {series} would give this number again: it stands at {next}",
                        series=series, next=expected))


def _highest(
    cls: type[Entity], table: Table, column: str, pattern: str
) -> dict[tuple[int, str], tuple[int, str]]:
    form = _form(pattern)
    found: dict[tuple[int, str], tuple[int, str]] = defaultdict(lambda: (0, ""))
    for company, number in ask(select(func.coalesce(table.c.company_id, 0), table.c[column]).where(
            table.c[column].like(_like(pattern)))):
        match = form.fullmatch(number)
        if match:
            parts = match.groupdict()
            period = "-".join(parts[unit] for unit in ("year", "month", "day") if unit in parts)
            found[company, period] = max(found[company, period], (int(parts["n"]), number))
    return found


def _form(pattern: str) -> re.Pattern[str]:
    digits = {"year": r"\d{4}", "month": r"\d{2}", "day": r"\d{2}", "n": r"\d{1,15}"}
    parts = re.split(r"{(\w+)[^}]*}", pattern)
    return re.compile("".join(
        f"(?P<{part}>{digits.get(part, '.+')})" if index % 2 else re.escape(part) for index, part in enumerate(parts)))


def _like(pattern: str) -> str:
    return re.sub(r"%+", "%", "".join(_literal(pattern)))


def _literal(pattern: str) -> Iterator[str]:
    for index, part in enumerate(re.split(r"{(\w+)[^}]*}", pattern)):
        yield "%" if index % 2 else part.replace("_", "%").replace("%", "%")
