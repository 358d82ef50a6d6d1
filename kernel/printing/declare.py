"""What a feature's prints.py says: which documents can be printed of an entity, and what stands on them.

    Printout(
        "erp_sales.order", "confirmation", _("Order confirmation"), when=confirmed, to="customer", at="bill_to",
        facts="order_date customer_reference promised_on", sums="subtotal tax_amount total", notes="comment",
        tables=(PrintTable("lines", "product quantity unit_price line_total", under="description"),))

Fields are named in one string, separated by spaces; what the person may not see doesn't print. An entity without a
declared document prints as a sheet made from its form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel.entities.base import Entity
from kernel.exchange.paths import Words
from kernel.exchange.rows import Row
from kernel.i18n import Text
from kernel.printing.paper import Fact, Grid, Note

__all__ = [
    "SHEET", "PrintMore", "PrintSection", "PrintTable", "Printout", "Values", "declared_names", "forget",
    "offered", "printouts", "sheet_maker",
]

Values = Mapping[str, Any]
"""A record's or a line's values by field path, as a row carries them; what the person may not see is missing."""
SHEET = "sheet"
"""The name of the document that every entity has."""


@dataclass(frozen=True, slots=True)
class PrintTable:
    """A sub-table on paper; a column in which nothing stands is left out.

    `under` names fields that are printed small below a line's first column, where they say more than that does.
    `code` gives the text of a line's bar code from the document's values and the line's.
    """

    field: str
    columns: Words
    under: Words = ""
    label: Text = ""
    code: Callable[[Values, Values], str] | None = None


@dataclass(frozen=True, slots=True)
class PrintSection:
    """Fields under a heading, in two columns."""

    label: Text
    fields: Words


@dataclass(frozen=True, slots=True)
class PrintMore:
    """What a document says beyond its own fields; `under` are remarks below lines, by the lines' ids."""

    facts: Sequence[Fact] = ()
    tables: Sequence[Grid] = ()
    notes: Sequence[Note] = ()
    under: Mapping[int, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Printout:
    """A document that can be printed of an entity's records."""

    entity: str
    name: str
    label: Text
    template: str = ""
    """A file in the plugin's own `printing/` folder; the kernel's document.typ where empty."""
    plugin: str = ""
    """The plugin that brings it, where that isn't the entity's."""
    when: Callable[[Values], bool] | None = None
    to: str = ""
    """The link to the party it goes to, whose language it speaks."""
    at: str = ""
    """The link to the address it goes to; the party's best of `kinds` where that is empty."""
    kinds: Words = "billing main"
    deliver: str = ""
    """The link to the address that goods go to, shown beside the other."""
    facts: Words = ""
    sections: Sequence[PrintSection] = ()
    tables: Sequence[PrintTable] = ()
    sums: Words = ""
    """Amounts at the foot of the tables, the last one as the total."""
    notes: Words = ""
    of_drafts: bool = False
    """Whether it is what a draft is for, as a request for prices is: then it doesn't say that the record is one."""
    coded: bool = False
    """Whether the title stands there as a bar code and a QR code too."""
    words: Mapping[str, Text] = field(default_factory=dict)
    """What the template says of its own, by the names it uses."""
    letter: Text = ""
    """What a mail says that the document goes with, between its greeting and its end."""
    more: Callable[[Sequence[Row]], Sequence[PrintMore]] | None = None
    """Asked once for all the records that are printed in one language."""


    @property
    def home(self) -> str:
        """Name the plugin that brings the document."""
        return self.plugin or self.entity.split(".", 1)[0]

    def __post_init__(self) -> None:
        if self.name != SHEET:
            _declared[self.entity, self.name] = self


_declared: dict[tuple[str, str], Printout] = {}
_sheets: list[Callable[[type[Entity]], Printout]] = []


def sheet_maker(make: Callable[[type[Entity]], Printout]) -> Callable[[type[Entity]], Printout]:
    """Name the function that makes the sheet of any entity; the pages do, who know its form."""
    _sheets[:] = [make]
    return make


def declared_names(entity: str) -> list[str]:
    """Name the documents that plugins declare of an entity."""
    return [name for owner, name in _declared if owner == entity]


def printouts(cls: type[Entity]) -> list[Printout]:
    """Give all documents of an entity, in the order of their declaration, its sheet last."""
    declared = [each for (entity, _name), each in _declared.items() if entity == cls.__entity__]
    return [*declared, *(make(cls) for make in _sheets)]


def offered(cls: type[Entity], values: Values) -> list[Printout]:
    """Give the documents that a record can be printed as now, the usual one first."""
    return [each for each in printouts(cls) if each.when is None or each.when(values)]


def forget(plugin: str) -> None:
    """Drop the documents of a plugin: it was uninstalled while this process runs."""
    for key in [key for key, each in _declared.items() if each.home == plugin]:
        del _declared[key]
