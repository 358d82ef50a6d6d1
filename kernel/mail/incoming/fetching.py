"""Read mailboxes by IMAP. Each mail is taken in and marked as read so far in one transaction of its own.

Killed at any moment, the next run goes on: what was not committed is read again, and what was is known by its key.
Nothing is changed on the server but that mails which were taken in are moved, where a folder is named for them.
"""

import datetime as dt
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, cast

import structlog
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError
from sqlalchemy import Table, and_, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from kernel.entities.work import SYSTEM, session, unit_of_work
from kernel.errors import Invalid, Problem, Refusal, Unavailable
from kernel.i18n import Text, _
from kernel.mail.incoming.keeping import kept
from kernel.mail.incoming.mailboxes import KnownMailbox, MailboxInput
from kernel.mail.incoming.models import Mailbox
from kernel.mail.incoming.services import put_aside, take_in

__all__ = ["Looked", "fetch_all", "fetch_mailbox", "look_into"]

log = structlog.get_logger("trellis.mail")
PATIENCE = 20.0
"""Seconds a server has to answer, each time."""
SPELL = 60.0
"""Seconds for which one mailbox is read; the next run goes on with the rest."""
AT_ONCE = 500
"""Mails of which the sizes are asked at once."""
SKEW = dt.timedelta(minutes=10)
"""By how much a server's clock may differ from this one's before a new mail is taken for an old one."""
MB = 1024 * 1024
SHOWN_FOLDERS = 12

_table = cast(Table, Mailbox.__table__)


@dataclass(frozen=True, slots=True)
class Looked:
    """What is seen of a mailbox when it is tried."""

    mails: int


@contextmanager
def _opened(box: KnownMailbox | MailboxInput, password: str) -> Iterator[IMAPClient]:
    """Connect, sign in and leave again; raises what the library and the network raise."""
    context = ssl.create_default_context()
    client = IMAPClient(box.host, box.port, ssl=box.tls == "tls", ssl_context=context if box.tls == "tls" else None,
                        timeout=PATIENCE)
    try:
        client.normalise_times = False
        if box.tls == "starttls":
            client.starttls(context)
        client.login(box.user, password)
        yield client
    finally:
        with suppress(OSError, IMAPClientError):
            client.logout()


def look_into(box: KnownMailbox | MailboxInput, password: str) -> Looked:
    """Try a mailbox without changing anything; raises Refusal saying in one line what is wrong."""
    try:
        with _opened(box, password) as client:
            seen = _selected(client, box.folder, readonly=True)
            if box.done_folder and not client.folder_exists(box.done_folder):
                raise Invalid([Problem("done_folder", _no_folder(client, box.done_folder), "NO_FOLDER")])
            return Looked(int(seen[b"EXISTS"]))
    except (OSError, IMAPClientError) as error:
        raise Refusal("MAILBOX", _reason(error, box), fix=_(
            "Compare the form with what your mail provider says")) from error


def _selected(client: IMAPClient, folder: str, *, readonly: bool) -> dict[bytes, Any]:
    try:
        return dict(client.select_folder(folder, readonly=readonly))
    except IMAPClientError as error:
        if client.folder_exists(folder):
            raise
        raise Invalid([Problem("folder", _no_folder(client, folder), "NO_FOLDER")]) from error


def _no_folder(client: IMAPClient, folder: str) -> Text:
    names = [str(name) for _flags, _delimiter, name in client.list_folders()]
    return _("There is no folder “{folder}”; there are: {names}", folder=folder,
             names=", ".join(names[:SHOWN_FOLDERS]))


def _reason(error: Exception, box: KnownMailbox | MailboxInput) -> Text:
    """Say in one line what is wrong."""
    if isinstance(error, LoginError):
        return _("The server does not take this user name and password: {answer}", answer=_answer(error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("The certificate of {host} can't be trusted: {why}", host=box.host, why=error.verify_message)
    if isinstance(error, ssl.SSLError):
        return _("No secured connection comes about with {host}: is port {port} right for this encryption?",
                 host=box.host, port=box.port)
    if isinstance(error, socket.gaierror):
        return _("There is no server named {host}", host=box.host)
    if isinstance(error, TimeoutError):
        return _("{host} does not answer on port {port}", host=box.host, port=box.port)
    if isinstance(error, ConnectionRefusedError):
        return _("{host} takes no connection on port {port}", host=box.host, port=box.port)
    return _("The server broke off: {answer}", answer=_answer(error))


def _answer(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else error.args[0] if error.args else ""
    words = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    words = words.removeprefix("b'").removesuffix("'")
    return " ".join(words.split())[:300] or type(error).__name__


def fetch_all() -> None:
    """Read all mailboxes that are not paused, each for a while; what is wrong with one is noted with it."""
    with unit_of_work(SYSTEM, reading=True) as system:
        ids = list(system.work.connection.scalars(
            select(_table.c.id).where(_table.c.paused.is_(False)).order_by(_table.c.fetched_at, _table.c.id)))
    for id_ in ids:
        fetch_mailbox(id_)


def fetch_mailbox(id_: int) -> int:
    """Read one mailbox outside of any unit of work; gives how many new mails came. Its errors are noted with it."""
    with unit_of_work(SYSTEM, reading=True) as system:
        row = system.work.connection.execute(select(_table).where(_table.c.id == id_)).first()
    if row is None:
        return 0
    box = KnownMailbox(**{name: getattr(row, name) for name in KnownMailbox.__slots__})
    error: Text | None = None
    taken = 0
    try:
        with _opened(box, box.password.open()) as client:
            taken = _read(client, box)
    except Refusal as refusal:
        error = refusal.problems[0].message if refusal.problems else refusal.message
    except (OSError, IMAPClientError) as failed:
        error = _reason(failed, box)
    if error is not None:
        log.warning("mailbox.failed", mailbox=box.label, error=str(error))
    with unit_of_work(SYSTEM) as system:
        system.work.connection.execute(update(_table).where(_table.c.id == id_).values(
            fetched_at=system.now, error=kept(error) if error is not None else None))
    return taken


def _read(client: IMAPClient, box: KnownMailbox) -> int:
    seen = _selected(client, box.folder, readonly=not box.done_folder)
    validity, taken, until = int(seen[b"UIDVALIDITY"]), 0, time.monotonic() + SPELL
    last = box.last_uid if validity == box.uid_validity else 0
    wanted = sorted(uid for uid in client.search(_since(box, f"{last + 1}:*")) if uid > last)
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start:start + AT_ONCE]
        facts = client.fetch(some, ["RFC822.SIZE", "INTERNALDATE"])
        for uid in some:
            known = facts.get(uid)
            if known is not None and not _before(box, known):
                taken += _take(client, box, validity, uid, int(known[b"RFC822.SIZE"]))
            last = uid
            if time.monotonic() > until:
                break
        if time.monotonic() > until:
            break
    _read_up_to(box, validity, last)
    if box.done_folder and last:
        _move(client, box, last)
    return taken


def _since(box: KnownMailbox, uids: str) -> list[Any]:
    """Ask for mails by UID; the server compares whole days in a zone of its own, so one day more."""
    since = ["SINCE", (box.begun_at - dt.timedelta(days=1)).date()] if box.begun_at else []
    return ["UID", uids, *since]


def _before(box: KnownMailbox, known: dict[bytes, Any]) -> bool:
    """Say whether a mail lay there before the mailbox was set up."""
    came = known.get(b"INTERNALDATE")
    return bool(box.begun_at and came is not None and came < box.begun_at - SKEW)


def _take(client: IMAPClient, box: KnownMailbox, validity: int, uid: int, size: int) -> int:
    """Take one mail in; what is wrong with it puts it aside, what is wrong with the database raises."""
    if size > box.most_mb * MB:
        headers = _content(client, uid, "BODY.PEEK[HEADER]")
        why = _("It has {size} MB, and this mailbox takes {most}. It still lies there.",
                size=size // MB, most=box.most_mb)
        return _aside(box, validity, uid, headers, why, whole=False)
    raw = _content(client, uid, "BODY.PEEK[]")
    if raw is None:
        return 0  # somebody took it away meanwhile
    try:
        with unit_of_work(_actor(box)):
            came = take_in(box, raw)
            _note_read(box, validity, uid)
        return int(came)
    except (OperationalError, InterfaceError, OSError, MemoryError, Unavailable):
        raise  # it isn't the mail's fault: it is read again
    except Exception as error:  # noqa: BLE001  # one poisonous mail must not stop the others
        reason = error
    log.warning("mail.put_aside", mailbox=box.label, uid=uid, exc_info=reason)
    said = _("It can't be read: {error}", error=str(reason) if isinstance(reason, Refusal) else type(reason).__name__)
    return _aside(box, validity, uid, raw, said)


def _content(client: IMAPClient, uid: int, part: str) -> bytes | None:
    answer = client.fetch([uid], [part]).get(uid)
    return None if answer is None else cast(bytes, answer[part.replace(".PEEK", "").encode()])


def _aside(
    box: KnownMailbox, validity: int, uid: int, raw: bytes | None, why: Text, *, whole: bool = True
) -> int:
    with unit_of_work(_actor(box)):
        put_aside(box, raw or b"", why, whole=whole)
        _note_read(box, validity, uid)
    return 1


def _actor(box: KnownMailbox) -> Any:
    return replace(SYSTEM, company_id=box.company_id)


def _read_up_to(box: KnownMailbox, validity: int, last: int) -> None:
    with unit_of_work(SYSTEM):
        _note_read(box, validity, last)


def _note_read(box: KnownMailbox, validity: int, uid: int) -> None:
    """Note how far the mailbox was read, unless another process is further, or it leads somewhere else by now."""
    table = _table.c
    session().work.connection.execute(update(_table).where(
        table.id == box.id, table.host == box.host, table.user == box.user, table.folder == box.folder,
        or_(table.uid_validity != validity, and_(table.uid_validity == validity, table.last_uid < uid)),
    ).values(uid_validity=validity, last_uid=uid))


def _move(client: IMAPClient, box: KnownMailbox, last: int) -> None:
    """Move what was taken in, also by a run that was killed before it came to that."""
    done = [uid for uid in client.search(_since(box, f"1:{last}")) if uid <= last]
    for start in range(0, len(done), AT_ONCE):
        some = done[start:start + AT_ONCE]
        if box.begun_at is not None:
            facts = client.fetch(some, ["INTERNALDATE"])
            some = [uid for uid in some if uid in facts and not _before(box, facts[uid])]
        if not some:
            continue
        if not client.folder_exists(box.done_folder):
            raise Invalid([Problem("done_folder", _no_folder(client, box.done_folder), "NO_FOLDER")])
        if client.has_capability("MOVE"):
            client.move(some, box.done_folder)
        else:
            client.copy(some, box.done_folder)
            client.delete_messages(some)
            client.expunge(some if client.has_capability("UIDPLUS") else None)
