"""Gapless document numbers: given at posting, in the transaction that posts."""

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
    """Give documents that are being posted the next numbers of their gapless serial field, in the given order.

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
    groups: dict[tuple[str, int, str], list[Any]] = {}
    for record in records:
        value = _reader(record)
        if value(field.name):
            continue
        day = (value(dated) if dated else None) or current.today
        series = series_of(f"{cls.__entity__}.{field.name}", [str(value(word)) for word in words])
        company = value("company_id") or current.actor.company_id or 0
        groups.setdefault((series, company, period_of(field.pattern, day)), []).append((record, value, day))
    for (series, company, period), group in sorted(groups.items()):
        first = counter_block(current.work.connection, series, company, period, len(group))
        for n, (record, value, day) in enumerate(group, first):
            [number] = format_numbers(field.pattern, day, [n], {word: value(word) for word in words})
            if isinstance(record, Entity):
                setattr(record, field.name, number)
            else:
                record[field.name] = number


def _reader(record: Entity | Mapping[str, Any]) -> Callable[[str], Any]:
    if isinstance(record, Entity):
        return lambda name: getattr(record, name)
    return record.get
