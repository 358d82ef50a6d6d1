"""The pages of an import: the upload, the match of columns, the check, how far it is, what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from .shown import Action, Choice, Empty, Refused


@dataclass(frozen=True, slots=True)
class Step:
    """One of the steps at the top; state is done, now or empty."""

    label: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of a check or an import; tone is red where it says what is wrong."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class PastImport:
    """An import in the list of them."""

    file: str
    href: str
    who: str
    when: str
    state: str
    tone: str
    counts: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What every page of an import begins with."""

    title: str
    url: str
    steps: tuple[Step, ...] = ()
    about: str = ""
    """The file, and how many rows it has."""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class UploadPage:
    """Where a file is chosen; past are the latest imports."""

    head: Head
    kinds: str
    template_href: str
    past: tuple[PastImport, ...] = ()
    all_href: str = ""


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that a column may fill; label says whose they are, where they aren't the entity's own."""

    label: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column of the file, what stands in it, and what it fills (a value of the field groups)."""

    at: int
    name: str
    samples: tuple[str, ...]
    chosen: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ColumnsPage:
    """Where columns are matched to fields; reading are the selects that say how the file is written."""

    head: Head
    columns: tuple[ColumnRow, ...]
    fields: tuple[FieldGroup, ...]
    reading: tuple[tuple[str, str, tuple[Choice, ...]], ...]
    """Name, label and choices of each."""
    written: tuple[tuple[str, str, tuple[Choice, ...]], ...]
    existing: tuple[Choice, ...]
    groups: tuple[Choice, ...] = ()
    group_label: str = ""
    needed: tuple[str, ...] = ()
    """Labels of fields that a new record needs."""
    back_href: str = ""


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell of a wrong row, with what is wrong with it."""

    text: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class WrongLine:
    """A wrong row; error is about the row as such."""

    line: str
    cells: tuple[WrongCell, ...]
    error: str = ""


@dataclass(frozen=True, slots=True)
class WrongRows:
    """A page of wrong rows: header names each column and the field it fills."""

    header: tuple[tuple[str, str], ...] = ()
    rows: tuple[WrongLine, ...] = ()
    summary: str = ""
    previous_href: str = ""
    next_href: str = ""
    download_href: str = ""


@dataclass(frozen=True, slots=True)
class CheckPage:
    """What an import would do; good_label and verb are of the rows that would come in."""

    head: Head
    facts: tuple[Fact, ...]
    wrong: WrongRows
    verb: str
    good_label: str = ""
    good: bool = True
    """Whether any row would come in."""
    note: str = ""
    back_href: str = ""


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """How far an import is; the script asks ask_href, and goes on to the head's address when it is through."""

    head: Head
    text: str
    done: int
    total: int
    ask_href: str
    leave: Action


@dataclass(frozen=True, slots=True)
class UndoPart:
    """What undoing would do; blocked are title, address and reason of records that it can't."""

    sentence: str
    facts: tuple[Fact, ...] = ()
    blocked: tuple[tuple[str, str, str], ...] = ()
    more: str = ""
    whole_label: str = ""
    part_label: str = ""


@dataclass(frozen=True, slots=True)
class DonePage:
    """What came of an import."""

    head: Head
    sentence: str
    tone: str
    facts: tuple[Fact, ...]
    wrong: WrongRows
    actions: tuple[Action, ...] = ()
    undo_href: str = ""
    undo: UndoPart | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ImportsPage:
    """The imports of an entity."""

    head: Head
    rows: tuple[PastImport, ...]
    new: Action | None = None
    next_href: str = ""
    empty: Empty | None = None
