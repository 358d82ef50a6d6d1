"""Fill documents for many records at once: rows with the person's rights, then text in each reader's language.

The number of statements doesn't depend on how many records there are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.entities.work import actor
from kernel.exchange.paths import field_at, names, readable_fields
from kernel.exchange.rows import Linked, Row, rows_of
from kernel.i18n import LOCALES, _, current_locale, use_locale
from kernel.printing.codes import code128, qr_code
from kernel.printing.declare import PrintMore, Printout, PrintTable
from kernel.printing.head import Heads, Parties
from kernel.printing.paper import Block, Fact, Facts, Grid, GridColumn, GridRow, Head, Note, Paper, Sum
from kernel.printing.written import currency_of, written
from kernel.shared.standing import CurrencyFacts
from kernel.workflows.machine import workflow_of

__all__ = ["Papers", "fill", "load"]

TAGS = {"en": ("en", "GB"), "zh_Hant": ("zh", "TW"), "zh_Hans": ("zh", "CN")}
"""Language and region as typst wants them: they choose how lines break and characters look."""
SHORT = ("date", "instant", "choice", "state", "boolean", "serial")


@dataclass(slots=True)
class Papers:
    """Filled documents with the pictures they name."""

    papers: list[Paper] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)


def load(cls: type[Entity], ids: Sequence[int]) -> list[Row]:
    """Load records with all that a person may see of them, in the order of their ids."""
    return rows_of(cls, ids)[1]


def fill(cls: type[Entity], chosen: Sequence[tuple[Row, Printout]], language: str = "") -> Papers:
    """Fill the chosen document of each row: in the language asked for, else the party's, else the company's."""
    made = Papers()
    companies = {id(row): _company(row) for row, _printout in chosen}
    heads = Heads(each for each in companies.values() if each)
    parties = _parties(chosen)
    made.pictures |= heads.pictures
    spoken = [
        language if language in LOCALES else parties.language(row.values.get(printout.to)) or heads.locale(
            companies[id(row)])
        for row, printout in chosen]
    more = _more(chosen, spoken)
    for place, (row, printout) in enumerate(chosen):
        with use_locale(spoken[place]):
            filling = _Filling(cls, printout, row, more[place], made.pictures)
            made.papers.append(filling.paper(parties, heads.head(companies[id(row)])))
    return made


def _company(row: Row) -> int | None:
    named = row.values.get("company")
    return named.id if isinstance(named, Linked) else actor().company_id


def _parties(chosen: Sequence[tuple[Row, Printout]]) -> Parties:
    linked: dict[str, set[int]] = {"to": set(), "at": set()}
    for row, printout in chosen:
        for role, name in (("to", printout.to), ("at", printout.at), ("at", printout.deliver)):
            value = row.values.get(name) if name else None
            if isinstance(value, Linked):
                linked[role].add(value.id)
    return Parties(linked["to"], linked["at"])


def _more(chosen: Sequence[tuple[Row, Printout]], spoken: Sequence[str]) -> list[PrintMore]:
    """Ask each document's own function once per language."""
    found = [PrintMore() for _each in chosen]
    groups: dict[tuple[str, str], list[int]] = {}
    for place, (_row, printout) in enumerate(chosen):
        if printout.more is not None:
            groups.setdefault((printout.name, spoken[place]), []).append(place)
    for (_name, language), places in groups.items():
        ask: Callable[[Sequence[Row]], Sequence[PrintMore]] | None = chosen[places[0]][1].more
        if ask is not None:
            with use_locale(language):
                answers = ask([chosen[place][0] for place in places])
            for place, answer in zip(places, answers, strict=True):
                found[place] = answer
    return found


class _Filling:
    """One record becoming one paper."""

    def __init__(
        self, cls: type[Entity], printout: Printout, row: Row, more: PrintMore, pictures: dict[str, bytes]
    ) -> None:
        self._cls = cls
        self._printout = printout
        self._row = row
        self._values = row.values
        self._more = more
        self._pictures = pictures

    def paper(self, parties: Parties, head: Head) -> Paper:
        """Fill it all."""
        printout, values = self._printout, self._values
        language, region = TAGS[current_locale()]
        party = values.get(printout.to) if printout.to else None
        return Paper(
            title=str(printout.label), number=self._row.title, head=head, language=language, region=region,
            page=str(_("Page {page} of {pages}", page="{page}", pages="{pages}")), state=self._state(),
            to=parties.block(party, values.get(printout.at), names(printout.kinds)) if printout.to else None,
            deliver=self._deliver(parties, party), facts=(*self._facts(names(printout.facts)), *self._more.facts),
            sections=self._sections(), tables=(*self._tables(), *self._more.tables), sums=self._sums(),
            notes=(*self._notes(), *self._more.notes),
            code=self._code(self._row.title) if printout.coded else "",
            qr=self._qr(self._row.title) if printout.coded else "",
            words={name: str(text) for name, text in printout.words.items()})

    def _state(self) -> str:
        """Say that a record is still a draft or came to nothing: a paper outlives the screen it was printed from."""
        workflow = workflow_of(self._cls)
        if workflow is None or workflow.field not in readable_fields(self._cls):
            return ""
        state = workflow.states.get(str(self._values.get(workflow.field) or workflow.initial))
        if state is None or (state.code == "draft" and self._printout.of_drafts):
            return ""
        return str(state.label) if state.code == "draft" or (state.final and state.colour != "green") else ""

    def _deliver(self, parties: Parties, party: object) -> Block | None:
        name = self._printout.deliver
        field = field_at(self._cls, name) if name else None
        return parties.place(str(field.label), party, self._values.get(name)) if field else None

    def _facts(self, paths: Sequence[str]) -> tuple[Fact, ...]:
        found = []
        for path in paths:
            field = field_at(self._cls, path)
            text = self._text(field, self._values.get(path)) if field else ""
            if field and text:
                found.append(Fact(str(field.label), text))
        return tuple(found)

    def _text(self, field: Field, value: Any) -> str:
        return written(field, value, currency=currency_of(field, self._values), coded=True)

    def _sections(self) -> tuple[Facts, ...]:
        found = (Facts(str(each.label), self._facts(names(each.fields))) for each in self._printout.sections)
        return tuple(each for each in found if each.facts)

    def _notes(self) -> tuple[Note, ...]:
        return tuple(Note(fact.text, fact.label) for fact in self._facts(names(self._printout.notes)))

    def _sums(self) -> tuple[Sum, ...]:
        paths = names(self._printout.sums)
        found = []
        for path in paths:
            field, value = field_at(self._cls, path), self._values.get(path)
            if field is None or value is None or (path != paths[-1] and not value):
                continue
            found.append(Sum(str(field.label), self._text(field, value), strong=path == paths[-1]))
        return tuple(found)

    def _tables(self) -> list[Grid]:
        shown = (self._table(each) for each in self._printout.tables)
        return [each for each in shown if each is not None]

    def _table(self, table: PrintTable) -> Grid | None:
        described = readable_fields(self._cls).get(table.field)
        lines: Sequence[Row] = self._values.get(table.field) or ()
        if described is None or not lines:
            return None
        fields = {each.name: each for each in described.columns} if described.kind == "table" else readable_fields(
            described.target)
        columns = [
            fields[name] for name in names(table.columns)
            if name in fields and any(_says(line.values.get(name)) for line in lines)]
        units = {each.unit for each in columns if each.kind == "quantity"}
        columns = [each for each in columns if each.name not in units]
        if not columns:
            return None
        lead = self._currency()
        rows = tuple(self._line(table, fields, columns, line, lead) for line in lines)
        heads = tuple(GridColumn(str(each.label), _kind(each)) for each in columns)
        if table.code is not None:
            heads = (*heads, GridColumn("", "code"))
        return Grid(heads, rows, str(table.label), table.field)

    def _currency(self) -> CurrencyFacts | None:
        """Give the currency of the document, which its lines are in too."""
        for name in names(self._printout.sums):
            field = field_at(self._cls, name)
            if field is not None and field.kind == "money":
                return currency_of(field, self._values)
        return None

    def _line(
        self, table: PrintTable, fields: Mapping[str, Field], columns: Sequence[Field], line: Row,
        currency: CurrencyFacts | None,
    ) -> GridRow:
        cells = tuple(_cell(each, line.values, currency) for each in columns)
        under = [
            text for name in names(table.under) if name in fields
            and (text := written(fields[name], line.values.get(name), currency=currency)) and text not in cells[0]]
        under += self._more.under.get(line.id, ())
        if not cells[0] and under:
            cells = (under.pop(0), *cells[1:])
        code = table.code(self._values, line.values) if table.code is not None else ""
        return GridRow(cells, tuple(under), self._code(code), code)

    def _code(self, text: str) -> str:
        """Draw a bar code once, however often it stands on the papers, and name its picture."""
        drawn = code128(text)
        if drawn is None:
            return ""
        name = f"code-{text.encode().hex()}.svg"
        self._pictures[name] = drawn
        return name

    def _qr(self, text: str) -> str:
        name = f"qr-{text.encode().hex()}.svg"
        self._pictures[name] = qr_code(text)
        return name


def _cell(field: Field, values: Mapping[str, Any], currency: CurrencyFacts | None) -> str:
    text = written(field, values.get(field.name), currency=currency)
    unit = values.get(field.unit) if field.kind == "quantity" and field.unit else None
    return f"{text} {unit.title}" if text and isinstance(unit, Linked) and unit.title else text


def _says(value: object) -> bool:
    """Tell whether a column has anything to say: a discount of nothing on every line hasn't."""
    return value not in (None, "", False) and not (isinstance(value, Decimal) and not value)


def _kind(field: Field) -> Any:
    if field.exact or field.kind == "integer":
        return "number"
    return "short" if field.kind in SHORT else "text"
