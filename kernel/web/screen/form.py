"""A record's page: workflow bar, sections, sub-tables, panels of other plugins, history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .shown import Action, Choice, Empty, Person, Refused, Shown

if TYPE_CHECKING:
    from .discussion import Discussion


@dataclass(frozen=True, slots=True)
class Input:
    """One field. kind is a field kind: text, note, integer, number, money, quantity, percent, boolean, date, instant,
    choice, link, state, serial, tags, email, password, colour. value is the text as typed or as it stands."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    shown: Shown | None = None
    required: bool = False
    readonly: bool = False
    help: str = ""
    error: str = ""
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    options_url: str = ""
    max_length: int | None = None
    wide: bool = False
    new_href: str = ""
    creatable: bool = False
    """Of tags: whether the person may make one by typing its name."""

    @property
    def anchor(self) -> str:
        """Give the id of the control in the page."""
        return "f-" + self.name.replace(".", "-").replace("[", "-").replace("]", "")

    @property
    def number(self) -> bool:
        """Say whether the field holds a figure."""
        return self.kind in ("integer", "number", "money", "quantity", "percent")


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading; source names the plugin that added them, empty for the entity's own."""

    label: str
    inputs: tuple[Input, ...]
    name: str = ""
    icon: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sub-table."""

    key: str
    inputs: tuple[Input, ...]
    id: str = ""
    removed: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class LineSort:
    """The link that sorts a sub-table by a column; mark is ascending or descending where it is sorted so."""

    href: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class LinePager:
    """Where a page of a long sub-table's lines stands among all: links to the others, and what is searched for.

    hidden is what the form sends along to come back here; base is what all lines come to, as the script reads it.
    """

    name: str
    text: str
    search: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    sorts: tuple[LineSort, ...] = ()
    previous_href: str = ""
    next_href: str = ""
    base: str = "0"
    count: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """A sub-table edited in place. sums are (label, text); formula tells the script how a line's amount follows, for
    the running total, as 'amount = quantity * price * (1 - discount / 100)' in column names."""

    name: str
    label: str
    columns: tuple[Input, ...]
    lines: tuple[Line, ...]
    blank: Line | None = None
    formula: str = ""
    total: str = ""
    decimals: int = 2
    currency: str = ""
    sums: tuple[tuple[str, str], ...] = ()
    error: str = ""
    readonly: bool = False
    source: str = ""
    pager: LinePager | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A state of the workflow, drawn as a dot: mark is done, now or empty."""

    label: str
    mark: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """A counted button to the records that belong to this one."""

    label: str
    note: str
    icon: str
    href: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A section another plugin put on the page. html is markup its template made; rows are (label, value)."""

    label: str
    source: str
    icon: str = "puzzle"
    html: str = ""
    rows: tuple[tuple[str, Shown], ...] = ()
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a change: before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a comment: plain, a mention, or a link."""

    text: str
    mention: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of the history. icon instead of a person where nobody's hand did it; a comment has its pieces."""

    what: str
    when: str
    who: Person | None = None
    icon: str = ""
    text: str = ""
    href: str = ""
    changes: tuple[Change, ...] = ()
    quote: str = ""
    at: dt.datetime | None = None
    pieces: tuple[Piece, ...] = ()
    anchor: str = ""
    source: str = ""
    """A comment as it was typed, for whoever may change it."""
    edit_url: str = ""
    remove_url: str = ""
    mail: FiledMail | None = None


@dataclass(frozen=True, slots=True)
class FiledMail:
    """What a mail adds to its entry: its subject, how it came here, what is folded away, and what may be done.

    files are (name, address).
    """

    subject: str
    note: str
    folded: tuple[Piece, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    answer_href: str = ""
    back_url: str = ""


@dataclass(frozen=True, slots=True)
class PrintChoice:
    """A document to print: in the language of whom it goes to, or in one of some others."""

    label: str
    href: str
    languages: tuple[Choice, ...] = ()
    mail_href: str = ""
    """Where it is sent by mail."""


@dataclass(frozen=True, slots=True)
class MailingPage:
    """A printed document as it is sent by mail; people are (address, name)."""

    title: str
    url: str
    back_href: str
    people: tuple[tuple[str, str], ...]
    inputs: tuple[Input, ...]
    languages: tuple[Choice, ...]
    language: str
    pdf_href: str
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class FormPage:
    """Everything the form template shows."""

    title: str
    url: str
    sections: tuple[Section, ...]
    subtitle: str = ""
    state: Shown | None = None
    tags: tuple[Shown, ...] = ()
    new: bool = False
    preview_url: str = ""
    """Says what would follow from what is typed; empty where nothing does."""
    version: int = 0
    steps: tuple[Step, ...] = ()
    transitions: tuple[Action, ...] = ()
    actions: tuple[Action, ...] = ()
    related: tuple[Related, ...] = ()
    lines: tuple[Lines, ...] = ()
    panels: tuple[Panel, ...] = ()
    discussion: Discussion | None = None
    star_url: str = ""
    starred: bool = False
    seen: str = ""
    """What the browser remembers to have shown: `crm.lead/17`."""
    approval: tuple[Happened, ...] = ()
    saved: str = ""
    cancel_href: str = ""
    readonly: bool = False
    readonly_why: str = ""
    refused: Refused | None = None
    position: str = ""
    previous_href: str = ""
    next_href: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    submit: str = ""
    trace_href: str = ""
    more: tuple[Action, ...] = ()
    """Links that are wanted seldom: sharing, and what one may do here."""
    why_href: str = ""
    """Where it is explained why the record can't be changed."""
    prints: tuple[PrintChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two people changed: what it was, what the other one wrote, what you wrote."""

    label: str
    was: str
    theirs: str
    yours: str
    both: bool = False


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """Two people edited one record; nothing is lost, the second one chooses."""

    title: str
    who: str
    when: str
    clashes: tuple[Clash, ...]
    url: str
    version: int
    posted: tuple[tuple[str, str], ...]
    reload_href: str
    empty: Empty | None = None
