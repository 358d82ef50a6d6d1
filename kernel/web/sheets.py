"""The sheet that any record can be printed as: its form on paper, as the person sees it."""

from kernel.entities.base import Entity
from kernel.printing.declare import SHEET, Printout, PrintSection, PrintTable
from kernel.web.declare import views
from kernel.web.layout import Placed, lines_of, sections_of, tables_of

__all__ = ["form_sheet"]


def form_sheet(cls: type[Entity]) -> Printout:
    """Make the document of an entity that has none of its own: the sections, sub-tables and sums of its form."""
    placed = sections_of(cls)
    fields = [each for section in placed for each in section.fields]
    party = next((each.path for each in fields if _is_party(each)), "")
    lead, *others = [
        (section.label, [
            each.path for each in section.fields
            if each.field.kind != "note" and each.path not in (party, cls.__title__)])
        for section in placed] or [("", [])]
    tables = [*lines_of(cls), *tables_of(cls)]
    view = views.forms.get(cls.__entity__)
    return Printout(
        cls.__entity__, SHEET, cls.__label__, to=party, facts=lead[1],
        sections=tuple(PrintSection(label, paths) for label, paths in others),
        tables=tuple(
            PrintTable(table.path, [each.path for each in table.columns], label=table.field.label)
            for table in tables),
        sums=next((each.sums for each in (view.lines if view else ()) if each.sums), ""),
        notes=[each.path for each in fields if each.field.kind == "note"])


def _is_party(placed: Placed) -> bool:
    return placed.field.kind == "link" and placed.field.target.__entity__ == "kernel.party" and "." not in placed.path
