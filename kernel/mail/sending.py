"""Put mails by in the transaction that wants them, and send them after its commit.

    post([Mail("mei@example.com", "Your quotation", letter, company="Formosa Cycle Works")])

What rolls back mails nothing. A mail keeps one Message-ID however often it is tried, and answers to all mails about a
record belong to one thread.
"""

import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from kernel.entities.work import SYSTEM, session, unit_of_work
from kernel.errors import Refusal, Unavailable
from kernel.files import files
from kernel.i18n import _
from kernel.jobs.declare import enqueue, job
from kernel.mail.incoming.mailboxes import answer_address
from kernel.mail.letters import Letter
from kernel.mail.models import OutgoingMail, RefusedAddress
from kernel.mail.server import MailServer, connected, is_address, mail_server
from kernel.mail.threads import message_id_of, thread_of

__all__ = ["EnclosedFile", "Mail", "compose", "compose_now", "post", "refusal_of", "send_mail"]

_table = cast(Table, OutgoingMail.__table__)
LONGEST_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class EnclosedFile:
    """A file of the store that goes with a mail."""

    name: str
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one address."""

    address: str
    subject: str
    letter: Letter
    user_id: int | None = None
    record: tuple[str, int] | None = None
    """The entity and id of what it is about."""
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[EnclosedFile] = ()


def post(mails: Sequence[Mail]) -> list[int]:
    """Put mails by; each is sent by a job of its own after the commit. Gives their ids.

    Raises Refusal NO_MAIL_SERVER where none is set up, ADDRESS for what is no address.
    """
    if not mails:
        return []
    if mail_server() is None:
        raise Refusal(
            "NO_MAIL_SERVER", _("No mail server is set up"), fix=_("An administrator sets it up in the settings"))
    for each in mails:
        if not is_address(each.address):
            raise Refusal("ADDRESS", _("“{address}” is no e-mail address", address=each.address), field="address")
    work = session().work
    ids = [int(id_) for id_ in work.take_ids(len(mails))]
    work.connection.execute(insert(_table), [
        {"id": id_, "user_id": each.user_id, "address": each.address, "sender": each.letter.company[:120],
         "subject": " ".join(each.subject.split())[:LONGEST_SUBJECT], "text": each.letter.as_text(),
         "html": each.letter.as_html(), "headers": dict(each.headers),
         "attachments": [{"name": one.name, "media_type": one.media_type, "sha256": one.sha256} for one in each.files],
         "entity": each.record[0] if each.record else None, "record_id": each.record[1] if each.record else None,
         "state": "waiting", "error": None, "at": work.now, "sent_at": None}
        for id_, each in zip(ids, mails, strict=True)])
    for id_ in ids:
        enqueue(send_mail, id_)
    return ids


@job("kernel.send_mail", outside=True)
def send_mail(mail_id: int) -> None:
    """Send one mail that waits; where the server is away the job is tried again, where it refuses it is noted."""
    with unit_of_work(SYSTEM, reading=True) as system:
        row = system.work.connection.execute(
            select(_table).where(_table.c.id == mail_id, _table.c.state == "waiting")).first()
        server = mail_server()
        message = compose(row, server) if row is not None and server is not None else None
    if row is None:
        return
    if server is None or message is None:
        raise Unavailable("NO_MAIL_SERVER", _("No mail server is set up"))
    refused: str | None = None
    of_address = True
    try:
        with connected(server) as smtp:
            smtp.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = error.recipients[row.address]
        if code < 500:
            raise
        refused = _words(said)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        if error.smtp_code < 500:
            raise
        refused, of_address = _words(error.smtp_error), False
    with unit_of_work(SYSTEM):
        if refused is not None:
            _note(row, refused, of_address=of_address)
        else:
            _note_sent(row)


def _note_sent(row: Any) -> None:
    connection = session().work.connection
    connection.execute(update(_table).where(_table.c.id == row.id).values(
        state="sent", sent_at=session().now, error=None))
    connection.execute(delete(RefusedAddress).where(RefusedAddress.__table__.c.address == row.address))


def _words(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def _note(row: Any, reason: str, *, of_address: bool = True) -> None:
    """Note why a mail will not be taken, and that its address isn't, where that is why."""
    work = session().work
    work.connection.execute(update(_table).where(_table.c.id == row.id).values(state="refused", error=reason))
    if of_address:
        dialect: Any = sqlite if work.database.is_sqlite else postgresql
        work.connection.execute(
            dialect.insert(RefusedAddress).values(address=row.address, reason=reason, at=work.now)
            .on_conflict_do_update(index_elements=["address"], set_={"reason": reason, "at": work.now}))


def refusal_of(address: str) -> str:
    """Say why mails to an address were refused last; empty where they weren't."""
    table = RefusedAddress.__table__.c
    return session().work.connection.scalar(select(table.reason).where(table.address == address)) or ""


def compose_now(address: str, subject: str, letter: Letter, server: MailServer) -> EmailMessage:
    """Make a message that is sent at once and kept nowhere: to try a server."""
    work = session().work
    row = SimpleNamespace(
        id=f"try-{int(work.now.timestamp())}", address=address, sender=letter.company, subject=subject, at=work.now,
        text=letter.as_text(), html=letter.as_html(), headers={}, attachments=[], entity=None, record_id=None)
    return compose(row, server)


def _threading(row: Any, domain: str) -> dict[str, str]:
    """Give a mail's own headers with those by which programs thread it, and answers to it find back to its record."""
    if row.record_id is None:
        return dict(row.headers)
    thread = thread_of(row.entity, row.record_id, domain)
    answers = [*filter(None, (answer_address(row.entity, row.record_id), row.headers.get("Reply-To")))]
    before = f"{row.headers['References']} " if "References" in row.headers else ""
    return {"In-Reply-To": thread, **row.headers, "References": f"{before}{thread}",
            **({"Reply-To": ", ".join(answers)} if answers else {})}


def compose(row: Any, server: MailServer) -> EmailMessage:
    """Make the message of a mail that waits: text and HTML, files, and what programs thread it by."""
    message = EmailMessage(policy=SMTP)
    domain = server.sender.rpartition("@")[2]
    name, _at, host = server.sender.rpartition("@")
    message["From"] = Address(row.sender, name, host)
    message["To"] = row.address
    message["Subject"] = row.subject
    message["Date"] = format_datetime(row.at)
    message["Message-ID"] = message_id_of(row.id, domain)
    for header, value in _threading(row, domain).items():
        message[header] = value
    message.set_content(row.text)
    message.add_alternative(row.html, subtype="html")
    for each in row.attachments:
        main, _slash, sub = each["media_type"].partition("/")
        message.add_attachment(
            files().read(each["sha256"]), maintype=main, subtype=sub, filename=each["name"])
    return message
