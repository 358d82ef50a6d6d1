"""The allocators of ids and numbers are ahead of everything they gave."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import BigInteger, Table, func, literal, select, text, union_all

from kernel.entities.base import Entity
from kernel.entities.ids import BLOCK, IdCounter
from kernel.entities.numbering import NumberCounter, series_of, series_words
from kernel.entities.work import current_work
from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import SHOWN, ask, entity_tables, name_of, table_named, tables


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
            for (series, company, period), given in _numbers(cls, table, field.name, field.pattern).items():
                expected = following.get((series, company, period), 1)
                n, number = max(given)
                if n >= expected:
                    yield Finding(cls.__entity__, number, _(
                        "The counter of {series} would give this number again: it stands at {next}",
                        series=series, next=expected))


@invariant("kernel.gapless_numbers", _("No number is missing from a series without gaps"))
def gapless_numbers() -> Iterable[Finding]:
    """Look for numbers that a gapless series has given and no document has; those of history don't count."""
    counter = table_named(NumberCounter.__tablename__)
    following = {(row.series, row.company_id, row.period): row.next for row in ask(select(counter))}
    for cls, table in entity_tables():
        for field in cls.__fields__.values():
            if field.kind != "serial" or field.required or not field.pattern:
                continue
            found = _numbers(cls, table, field.name, field.pattern)
            name = f"{cls.__entity__}.{field.name}"
            series = {key for key in following if key[0] == name or key[0].startswith(f"{name}:")}
            for key in sorted(series | set(found)):
                given = {n for n, _number in found.get(key, ())}
                lost = [n for n in range(1, following.get(key, 1)) if n not in given]
                for n in lost[:SHOWN]:
                    yield Finding(cls.__entity__, str(n), _(
                        "Number {n} of {series} in {period} was given, but no document has it", n=n, series=key[0],
                        period=key[2] or "-"))


def _numbers(
    cls: type[Entity], table: Table, column: str, pattern: str
) -> dict[tuple[str, int, str], list[tuple[int, str]]]:
    """Give the numbers in use by series, company and period."""
    form, words = _form(pattern), series_words(pattern)
    found: dict[tuple[str, int, str], list[tuple[int, str]]] = defaultdict(list)
    asked = select(func.coalesce(table.c.company_id, 0), table.c[column]).where(table.c[column].like(_like(pattern)))
    for company, number in ask(asked):
        match = form.fullmatch(number)
        if match:
            parts = match.groupdict()
            period = "-".join(parts[unit] for unit in ("year", "month", "day") if unit in parts)
            series = series_of(f"{cls.__entity__}.{column}", [parts[word] for word in words])
            found[series, company, period].append((int(parts["n"]), number))
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
