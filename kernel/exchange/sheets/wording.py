"""What is wrong with a cell, in the words of whoever looks at the file: the engine's own speak of its mapping."""

from collections.abc import Mapping

from kernel.entities.base import Entity, fields_of
from kernel.exchange.importing.report import RowProblem
from kernel.exchange.sheets.choices import Choices
from kernel.exchange.sheets.columns import FileField
from kernel.i18n import Text, _

__all__ = ["cells_of", "worded"]


def cells_of(problem: RowProblem, choices: Choices, fields: Mapping[str, FileField]) -> list[str]:
    """Name the columns whose cells a problem is about; none where it is about the row."""
    names = problem.field.split(", ") if problem.field else []
    found = [
        column for column, each in choices.columns.items()
        if _name(fields[each.field]) in names or each.field in names]
    return found or ([problem.column] if problem.column in choices.columns or problem.column == choices.group else [])


def _name(field: FileField) -> str:
    return field.path.rpartition("/")[2] if field.line else field.path


def worded(
    cls: type[Entity], problem: RowProblem, column: str, choices: Choices, fields: Mapping[str, FileField]
) -> str:
    """Say what is wrong with a cell."""
    each = choices.columns.get(column)
    there = fields.get(each.field) if each else None
    text: Text = problem.message
    if problem.code == "PARENT_REFUSED":
        text = _("another row of this record is wrong")
    elif problem.code == "DUPLICATE_KEY" and choices.match:
        text = _("{text}, which changes the same record", text=problem.message)
    elif there is not None and each is not None:
        text = _of_field(cls, problem, each.find, there, matched=choices.match == each.field)
    return str(text)


def _of_field(cls: type[Entity], problem: RowProblem, find: str, there: FileField, *, matched: bool) -> Text:
    field = there.field
    if problem.code != "REQUIRED" and field.kind == "link":
        return _unfound(problem, field.target, fields_of(field.target)[find].label)
    if problem.code in ("NOT_FOUND", "SEVERAL") and matched:
        return _unfound(problem, cls, field.label)
    if problem.code == "UNKNOWN_VALUE" and field.choices:
        return _("must be one of: {allowed}", allowed=", ".join(str(choice.label) for choice in field.choices))
    if problem.code == "NO_BOOLEAN":
        return _("must be yes or no")
    if problem.code == "TOO_PRECISE":
        return _("has too many decimals; six fit")
    return problem.message


def _unfound(problem: RowProblem, target: type[Entity], by: Text) -> Text:
    if problem.code == "SEVERAL":
        return _("several {what} have this {by}", what=target.__plural__, by=by)
    if problem.code in ("NOT_FOUND", "TOO_LONG", "NO_TEXT"):
        return _("there is no {what} with this {by}", what=target.__label__, by=by)
    return problem.message
