"""What administrators see of who may do what: roles, the matrix of a role or an entity, users, and answers to 'why'."""

from __future__ import annotations

from dataclasses import dataclass

from .form import Input
from .shown import Choice, Refused, Shown


@dataclass(frozen=True, slots=True)
class RoleCard:
    """A role in the list: who ships it, who has it, what became of it."""

    name: str
    code: str
    href: str
    people: str
    tags: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleGroup:
    """The roles that one plugin ships, or the company's own."""

    label: str
    icon: str
    roles: tuple[RoleCard, ...]


@dataclass(frozen=True, slots=True)
class RolesPage:
    """The list of roles; entities are links to the matrix of one entity over all roles."""

    groups: tuple[RoleGroup, ...]
    entities: tuple[tuple[str, tuple[Choice, ...]], ...]
    tabs: tuple[Choice, ...]
    name: Input
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A select of the matrix; inherited says what comes by a wider grant, where that is so."""

    name: str
    label: str
    value: str
    choices: tuple[Choice, ...]
    inherited: str = ""
    was: str = ""
    """What the plugin ships instead, where an administrator changed it."""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """An entity in the matrix of a role, or a role in that of an entity. more are its workflow's steps."""

    label: str
    cells: tuple[Cell, ...]
    more: tuple[Cell, ...] = ()
    more_granted: int = 0
    code: str = ""
    part: bool = False
    granted: bool = False
    fields_href: str = ""
    fields_note: str = ""
    current: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class MatrixGroup:
    """The rows of a plugin."""

    label: str
    icon: str
    name: str
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True)
class FieldPanel:
    """The field rules of an entity beside the matrix, by its parts."""

    label: str
    parts: tuple[tuple[str, tuple[Cell, ...]], ...]
    close_href: str


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """Entities or roles against actions, each cell a select, saved by one bar."""

    title: str
    subtitle: str
    url: str
    back_href: str
    actions: tuple[str, ...]
    groups: tuple[MatrixGroup, ...]
    seen: tuple[tuple[str, str], ...]
    head: str
    tags: tuple[Shown, ...] = ()
    fields: FieldPanel | None = None
    inputs: tuple[Input, ...] = ()
    copy_url: str = ""
    restore_url: str = ""
    changed: str = ""
    archive_url: str = ""
    members: tuple[Shown, ...] = ()
    members_href: str = ""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user in the list of access."""

    name: str
    login: str
    href: str
    roles: tuple[str, ...]
    factor: Shown
    last: str
    state: Shown


@dataclass(frozen=True, slots=True)
class UsersPage:
    """Users with their roles; next_href leads on."""

    rows: tuple[UserRow, ...]
    tabs: tuple[Choice, ...]
    find: Input
    next_href: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What a user may do with an entity: per action the scope, and the roles it comes from."""

    label: str
    allowed: tuple[tuple[str, str, str], ...]
    hidden: str = ""
    why_href: str = ""


@dataclass(frozen=True, slots=True)
class UserAccess:
    """A user's roles, what comes of them, and what can be done about their sign-in."""

    title: str
    login: str
    url: str
    roles: tuple[tuple[str, tuple[Choice, ...]], ...]
    results: tuple[tuple[str, tuple[Result, ...]], ...]
    facts: tuple[tuple[str, Shown], ...]
    sessions: int
    see_url: str = ""
    see_why_not: str = ""
    reset_link: str = ""
    factor_on: bool = False
    locked: bool = False
    links: tuple[tuple[str, str, str], ...] = ()
    password_href: str = ""
    form_href: str = ""
    log_href: str = ""
    why_href: str = ""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of an answer: a role with what it gives or takes; tone is green or amber or empty."""

    text: str
    tone: str = ""
    href: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be done, and why."""

    label: str
    yes: bool
    said: str
    reasons: tuple[Reason, ...] = ()
    givers: tuple[Reason, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class WhyPage:
    """The answer to 'why can't I?': actions, then fields; with a form for administrators to ask for others."""

    title: str
    subtitle: str
    actions: tuple[Verdict, ...] = ()
    fields: tuple[Verdict, ...] = ()
    back_href: str = ""
    asks: tuple[Input, ...] = ()
    tabs: tuple[Choice, ...] = ()
    url: str = ""
    note: str = ""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class ShareRow:
    """With whom a record is shared."""

    whom: str
    kind: str
    icon: str
    mode: str
    until: str
    by: str
    over: bool = False
    remove_url: str = ""


@dataclass(frozen=True, slots=True)
class SharesPage:
    """The sharing of one record."""

    title: str
    what: str
    url: str
    back_href: str
    rows: tuple[ShareRow, ...]
    inputs: tuple[Input, ...] = ()
    may_change: bool = False
    note: str = ""
    refused: Refused | None = None
