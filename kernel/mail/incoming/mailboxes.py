"""Set mailboxes up, try them, pause and take them away; and say where answers to mails about a record go."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, case, delete, insert, select, true, update

from kernel.entities.base import entities
from kernel.entities.work import actor, current_work, session
from kernel.errors import Invalid, NotFound, Problem
from kernel.i18n import _
from kernel.mail.incoming.models import Mailbox
from kernel.mail.server import TLS, is_address
from kernel.mail.threads import tag_of
from kernel.permissions.rights import rights
from kernel.sealing import Secret

__all__ = [
    "LARGEST_MB", "PORTS", "RIGHT", "KnownMailbox", "MailboxInput", "answer_address", "change_mailbox",
    "create_mailbox", "mailbox", "mailboxes", "pause_mailbox", "remove_mailbox",
]

RIGHT = "kernel.mailbox"
"""What the rights to read and change mailboxes are about."""
PORTS = {"tls": 993, "starttls": 143, "": 143}
LARGEST_MB = 100
LONGEST_LOCAL = 64
"""Characters that stand before the @ of an address at most."""

_table = cast(Table, Mailbox.__table__)


@dataclass(frozen=True, slots=True)
class MailboxInput:
    """What is typed of a mailbox. `everything` takes in what lies there already, too."""

    label: str
    host: str
    port: int
    user: str
    company_id: int | None
    password: str = ""
    """Empty keeps the one there is, as long as the server stays the same."""
    tls: str = "tls"
    folder: str = "INBOX"
    done_folder: str = ""
    address: str = ""
    plus: bool = False
    most_mb: int = 25
    everything: bool = False

    def problems(self) -> list[Problem]:
        """Say what can't be right."""
        found = []
        if not self.label:
            found.append(Problem("label", _("Give it a name"), "REQUIRED"))
        if not self.host or any(char.isspace() for char in self.host):
            found.append(Problem("host", _("Enter the name of the mail server"), "REQUIRED"))
        if not 0 < self.port < 65536:
            found.append(Problem("port", _("A port is a number from 1 to 65535")))
        if self.tls not in TLS:
            found.append(Problem("tls", _("Choose how the connection is secured")))
        if not self.user:
            found.append(Problem("user", _("Enter the user name"), "REQUIRED"))
        if not self.folder:
            found.append(Problem("folder", _("Enter the folder that is read, such as INBOX"), "REQUIRED"))
        if self.done_folder and self.done_folder == self.folder:
            found.append(Problem("done_folder", _("This is the folder that is read")))
        if (self.address or self.plus) and not is_address(self.address):
            found.append(Problem("address", _("Enter an e-mail address, such as office@example.com")))
        if not 0 < self.most_mb <= LARGEST_MB:
            found.append(Problem("most_mb", _("A number from 1 to {most}", most=LARGEST_MB)))
        return found


@dataclass(frozen=True, slots=True)
class KnownMailbox:
    """A mailbox as it stands."""

    id: int
    label: str
    company_id: int
    host: str
    port: int
    tls: str
    user: str
    password: Secret
    folder: str
    done_folder: str
    address: str
    plus: bool
    most_mb: int
    paused: bool
    begun_at: dt.datetime | None
    uid_validity: int
    last_uid: int
    fetched_at: dt.datetime | None
    error: dict[str, Any] | None


def _mine(action: str) -> ColumnElement[bool]:
    rights().demand(action, RIGHT)
    return true() if _everywhere(action) else _table.c.company_id == actor().company_id


def _everywhere(action: str) -> bool:
    granted = rights()
    return granted.system or any(each.scope == "all" for each in granted.reaches(action, RIGHT))


def mailboxes(action: str = "read") -> list[KnownMailbox]:
    """List the mailboxes by name. Needs "read" on kernel.mailbox."""
    rows = session().work.connection.execute(
        select(_table).where(_mine(action)).order_by(_table.c.label, _table.c.id))
    return [_known(row) for row in rows]


def mailbox(id_: int, action: str = "read") -> KnownMailbox:
    """Find one. Raises NotFound where there is none, or not for this person."""
    row = session().work.connection.execute(select(_table).where(_table.c.id == id_, _mine(action))).first()
    if row is None:
        raise NotFound("MAILBOX", _("There is no such mailbox"), fix=_("Go back to the list"))
    return _known(row)


def _known(row: Any) -> KnownMailbox:
    return KnownMailbox(**{name: getattr(row, name) for name in KnownMailbox.__slots__})


def create_mailbox(given: MailboxInput) -> int:
    """Set one up; gives its id. Raises Invalid with what is wrong. Needs "change" on kernel.mailbox."""
    rights().demand("change", RIGHT)
    values = _checked(given)
    if not given.password:
        raise Invalid([Problem("password", _("Enter the password"), "REQUIRED")])
    work = session().work
    id_ = int(work.take_ids()[0])
    work.connection.execute(insert(_table).values(
        id=id_, password=Secret.of(given.password), paused=False, uid_validity=0, last_uid=0,
        begun_at=None if given.everything else work.now, fetched_at=None, error=None, **values))
    _note(id_, "create", {name: value for name, value in values.items() if name != "user"})
    return id_


def change_mailbox(id_: int, given: MailboxInput) -> None:
    """Change one; read from its beginning again where it is another folder now. Raises Invalid. Needs "change"."""
    before = mailbox(id_, "change")
    values = _checked(given)
    if given.password:
        values["password"] = Secret.of(given.password)
    elif (before.host, before.port) != (given.host, given.port) or not before.password.readable:
        raise Invalid([Problem("password", _("Enter the password"), "REQUIRED")])
    if (before.host, before.user, before.folder) != (given.host, given.user, given.folder):
        values |= {"uid_validity": 0, "last_uid": 0}
    session().work.connection.execute(update(_table).where(_table.c.id == id_).values(error=None, **values))
    _note(id_, "change", {
        name: [getattr(before, name), value] for name, value in values.items()
        if name not in ("password", "user", "uid_validity", "last_uid") and getattr(before, name) != value})


def _checked(given: MailboxInput) -> dict[str, Any]:
    problems = given.problems()
    if given.company_id is None or not (given.company_id == actor().company_id or _everywhere("change")):
        problems.append(Problem("company", _("Choose the company whose mails these are"), "REQUIRED"))
    if problems:
        raise Invalid(problems)
    return {
        "label": given.label[:80], "company_id": given.company_id, "host": given.host, "port": given.port,
        "tls": given.tls, "user": given.user, "folder": given.folder, "done_folder": given.done_folder,
        "address": given.address, "plus": given.plus, "most_mb": given.most_mb}


def pause_mailbox(id_: int, paused: bool) -> None:
    """Read one no more for a while, or go on with it. Needs "change" on kernel.mailbox."""
    mailbox(id_, "change")
    session().work.connection.execute(update(_table).where(_table.c.id == id_).values(paused=paused, error=None))
    _note(id_, "change", {"paused": [not paused, paused]})


def remove_mailbox(id_: int) -> None:
    """Read one no more and forget how to; the mails that came from it stay. Needs "change" on kernel.mailbox."""
    before = mailbox(id_, "change")
    session().work.connection.execute(delete(_table).where(_table.c.id == id_))
    _note(id_, "delete", {"label": before.label})


def _note(id_: int, action: str, changes: dict[str, Any]) -> None:
    current = session()
    current.work.audit.note_act(
        action, RIGHT, id_, actor().company_id, changes, current.now, current.work.origin(actor()))


def answer_address(entity: str, record_id: int) -> str:
    """Give the address that answers to mails about a record shall go to; empty where no mailbox says one.

    Where the server takes it, the address names the record, so that also programs that thread badly lead back to it.
    """
    cls = entities().get(entity)
    boxes, connection = _table.c, current_work().connection
    statement = select(boxes.address, boxes.plus).where(boxes.address != "", boxes.paused.is_(False))
    if cls is not None and cls.__company__ != "none" and "company_id" in cls.__table__.c:
        company = connection.scalar(select(cls.__table__.c.company_id).where(cls.__table__.c.id == record_id))
        if cls.__company__ == "required" or company is not None:
            statement = statement.where(boxes.company_id == company)
    found = connection.execute(statement.order_by(case((boxes.plus, 0), else_=1), boxes.id).limit(1)).first()
    if found is None:
        return ""
    local, _at, host = found.address.rpartition("@")
    tagged = f"{local}+{tag_of(entity, record_id)}"
    return f"{tagged}@{host}" if found.plus and len(tagged) <= LONGEST_LOCAL else str(found.address)
