"""The inputs of a form: from a record, from what was typed, or from defaults, with what was wrong beside them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.errors import Refusal
from kernel.exchange.linepages import LinePage
from kernel.exchange.listing import Query
from kernel.exchange.paths import names
from kernel.exchange.rows import Linked, Row
from kernel.exchange.subtables import column_sums, line_currency
from kernel.i18n import _
from kernel.permissions.rights import rights
from kernel.web.asked import conditions_of
from kernel.web.declare import LinesView, views
from kernel.web.frame import plugin_label
from kernel.web.inbox.people import is_id
from kernel.web.layout import Placed, PlacedLines, field_at, lines_of, sections_of, tables_of
from kernel.web.linepages import pager_of
from kernel.web.posted import Posted, problems_by_name
from kernel.web.screen.form import Input, Line, Lines, Section
from kernel.web.screen.shown import Choice, Refused
from kernel.web.show import Titles, among_of, currency_of, input_of, shown, titles_for, why_refused
from kernel.workflows.machine import workflow_of

__all__ = ["Filled", "Options", "sums_of"]

FIRST_OPTIONS = 20


class Options:
    """The first choices of link fields, asked for once per page."""

    def __init__(self) -> None:
        self._known: dict[object, tuple[Choice, ...]] = {}

    def of(self, placed: Placed) -> tuple[Choice, ...]:
        """Give the first choices of a link field; none for other kinds."""
        if placed.field.kind != "link" or not placed.writable:
            return ()
        target = placed.field.target
        asked = (target.__entity__, placed.field.among)
        if asked not in self._known:
            if target.__parent__ or not rights().may("read", target.__entity__):
                self._known[asked] = ()
            else:
                chosen = conditions_of(target, among_of(placed.field))
                rows = Query(target, filter=chosen, limit=FIRST_OPTIONS, fields=()).page().rows
                self._known[asked] = tuple(Choice(str(row.id), row.title) for row in rows)
        return self._known[asked]


def sums_of(cls: type[Entity], view: LinesView, values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Give what stands below a sub-table: the document's sums with their labels, the last with its currency."""
    wanted = names(view.sums)
    found = []
    for path in wanted:
        field = field_at(cls, path)
        if field is not None:
            currency = currency_of(field, values) if path == wanted[-1] else ""
            found.append((str(field.label), shown(field, values.get(path) or 0, currency=currency).text))
    return tuple(found)


class Filled:
    """The inputs of a form, filled from a record, from what was typed, or from defaults."""

    def __init__(
        self, cls: type[Entity], values: Mapping[str, Any], posted: Posted | None, refusal: Refusal | None, *,
        new: bool, asked: Collection[str] = (), pages: Mapping[str, LinePage] | None = None,
        why: Mapping[str, str] | None = None,
    ) -> None:
        """Take what fills the form; `asked` names fields that a step asks for, typed even where nothing else is.

        `pages` say which part of its sub-tables the values hold, `why` tells what keeps formulas from a result.
        """
        self._why = why or {}
        self._cls = cls
        self._values = values
        self._posted = posted or Posted()
        self._refusal = refusal
        self._new = new
        self._asked = asked
        self._pages = pages or {}
        self._options = Options()
        self._tables = [*lines_of(cls), *tables_of(cls)]
        self._titles = self._titles_typed()
        self._errors, self._apart = (
            problems_by_name(refusal, self._posted, [table.path for table in self._tables]) if refusal else ({}, []))

    def _titles_typed(self) -> Titles:
        """Load the titles of what was chosen in pickers: it may be none of the first that they offer."""
        columns = {table.path: table.columns for table in self._tables}
        chosen = [(placed, self._posted.typed(placed.path))
                  for section in sections_of(self._cls) for placed in section.fields]
        chosen += [(column, line.texts.get(column.path)) for path, lines in self._posted.lines.items()
                   for line in lines for column in columns.get(path, ())]
        return titles_for((placed.field.target, [int(text)]) for placed, text in chosen
                          if placed.field.kind == "link" and text and is_id(text))

    def _chosen(self, field: Field, text: str | None, value: Any) -> Any:
        """Give what a picker holds: what was chosen, with its title, in place of the value before."""
        if field.kind != "link" or not text or not is_id(text) or (isinstance(value, Linked) and str(value.id) == text):
            return value
        name = field.target.__entity__
        return Linked(int(text), self._titles.get((name, int(text))), name)

    def sections(self, *, readonly: bool) -> tuple[Section, ...]:
        """Give the sections with their inputs."""
        found = []
        for section in sections_of(self._cls):
            inputs = tuple(
                self._input(placed, readonly=readonly) for placed in section.fields
                if not (self._new and not placed.writable) and not self._is_state(placed))
            if inputs:
                icon = views.menus[section.plugin].icon if section.plugin in views.menus else ""
                found.append(Section(
                    str(section.label), inputs, icon=icon,
                    source=plugin_label(section.plugin) if section.plugin else ""))
        return tuple(found)

    def _is_state(self, placed: Placed) -> bool:
        """The state stands in the workflow bar already."""
        workflow = workflow_of(self._cls)
        return workflow is not None and workflow.field == placed.path

    def _input(self, placed: Placed, *, readonly: bool) -> Input:
        fixed = (readonly or not placed.writable) and placed.path not in self._asked
        text = None if fixed else self._posted.typed(placed.path)
        return input_of(
            placed.field, placed.path, self._chosen(placed.field, text, self._values.get(placed.path)), readonly=fixed,
            text=text,
            error=self._errors.get(placed.path) or self._why.get(placed.path, ""),
            options=() if fixed else self._options.of(placed), currency=currency_of(placed.field, self._values))

    def lines(self, *, readonly: bool) -> tuple[Lines, ...]:
        """Give the sub-tables with their rows, the typed ones where the form came back."""
        found = []
        for table in self._tables:
            if readonly and not self._values.get(table.path):
                continue
            found.append(self._table(table, readonly=readonly))
        return tuple(found)

    def _table(self, table: PlacedLines, *, readonly: bool) -> Lines:
        rows: Sequence[Row] = self._values.get(table.path) or ()
        by_id = {str(row.id): row for row in rows}
        page = self._pages.get(table.path)
        long = page is not None and page.count > page.size
        if table.path in self._posted.lines:
            lines = [
                self._line(table, each.key, by_id.get(each.id), each.texts, removed=each.removed)
                for each in self._posted.lines[table.path] if not each.blank]
        else:
            lines = [
                self._line(table, f"i{row.id}" if long else str(at), row, None) for at, row in enumerate(rows)]
        formula = _formula(table)
        total = formula.partition("=")[0].strip()
        return Lines(
            name=table.path, label=str(table.field.label),
            columns=tuple(Input(c.path, self._head(table, c.field), c.field.kind) for c in table.columns),
            lines=tuple(lines),
            blank=None if readonly else self._line(table, "new", None, {}), formula=formula,
            total=total, readonly=readonly,
            sums=sums_of(self._cls, table.view, self._values) or self._column_sums(table, rows),
            error=self._errors.get(table.path, ""),
            pager=pager_of(table, page, self._values, total) if page and table.path not in self._posted.lines else None)

    def _head(self, table: PlacedLines, column: Field) -> str:
        """Give the heading of a column, with the currency where the record says it for all lines."""
        if table.field.kind != "table" or not column.currency or line_currency(table.field, column):
            return str(column.label)
        return str(_("{column} ({unit})", column=column.label, unit=currency_of(column, self._values)))

    def _line(
        self, table: PlacedLines, key: str, row: Row | None, texts: Mapping[str, str] | None, *, removed: bool = False
    ) -> Line:
        inputs = []
        for column in table.columns:
            name = f"{table.path}[{key}].{column.path}"
            value = row.values.get(column.path) if row is not None else (
                column.field.default if key == "new" else None)
            fixed = not column.writable
            currency = self._currency(
                table, column.field, row.values.get(column.field.currency or "") if row else None,
            ) if table.field.kind == "table" and column.field.currency else ""
            text = texts.get(column.path) if texts and not fixed else None
            inputs.append(input_of(
                column.field, name, self._chosen(column.field, text, value), readonly=fixed, text=text,
                error=self._errors.get(name, ""), options=() if fixed else self._options.of(column), currency=currency))
        return Line(key, tuple(inputs), str(row.id) if row is not None else "", removed,
                    self._errors.get(f"{table.path}[{key}].row", ""))

    def _column_sums(self, table: PlacedLines, rows: Sequence[Row]) -> tuple[tuple[str, str], ...]:
        if table.field.kind != "table":
            return ()
        return tuple(
            (str(column.label), str(_(", ")).join(
                shown(column, total, currency=self._currency(table, column, row_currency)).text
                for row_currency, total in totals.items()))
            for column, totals in column_sums(self._cls, table.field, rows))

    def _currency(self, table: PlacedLines, column: Field, row_currency: object) -> str:
        """Give the currency of an amount in a custom sub-table: its line's, or the record's."""
        name = line_currency(table.field, column)
        return currency_of(column, {name: row_currency} if name else self._values)

    def banner(self) -> Refused | None:
        """Say what was refused, with a link to every input it names."""
        refusal = self._refusal
        if refusal is None:
            return None
        labels = self._labels()
        fields = tuple(
            (Input(name, "").anchor, labels.get(name, name), message) for name, message in self._errors.items()
            if name in labels)
        apart = [str(problem.message) for problem in self._apart]
        apart += [message for name, message in self._errors.items() if name not in labels]
        if not fields:
            said = apart[0] if len(apart) == 1 else str(refusal)
            return Refused(said, " ".join(apart) if said not in apart else "", str(refusal.fix or ""),
                           why_href=why_refused(refusal))
        count = len(fields) + len(apart)
        title = _("Not saved yet: one thing needs a look.") if count == 1 else _(
            "Not saved yet: {count} things need a look.", count=count)
        return Refused(str(title), " ".join(apart), str(refusal.fix or ""), fields)

    def _labels(self) -> dict[str, str]:
        found = {
            placed.path: str(placed.field.label)
            for section in sections_of(self._cls) for placed in section.fields}
        for table in self._tables:
            for at, line in enumerate(self._posted.kept(table.path), start=1):
                for column in table.columns:
                    found[f"{table.path}[{line.key}].{column.path}"] = str(
                        _("{column}, line {number}", column=column.field.label, number=at))
        return found


def _formula(table: PlacedLines) -> str:
    """Give a table's formula with the column it fills: the last amount nobody types, where the view names none."""
    formula = table.view.formula
    if not formula or "=" in formula:
        return formula
    filled = [column.path for column in table.columns if not column.writable and column.field.kind == "money"]
    return f"{filled[-1]} = {formula}" if filled else ""
