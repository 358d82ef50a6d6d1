"""Custom sub-tables as doors read and write them: lines by their ids, links with titles, sums of columns."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from kernel.entities.base import Entity
from kernel.entities.custom.definitions import definitions_of
from kernel.entities.custom.stored import MOST_LINES
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.errors import Problem
from kernel.exchange.values import json_value
from kernel.i18n import _

__all__ = ["Found", "column_sums", "fill_table", "line_currency", "lines_json"]


class Found(Protocol):
    """Gives the record that the link at a path was found to lead to."""

    def __getitem__(self, path: str) -> Entity | None: ...


def fill_table(
    record: Entity, field: Field, drafts: Sequence[Mapping[str, Any]], found: Found, path: str,
    problems: list[Problem],
) -> None:
    """Put drafts of lines into a record: those with an id change a line, those without add one, others stay."""
    lines: dict[int, dict[str, Any]] = {line["id"]: dict(line) for line in getattr(record, field.name)}
    for at, draft in enumerate(drafts):
        id_ = draft.get("id")
        if id_ is not None and id_ not in lines:
            problems.append(Problem(
                f"{path}{at}.id", _("{label} has no line {key}", label=field.label, key=id_), "NO_SUCH_LINE"))
        elif draft.get("removed"):
            if id_ is not None:  # else a new line was taken away at once
                del lines[id_]
        else:
            line = lines.setdefault(id_ or int(session().work.take_ids()[0]), {})
            problems.extend(_fill_line(line, field, draft, found, f"{path}{at}."))
    if len(lines) > MOST_LINES:
        problems.append(Problem(
            path.rstrip("."), _("{label} has at most {count} lines", label=field.label, count=MOST_LINES), "TOO_MANY"))
        return
    setattr(record, field.name, [{**line, "id": key} for key, line in lines.items()])


def _fill_line(
    line: dict[str, Any], field: Field, draft: Mapping[str, Any], found: Found, path: str
) -> Sequence[Problem]:
    missing = []
    for column in field.columns:
        if column.name in draft:
            value = draft[column.name]
            if column.kind == "link" and value is not None:
                target = found[f"{path}{column.name}"]
                value = target.id if target is not None else None
            line[column.name] = value
        if line.get(column.name) is None and column.default is not None:
            line[column.name] = column.default
        if column.required and line.get(column.name) in (None, "") and not column.readonly:
            missing.append(Problem(
                f"{path}{column.name}", _("{label} is missing", label=column.label), "REQUIRED"))
    return missing


Write = Callable[[Field, Any], Any]


def lines_json(field: Field, lines: Sequence[Any], link: Write) -> list[dict[str, Any]]:
    """Write the lines of rows as JSON; `link` writes a link's value."""
    return [
        {"id": line.id} | {
            column.name: link(column, line.values[column.name]) if column.kind == "link"
            else json_value(column, line.values[column.name]) for column in field.columns}
        for line in lines]


def line_currency(field: Field, column: Field) -> str:
    """Name the column that says of each line which currency an amount of it is in; empty where the record does."""
    return column.currency if column.currency in {each.name for each in field.columns} else ""


def column_sums(
    cls: type[Entity], field: Field, lines: Sequence[Any]
) -> Sequence[tuple[Field, Mapping[Any, Decimal]]]:
    """Add up the columns of a sub-table that were said to be summed, by the lines' currencies where they have some."""
    definition = definitions_of(cls).get(field.name)
    summed = definition.summed if definition is not None else ()
    found = []
    for column in field.columns:
        if column.name in summed and column.exact:
            by, sums = line_currency(field, column), dict[Any, Decimal]()
            for line in lines:
                currency = line.values[by] if by else None
                sums[currency] = sums.get(currency, Decimal(0)) + (line.values[column.name] or Decimal(0))
            found.append((column, sums or {None: Decimal(0)}))
    return found
