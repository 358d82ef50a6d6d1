"""Mailboxes under Settings, and the mails that wait to be filed."""

from __future__ import annotations

from dataclasses import dataclass

from .form import Input, Piece
from .inbox import WaitingGroup
from .listing import Tab
from .shown import Action, Choice, Empty, Refused, Shown


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """A mailbox in the list; said is what was wrong when it was last read."""

    href: str
    label: str
    where: str
    company: str
    read: str
    state: Shown
    said: str = ""


@dataclass(frozen=True, slots=True)
class MailboxesPage:
    """All of them. new_href is empty for whoever may not set one up."""

    title: str
    rows: tuple[MailboxRow, ...]
    new_href: str = ""
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class MailboxForm:
    """The form for one. there says that it was saved before, so that it can be tried as it stands."""

    title: str
    url: str
    back_href: str
    inputs: tuple[Input, ...]
    there: bool = False
    paused: bool = False
    state: Shown | None = None
    said: str = ""
    found: str = ""
    """What was seen when it was tried."""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class MailShown:
    """A mail that is filed nowhere yet. files are (name, address); why says what is wrong with it."""

    url: str
    subject: str
    sender: str
    address: str
    when: str
    pieces: tuple[Piece, ...]
    files: tuple[tuple[str, str], ...]
    why: str = ""
    may_file: bool = False
    may_read_again: bool = False
    kinds: tuple[Choice, ...] = ()
    """What it may become: a choice's note is an icon."""
    record: Choice | None = None
    """The record that was chosen and refused."""


@dataclass(frozen=True, slots=True)
class MailsPage:
    """The mails that wait to be filed, with one of them open."""

    title: str
    tabs: tuple[Tab, ...]
    kinds: tuple[Choice, ...]
    groups: tuple[WaitingGroup, ...]
    mail: MailShown | None = None
    empty: Empty | None = None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """An answer to a mail that was filed to a record."""

    title: str
    url: str
    back_href: str
    inputs: tuple[Input, ...]
    note: str
    pieces: tuple[Piece, ...]
    refused: Refused | None = None
    action: Action | None = None
