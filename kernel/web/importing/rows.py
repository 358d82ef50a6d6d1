"""The rows of an import's files: the template with examples, the wrong rows with reasons."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Table, func, select

from kernel.entities.work import session
from kernel.exchange.models import WrongRow
from kernel.exchange.sheets.choices import Choices
from kernel.exchange.sheets.columns import FileField, finders
from kernel.exchange.sheets.opened import OpenImport
from kernel.exchange.values import plain_number
from kernel.i18n import _, format_number
from kernel.web.screen.importing import WrongCell, WrongLine, WrongRows

__all__ = ["example_of", "template_header", "wrong_csv", "wrong_rows"]

PAGE = 50
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula."""
_table = cast(Table, WrongRow.__table__).c


def template_header(fields: Sequence[FileField]) -> list[str]:
    """Name a column for each field, so that each is recognised again."""
    labels = [str(each.field.label) for each in fields]
    return [
        f"{each.group} {label}".strip() if labels.count(label) > 1 else label
        for each, label in zip(fields, labels, strict=True)]


def example_of(each: FileField) -> str:
    """Give a cell that the field would take."""
    field = each.field
    match field.kind:
        case "integer" | "quantity" | "percent":
            return "12"
        case "money":
            return "1234.50"
        case "boolean":
            return str(_("yes"))
        case "date":
            return "2026-12-31"
        case "instant":
            return "2026-12-31 14:30"
        case "choice":
            return str(field.choices[0].label) if field.choices else ""
        case "link":
            by = finders(field)[0]
            return str(_("{by} of the {what}", by=by.label, what=field.target.__label__))
        case _:
            return "name@example.com" if field.name == "email" else str(field.label)[:field.length or 200]


def wrong_csv(found: OpenImport) -> list[list[str]]:
    """Give the wrong rows as the file had them, each with what is wrong; cells never are formulas."""
    rows = session().work.connection.execute(
        select(_table.cells, _table.problems).where(_table.import_id == found.id).order_by(_table.line))
    return [
        [*map(_safe, found.content["header"]), str(_("What is wrong"))],
        *([*map(_safe, cells), "; ".join(f"{column}: {text}" if column else text for column, text in problems)]
          for cells, problems in rows)]


def _safe(cell: str) -> str:
    if not cell.startswith(FORMULA):
        return cell
    try:
        plain_number(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def wrong_rows(found: OpenImport, base: str, page: int, download: str, labels: dict[str, str]) -> WrongRows:
    """Give a page of the wrong rows: the columns that are taken, and those that aren't left out of sight."""
    connection = session().work.connection
    count = connection.scalar(select(func.count()).where(_table.import_id == found.id)) or 0
    if not count:
        return WrongRows()
    page = max(1, min(page, -(-count // PAGE)))
    start = (page - 1) * PAGE
    rows = connection.execute(
        select(_table.line, _table.cells, _table.problems).where(_table.import_id == found.id)
        .order_by(_table.line).offset(start).limit(PAGE))
    choices = Choices.from_json(found.choices)
    shown = [
        (at, name) for at, name in enumerate(found.content["header"])
        if name in choices.columns or name == choices.group]
    return WrongRows(
        tuple((labels.get(name, name), name) for _at, name in shown),
        tuple(_line(row.line, row.cells, row.problems, shown) for row in rows),
        str(_("{first} to {last} of {count} wrong rows", first=format_number(start + 1),
              last=format_number(min(start + PAGE, count)), count=format_number(count))),
        f"{base}?page={page - 1}" if page > 1 else "", f"{base}?page={page + 1}" if start + PAGE < count else "",
        download)


def _line(
    line: int, cells: Sequence[str], problems: Sequence[Sequence[str]], shown: Sequence[tuple[int, str]]
) -> WrongLine:
    told: dict[str, str] = {}
    for column, text in problems:
        told[column] = f"{told[column]}; {text}" if column in told else text
    return WrongLine(
        format_number(line),
        tuple(WrongCell(cells[at] if at < len(cells) else "", told.get(name, "")) for at, name in shown),
        "; ".join(text for column, text in told.items() if column not in {name for _at, name in shown}))
