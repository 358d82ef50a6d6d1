"""What is done with mails: taken in once, filed to a record, made a record, put away.

Who reads a record reads its mails. Those that belong to no record yet are open to whoever has "read" on
kernel.incoming_mail, and filed by whoever has "file".
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, delete, func, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from kernel.discussion.models import Attachment
from kernel.discussion.services import open_record, put_file
from kernel.entities.base import Entity, entities
from kernel.entities.fields import AnyRef
from kernel.entities.work import SYSTEM, actor, in_sibling, session
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.files import CHUNK, files
from kernel.hooks.participation import taking_part
from kernel.hooks.specifications import ask
from kernel.i18n import Text, _
from kernel.mail.incoming.filing import place_of
from kernel.mail.incoming.keeping import kept
from kernel.mail.incoming.mailboxes import KnownMailbox
from kernel.mail.incoming.models import IncomingMail
from kernel.mail.incoming.parsing import ReadMail, read_mail
from kernel.mail.incoming.questions import ArrivedMail, MailTarget
from kernel.mail.incoming.signals import MailFiled, mail_filed
from kernel.mail.threads import sent_here
from kernel.permissions.guard import demand_rows
from kernel.permissions.rights import rights

__all__ = [
    "ENTITY", "file_mail", "files_of", "mail_of", "mails_of", "make_record", "put_aside", "put_away", "take_back",
    "take_in", "take_in_again", "targets", "unfiled", "unfiled_count", "unfiled_mail",
]

ENTITY = "kernel.incoming_mail"
"""What the rights to read and file unfiled mails are about, and what their files are put with until they are filed."""
ORIGINAL = "mail.eml"
MOST_SHOWN = 200

_table = cast(Table, IncomingMail.__table__)
_files = Attachment.__table__.c


def take_in(box: KnownMailbox, raw: bytes) -> bool:
    """Take a mail in, as the system for the mailbox's company: file it where it belongs. False for one that is known.

    Raises whatever a mail raises that can't be read or stored: then nothing of it is kept.
    """
    read = read_mail(raw)
    if read.message_id and sent_here(read.message_id):
        return False
    id_ = _written(box, read, "waiting", None)
    if id_ is None:
        return False
    _keep_files(id_, read)
    _file_by_rule(id_, read)
    return True


def put_aside(box: KnownMailbox, raw: bytes, why: Text, *, whole: bool = True) -> None:
    """Keep a mail that can't be taken in, with why and, where `raw` is the whole of it and fits, as it came."""
    try:
        read = read_mail(raw)
        read = ReadMail(read.key, read.message_id, read.thread, read.sender_name, read.sender, (), read.subject,
                        read.sent_at, "", read.automatic, ())
    except Exception:  # noqa: BLE001  # this is why it is put aside
        read = ReadMail(files().put(io.BytesIO(raw or b" ")).digest, "", (), "", "", (), "", None, "", False, ())
    id_ = _written(box, read, "aside", kept(why))
    if id_ is not None and whole and 0 < len(raw) <= files().most:
        _with_files(id_, [put_file(ENTITY, id_, ORIGINAL, io.BytesIO(raw))[0]])


def _written(box: KnownMailbox, read: ReadMail, state: str, error: dict[str, Any] | None) -> int | None:
    work = session().work
    dialect: Any = sqlite if work.database.is_sqlite else postgresql
    id_ = int(work.take_ids()[0])
    written: int | None = work.connection.scalar(dialect.insert(_table).values(
        id=id_, mailbox_id=box.id, company_id=box.company_id, key=read.key, message_id=read.message_id,
        thread=list(read.thread), sender_name=read.sender_name, sender=read.sender, subject=read.subject,
        text=read.text, automatic=read.automatic, sent_at=read.sent_at, at=work.now, state=state, error=error,
        entity=None, record_id=None, how="", filed_at=None, filed_by_id=None, files=[],
    ).on_conflict_do_nothing(index_elements=["company_id", "key"]).returning(_table.c.id))
    return written


def _keep_files(id_: int, read: ReadMail) -> None:
    kept_ids = []
    for each in read.files:
        name, content = each.name, each.content
        if len(content) > files().most:
            name, content = f"{name}.txt", str(_(
                "This file has {size} MB, and at most {most} MB are kept. It still lies in the mailbox.",
                size=len(content) // CHUNK, most=files().most // CHUNK)).encode()
        kept_ids.append(put_file(ENTITY, id_, name, io.BytesIO(content))[0])
    if kept_ids:
        _with_files(id_, kept_ids)


def _with_files(id_: int, file_ids: Sequence[int]) -> None:
    session().work.connection.execute(update(_table).where(_table.c.id == id_).values(files=list(file_ids)))


def _file_by_rule(id_: int, read: ReadMail) -> None:
    if (place := place_of(read)) is not None:
        _file([id_], place[0], place[1])


def _file(ids: Sequence[int], record: AnyRef, how: str) -> None:
    """Write where mails belong, bring their files along, and tell of it."""
    connection, table = session().work.connection, _table.c
    rows = connection.execute(update(_table).where(table.id.in_(ids), table.state != "filed").values(
        state="filed", entity=record.entity, record_id=record.id, how=how, filed_at=session().now, error=None,
        filed_by_id=actor().user_id).returning(_table)).all()
    if len(rows) < len(ids):
        raise NotFound("NO_SUCH_MAIL", _("There is no such mail, or it was filed already"))
    found = [row.id for row in rows]
    connection.execute(update(Attachment).where(_files.entity == ENTITY, _files.record_id.in_(found)).values(
        entity=record.entity, record_id=record.id))
    mail_filed.tell([
        MailFiled(row.id, record, row.sender_name or row.sender, row.subject, how, row.automatic) for row in rows])


def _reach(action: str) -> ColumnElement[bool]:
    granted = rights()
    granted.demand(action, ENTITY)
    if granted.system or any(each.scope == "all" for each in granted.reaches(action, ENTITY)):
        return true()
    return _table.c.company_id == actor().company_id


def unfiled(states: Sequence[str] = ("waiting", "aside"), limit: int = MOST_SHOWN) -> Sequence[Any]:
    """List the mails that belong to no record yet, latest first. Needs "read" on kernel.incoming_mail."""
    return session().work.connection.execute(
        select(_table).where(_table.c.state.in_(states), _reach("read"))
        .order_by(_table.c.at.desc(), _table.c.id.desc()).limit(limit)).all()


def unfiled_count() -> int:
    """Count the mails that wait to be filed, for whoever may read them; else none do."""
    if not rights().may("read", ENTITY):
        return 0
    return session().work.connection.scalar(select(func.count()).select_from(_table).where(
        _table.c.state.in_(("waiting", "aside")), _reach("read"))) or 0


def unfiled_mail(id_: int, action: str = "read") -> Any:
    """Give one of them. Raises NotFound where it isn't there for this person, or is filed by now."""
    row = session().work.connection.execute(
        select(_table).where(_table.c.id == id_, _table.c.state != "filed", _reach(action))).first()
    if row is None:
        raise NotFound("NO_SUCH_MAIL", _("There is no such mail, or it was filed already"))
    return row


def files_of(id_: int) -> Sequence[Any]:
    """Give the files of an unfiled mail; the caller has read the mail itself."""
    return session().work.connection.execute(
        select(Attachment.__table__).where(_files.record_id == id_, _files.entity == ENTITY).order_by(_files.id)).all()


def file_mail(id_: int, record: Entity) -> None:
    """File a mail to a record that one may read and take part in. Needs "file" on kernel.incoming_mail.

    Raises Refusal where it is another company's record.
    """
    row = unfiled_mail(id_, "file")
    open_record(type(record), record.id)
    demand_rows(session(), "comment", type(record), [record.id])
    company = getattr(record, "company_id", None)
    if company is not None and company != row.company_id:
        raise Refusal("OTHER_COMPANY", _("This record is another company's"), field="record",
                      fix=_("Choose a record of the company that the mail came to"))
    _file([id_], AnyRef(record.__entity__, record.id, record.title), "hand")


def take_back(cls: type[Entity], record_id: int, mail_id: int) -> None:
    """Take a mail with its files from a record it doesn't belong to, back to those that wait. Needs "file"."""
    mail = mail_of(cls, record_id, mail_id)
    if _outside(mail.company_id):
        raise Forbidden("OTHER_COMPANY", _("This mail came to another company"))
    table = _table.c
    session().work.connection.execute(update(_table).where(table.id == mail_id).values(
        state="waiting", entity=None, record_id=None, how="", filed_at=None, filed_by_id=None))
    session().work.connection.execute(update(Attachment).where(
        _files.id.in_(mail.files), _files.entity == cls.__entity__, _files.record_id == record_id).values(
            entity=ENTITY, record_id=mail_id))


def _outside(company_id: int) -> bool:
    reach = _reach("file")
    return session().work.connection.scalar(
        select(func.count()).select_from(_table).where(_table.c.company_id == company_id, reach)) == 0


def put_away(id_: int) -> None:
    """Say that nobody needs a mail. Needs "file" on kernel.incoming_mail."""
    unfiled_mail(id_, "file")
    session().work.connection.execute(update(_table).where(_table.c.id == id_).values(
        state="away", filed_at=session().now, filed_by_id=actor().user_id))


def take_in_again(id_: int) -> None:
    """Read a mail that was put aside once more: a newer version may understand it. Needs "file".

    Raises Refusal where it was not kept, or still can't be read.
    """
    row = unfiled_mail(id_, "file")
    original = next((each for each in files_of(id_) if each.name == ORIGINAL), None)
    if original is None:
        raise Refusal("NOT_KEPT", _("The mail itself was not kept"), fix=_("Look for it in the mailbox"))
    try:
        read = read_mail(files().read(original.sha256))
    except Exception as error:
        raise Refusal("UNREADABLE", _("It still can't be read: {error}", error=type(error).__name__)) from error
    connection = session().work.connection
    connection.execute(update(_table).where(_table.c.id == id_).values(
        state="waiting", error=None, text=read.text, subject=read.subject, sender=read.sender,
        sender_name=read.sender_name, sent_at=read.sent_at))
    connection.execute(delete(Attachment).where(_files.id == original.id))
    _with_files(id_, [])
    with in_sibling(replace(SYSTEM, company_id=row.company_id)):
        _keep_files(id_, read)
        _file_by_rule(id_, read)


def targets() -> list[MailTarget]:
    """Give what the current person may make of a mail."""
    known = taking_part()
    return [each for answer in ask.mail_becomes() for each in answer
            if each.entity in known and rights().may("create", each.entity)]


def make_record(id_: int, kind: str) -> Entity:
    """Make a record of a mail with one's own rights and file the mail to it; gives the record. Needs "file"."""
    row = unfiled_mail(id_, "file")
    target = next((each for each in targets() if each.entity == kind), None)
    if target is None:
        raise NotFound("NO_SUCH_KIND", _("A mail can't become this"))
    made: Entity = entities()[kind](**target.values(ArrivedMail(row.sender, row.sender_name, row.subject, row.text)))
    session().add(made)
    session().flush()
    _file([id_], AnyRef(kind, made.id, made.title), "hand")
    return made


def mails_of(cls: type[Entity], id_: int, limit: int = MOST_SHOWN) -> Sequence[Any]:
    """Give the mails filed to a record, latest first; the caller has read the record itself."""
    return session().work.connection.execute(
        select(_table).where(_table.c.record_id == id_, _table.c.entity == cls.__entity__)
        .order_by(_table.c.at.desc(), _table.c.id.desc()).limit(limit)).all()


def mail_of(cls: type[Entity], record_id: int, mail_id: int) -> Any:
    """Give one mail of a record; raises NotFound where the record has none of that id."""
    row = session().work.connection.execute(select(_table).where(
        _table.c.id == mail_id, _table.c.record_id == record_id, _table.c.entity == cls.__entity__)).first()
    if row is None:
        raise NotFound("NO_SUCH_MAIL", _("There is no such mail, or it isn't open to you"))
    return row
