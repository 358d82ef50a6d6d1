"""Gapless document numbers: given at posting, in the transaction that posts."""

import datetime as dt
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

from kernel.entities.base import Entity
from kernel.entities.numbering import counter_block, format_numbers, period_of, series_of, series_words
from kernel.entities.work import session
from kernel.errors import UsageError

__all__ = ["give_numbers"]


def give_numbers(
    cls: type[Entity], records: Sequence[Entity] | Sequence[MutableMapping[str, Any]], *, dated: str | None = None
) -> None:
    """Give documents that are being posted the next numbers of their gapless serial field, day by day as they come.

    Takes records, or rows that `insert_rows` is about to write; what has a number keeps it. `dated` names the date
    field whose year, month or day the number is counted in, today where None. Ask last: the counters stay locked until
    the transaction ends, which is what leaves no gap, and everybody takes them in the same order. One statement per
    series, company and period. Raises UsageError for an entity without a gapless serial field.
    """
    field = next((each for each in cls.__fields__.values() if each.kind == "serial" and not each.required), None)
    if field is None or field.pattern is None:
        raise UsageError("NUMBERS", f"{cls.__entity__} has no serial field that is gapless")
    current = session()
    words = series_words(field.pattern)
    alike: dict[tuple[Any, ...], list[Any]] = {}
    for record in records:
        value = _reader(record)
        if not value(field.name):
            day = (value(dated) if dated else None) or current.today
            company = value("company_id") or current.actor.company_id or 0
            alike.setdefault((company, day, *map(value, words)), []).append(record)
    groups: dict[tuple[str, int, str], list[tuple[dt.date, Mapping[str, object], list[Any]]]] = {}
    for (company, day, *values), some in alike.items():
        series = series_of(f"{cls.__entity__}.{field.name}", list(map(str, values)))
        groups.setdefault((series, company, period_of(field.pattern, day)), []).append(
            (day, dict(zip(words, values, strict=True)), some))
    for (series, company, period), days in sorted(groups.items(), key=lambda group: group[0]):
        n = counter_block(current.work.connection, series, company, period, sum(len(some) for *_day, some in days))
        for day, shown, some in days:
            for record, number in zip(
                    some, format_numbers(field.pattern, day, range(n, n + len(some)), shown), strict=True):
                if isinstance(record, Entity):
                    setattr(record, field.name, number)
                else:
                    record[field.name] = number
            n += len(some)


def _reader(record: Entity | Mapping[str, Any]) -> Callable[[str], Any]:
    if isinstance(record, Entity):
        return lambda name: getattr(record, name)
    return record.get
