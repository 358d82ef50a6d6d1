"""Document numbers: each given once."""

from collections.abc import Iterable

from sqlalchemy import func, select

from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import SHOWN, ask, entity_tables


@invariant("kernel.numbers", _("No document number is given twice"))
def no_number_twice() -> Iterable[Finding]:
    """Look for numbers that two records of a company have."""
    for cls, table in entity_tables():
        for field in cls.__fields__.values():
            if field.kind != "serial":
                continue
            number = table.c[field.column]
            doubled = (
                select(number, func.count()).where(number.is_not(None))
                .group_by(func.coalesce(table.c.company_id, 0), number).having(func.count() > 1).limit(SHOWN))
            for value, count in ask(doubled):
                yield Finding(cls.__entity__, str(value), _("{count} records have this number", count=count))
