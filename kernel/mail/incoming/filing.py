"""Find the record that a mail belongs to: the one it answers, whose number it names, or whose address it comes from.

What is found is where the mail is filed, and nothing more: no mail is ever acted upon, whoever it claims to be from.
"""

import re
from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, literal, or_, select, union_all

from kernel.entities.base import Entity
from kernel.entities.fields import AnyRef
from kernel.entities.work import actor, session
from kernel.hooks.participation import taking_part
from kernel.hooks.specifications import add_specifications, ask
from kernel.mail.incoming import questions
from kernel.mail.incoming.parsing import ReadMail
from kernel.mail.threads import tagged
from kernel.shared.keys import email_key
from kernel.shared.models import Contact, Party

__all__ = ["place_of"]

add_specifications(questions)

NUMBER = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+", re.ASCII)
MOST_NUMBERS = 5


def place_of(mail: ReadMail) -> tuple[AnyRef, str] | None:
    """Give the record of the current company that a mail belongs to, and what says so; None where a person decides."""
    said = (("reply", _answered(mail)), ("number", _numbered(mail.subject)), ("sender", _known(mail.sender)))
    for how, found in said:
        there = _there(found)
        if len(there) == 1:
            return AnyRef(there[0][0], there[0][1], ""), how
        if there and how == "number":
            return None
    return None


def _answered(mail: ReadMail) -> list[tuple[str, int]]:
    """Give the record named by the address it came to, or by the thread it is in: the latest named one."""
    locals_ = [address.partition("@")[0].partition("+")[2] for address in mail.recipients]
    ids = [each.strip("<>").rpartition("@")[0] for each in reversed(mail.thread)]
    return [found for each in (*locals_, *ids) if each and (found := tagged(each)) is not None][:1]


def _numbered(subject: str) -> list[tuple[str, int]]:
    """Give the records whose number stands in a subject: one statement for all kinds."""
    numbers = list(dict.fromkeys(NUMBER.findall(subject.upper())))[:MOST_NUMBERS]
    parts = [
        select(literal(cls.__entity__).label("entity"), cls.__table__.c.id.label("id"))
        .where(cls.__table__.c[field.column].in_(numbers), _here(cls))
        for cls in taking_part().values() if not cls.__parent__
        for field in cls.__fields__.values() if field.kind == "serial"] if numbers else []
    if not parts:
        return []
    rows = session().work.connection.execute(union_all(*parts).limit(20))
    return list(dict.fromkeys((row.entity, row.id) for row in rows))


def _known(address: str) -> list[tuple[str, int]]:
    """Give what plugins know of an address; where none does, the party that it is of."""
    key = email_key(address)
    if not key:
        return []
    named = dict.fromkeys(answer[0] for answer in ask.mail_senders(addresses=[address]) if answer and answer[0])
    return list(named) or _parties(key)


def _parties(key: str) -> list[tuple[str, int]]:
    parties, contacts = Party.__table__, Contact.__table__
    own = select(parties.c.id).where(parties.c.email_key == key, parties.c.archived.is_(False), _here(Party))
    theirs = select(parties.c.id).join(contacts, contacts.c.party_id == parties.c.id).where(
        func.lower(func.trim(contacts.c.email)) == key, parties.c.archived.is_(False), _here(Party))
    rows = session().work.connection.scalars(union_all(own, theirs).limit(20))
    return [(Party.__entity__, id_) for id_ in dict.fromkeys(rows)]


def _here(cls: type[Entity]) -> ColumnElement[bool]:
    company: ColumnElement[int] = cls.__table__.c.company_id
    if cls.__company__ == "none":
        return literal(True)
    return or_(company.is_(None), company == actor().company_id)


def _there(found: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Leave out what is gone, is of another company, or of a plugin that doesn't take part."""
    known, connection = taking_part(), session().work.connection
    return [
        (entity, id_) for entity, id_ in found if (cls := known.get(entity)) is not None and not cls.__parent__
        and connection.scalar(select(cls.__table__.c.id).where(cls.__table__.c.id == id_, _here(cls))) is not None]
