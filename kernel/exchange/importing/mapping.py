"""What a mapping file says: where each field of each record comes from. `reading` reads it from TOML."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernel.exchange.importing.formula import Formula, Template

__all__ = ["Cells", "Condition", "FieldRule", "Format", "Join", "MappingFile", "Step"]


@dataclass(frozen=True, slots=True)
class Format:
    """How a file writes its text, numbers and dates."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skip: int = 0
    """Lines before the header."""
    decimal: str = "."
    thousands: str = ""
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    yes: tuple[str, ...] = ("1", "true", "yes", "y")
    no: tuple[str, ...] = ("0", "false", "no", "n")
    empty: tuple[str, ...] = ("", "NULL")
    """Cells that say nothing."""
    timezone: str = "UTC"
    """The IANA zone of moments that name none."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Where a text comes from: the first filled of some columns, columns joined to a key, a template, a formula or
    a constant."""

    first: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    template: Template | None = None
    formula: Formula | None = None
    constant: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns it reads."""
        if self.template is not None:
            return self.template.columns
        if self.formula is not None:
            return self.formula.columns
        return self.first or self.key

    @property
    def written(self) -> bool:
        """Say whether the mapping itself gives the value, written its own way and not the file's."""
        return self.formula is not None or self.constant is not None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field gets its value."""

    field: str
    """The field's name; of a component `slot.field`."""
    cells: Cells
    values: Mapping[str, str] | None = None
    otherwise: str | None = None
    """The value for cells that `values` doesn't name; without it they are refused."""
    default: str | None = None
    """The value for empty cells."""
    ref: tuple[str, ...] = ()
    """Steps one of which brought in the record that the cell is the key of."""
    find: str | None = None
    """The field of the linked entity that the cell is the value of."""
    format: Format = Format()
    cut: bool = False
    """Cut text that is too long instead of refusing it."""
    spec: str = ""
    """The rule as written: when it changes, its field is compared again."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Which rows are wanted: all of the column tests and the formula hold."""

    tests: tuple[tuple[str, frozenset[str], bool], ...] = ()
    """Column, values, and whether the cell must be among them (or must not)."""
    formula: Formula | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns it reads."""
        return (*(column for column, _values, _wanted in self.tests), *(self.formula.columns if self.formula else ()))


@dataclass(frozen=True, slots=True)
class Join:
    """Another file whose row, found by equal columns, stands beside this one's: `name.Column`."""

    name: str
    file: str
    on: tuple[tuple[str, str], ...]
    """Pairs of a column here and a column there."""
    sheet: str | None = None
    where: Condition | None = None
    several: str = "refuse"
    """What to do where several rows match: refuse, first or last."""
    required: bool = False
    """Refuse rows without a match."""
    unused: str = "ignore"
    """What to do with rows of that file that no row here matches: ignore, or report as refused."""
    format: Format = Format()


@dataclass(frozen=True, slots=True)
class Step:
    """One file's rows becoming records of one entity."""

    name: str
    entity: str
    file: str
    key: tuple[str, ...]
    """The columns that tell rows apart from one import to the next; without any each line is a row of its own, and
    nothing is remembered of it."""
    rules: tuple[FieldRule, ...]
    sheet: str | None = None
    where: Condition | None = None
    joins: tuple[Join, ...] = ()
    match: tuple[str, ...] = ()
    """Fields by which a record that exists already is taken over instead of created again."""
    existing: str = "change"
    """What becomes of a record taken over: change it to what the row says, or keep it as it is."""
    repeats: str = "refuse"
    """What to do with rows that repeat a key: refuse, or first (the first row gives the record)."""
    history: bool = False
    company: str | None = None
    """own: the records belong to the importing company; shared: to the whole group."""
    format: Format = Format()
    action: str | None = None
    """The transition that the records this import created are taken through, once all steps have run."""
    only_existing: bool = False
    """Refuse rows that `match` finds no record for."""


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A mapping file, read and checked for its words."""

    path: Path
    source: str
    steps: tuple[Step, ...]
    company: str | None = None
    all_or_nothing: bool = False
    once: bool = False
    """Nothing is remembered for another import of the same source."""
