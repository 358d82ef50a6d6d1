"""Notifications by mail: at once, one for each record so that answers thread; or once a day, all in one.

Each person's is written in their language and holds what they may read at that moment.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from kernel.entities.work import as_system, in_sibling, session
from kernel.i18n import _, use_locale
from kernel.identity.models import Company, User
from kernel.jobs.declare import enqueue, every, job
from kernel.mail.letters import Letter, Part
from kernel.mail.sending import Mail, post
from kernel.mail.server import MailServer, is_address, mail_server
from kernel.notices.models import Notification
from kernel.notices.reading import Told, notifications_query, told_of
from kernel.permissions.actors import actor_of
from kernel.permissions.rights import rights

__all__ = ["mail_digests", "mail_later", "mail_notifications"]

AT_ONCE = 500
"""Notifications that one job puts into mails; the next takes the rest."""
ONE_BY_ONE = 5
"""Mails that somebody gets at once; of more they get one with all in it."""
DIGEST_HOUR = 7
"""The hour of the person's day from which on they get what they chose to get once a day."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is mailed to."""

    id: int
    email: str
    locale: str
    timezone: str
    company_id: int | None


def mail_later(_marks: Sequence[object]) -> None:
    """Have what was told in this unit of work mailed after its commit."""
    with as_system("mail what people were told"):
        enqueue(mail_notifications)


@job("kernel.mail_notifications")
def mail_notifications() -> None:
    """Put what people want mailed at once into mails."""
    if _mail("now", None):
        mail_later(())


@every(hours=1, name="kernel.mail_digests")
def mail_digests() -> None:
    """Put what people want once a day into one mail each, from seven o'clock on where they are."""
    now = session().now
    table, users = Notification.__table__.c, User.__table__.c
    zones = session().work.connection.execute(
        select(users.id, users.timezone).where(users.id.in_(
            select(table.user_id).where(table.mail == "daily", table.mailed_at.is_(None))))).all()
    for row in zones:
        until = _seven(now, row.timezone)
        while _mail("daily", row.id, until):
            pass


def _seven(now: dt.datetime, zone: str) -> dt.datetime:
    """Give the last seven o'clock that has struck where somebody is."""
    local = now.astimezone(ZoneInfo(zone))
    struck = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return struck if struck <= local else struck - dt.timedelta(days=1)


def _mail(how: str, user_id: int | None, until: dt.datetime | None = None) -> bool:
    """Put notifications into mails; says whether there may be more. Without a server they are let go."""
    table, connection = Notification.__table__.c, session().work.connection
    statement = notifications_query().where(table.mail == how, table.mailed_at.is_(None))
    if user_id is not None:
        statement = statement.where(table.user_id == user_id, table.at <= until)
    rows = connection.execute(
        statement.order_by(table.user_id, table.id).limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=Notification.__table__)).all()
    if not rows:
        return False
    server = mail_server()
    if server is not None:
        post(list(_mails(rows, server, together=how == "daily")))
    connection.execute(update(Notification).where(table.id.in_([row.id for row in rows])).values(
        mailed_at=session().now))
    return len(rows) == AT_ONCE


def _mails(rows: Sequence[Any], server: MailServer, *, together: bool) -> Iterator[Mail]:
    readers = _readers({row.user_id for row in rows})
    names: dict[int, str] = {row.id: row.name for row in session().work.connection.execute(
        select(Company.__table__.c.id, Company.__table__.c.name))}
    for (user_id, company_id), group in groupby(
            sorted(rows, key=lambda row: (row.user_id, row.company_id or 0)),
            key=lambda row: (row.user_id, row.company_id)):
        reader = readers.get(user_id)
        if reader is None:
            continue
        with _reading_as(reader, company_id):
            told = told_of(list(group))
            company = names.get(company_id or reader.company_id or 0, "Trellis")
            if told and (together or len(told) > ONE_BY_ONE):
                yield _one_for_all(told, reader, server, company)
            else:
                yield from (_one(each, reader, server, company) for each in told)


def _readers(user_ids: set[int]) -> dict[int, Reader]:
    """Give those who can be mailed to: they may sign in and have an address."""
    users = User.__table__.c
    rows = session().work.connection.execute(
        select(users.id, users.email, users.locale, users.timezone, users.home_company_id)
        .where(users.id.in_(user_ids), users.active.is_(True), users.archived.is_(False)))
    return {row.id: Reader(row.id, row.email, row.locale, row.timezone, row.home_company_id)
            for row in rows if row.email and is_address(row.email)}


@contextmanager
def _reading_as(reader: Reader, company_id: int | None) -> Iterator[None]:
    """Read with somebody's rights, in their language; in another company where their rights reach there."""
    who = actor_of(reader.id)
    with in_sibling(who), use_locale(reader.locale, reader.timezone):
        if company_id is None or company_id == who.company_id or not rights().wide:
            yield
            return
        with in_sibling(replace(who, company_id=company_id)):
            yield


def _part(told: Told, server: MailServer) -> Part:
    row: Any = told.row
    said = f"{row.who}: {told.says}" if row.who else told.says
    return Part(told.title, said, f"{server.base_url}/inbox/notifications/{row.id}", str(_("Open it")))


def _letter(parts: tuple[Part, ...], server: MailServer, company: str, opening: str = "") -> Letter:
    return Letter(company, parts, opening, str(_("Choose what you are told")), f"{server.base_url}/me/notifications")


def _headers(server: MailServer) -> dict[str, str]:
    return {"List-Unsubscribe": f"<{server.base_url}/me/notifications>", "Auto-Submitted": "auto-generated"}


def _one(told: Told, reader: Reader, server: MailServer, company: str) -> Mail:
    row: Any = told.row
    record = (row.entity, row.record_id) if row.record_id is not None else None
    return Mail(
        reader.email, f"{told.title}: {told.kind.label}", _letter((_part(told, server),), server, company),
        user_id=reader.id, record=record, headers=_headers(server))


def _one_for_all(told: Sequence[Told], reader: Reader, server: MailServer, company: str) -> Mail:
    parts = tuple(_part(each, server) for each in told)
    return Mail(
        reader.email, str(_("{company}: {count} notifications", company=company, count=len(parts))),
        _letter(parts, server, company), user_id=reader.id, headers=_headers(server))
