"""Who is called in a comment: `@` and a person's name, or their user name where several people have that name."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, literal, or_, select

from kernel.entities.base import Entity
from kernel.entities.work import actor, session
from kernel.errors import Refusal
from kernel.i18n import _
from kernel.identity.models import User
from kernel.permissions.reach import readers

__all__ = ["Called", "called_in", "candidates", "demand_readers"]

LOOKED_AT = 40
"""People looked at for the picker, before those who may not read the record are left out."""


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody who is called in a text or may be; `written` is what stands after the @."""

    user_id: int
    name: str
    written: str


def called_in(text: str) -> list[Called]:
    """Find who is called in a text; raises Refusal for a name that several people have."""
    if "@" not in text:
        return []
    people = _named_in(text)
    found: dict[int, Called] = {}
    at = -1
    while (at := text.find("@", at + 1)) >= 0:
        if at and text[at - 1].isascii() and text[at - 1].isalnum():
            continue  # a mail address
        written = max((name for name in people if _stands(name, text, at + 1)), key=len, default="")
        if len(people.get(written, ())) > 1:
            raise Refusal(
                "AMBIGUOUS", _("{count} people are called {name}", count=len(people[written]), name=written),
                field="text", fix=_("Write @ and their user name instead"))
        for user_id, name in people.get(written, ()):
            found.setdefault(user_id, Called(user_id, name, written))
    return list(found.values())


def _named_in(text: str) -> dict[str, list[tuple[int, str]]]:
    """Give the people whose name or user name stands somewhere after an @, by what stands there.

    A user name is one person's, whoever else is called so.
    """
    table = User.__table__.c
    rows = session().work.connection.execute(
        select(table.id, table.name, table.login).where(
            table.active.is_(True), table.archived.is_(False),
            or_(*(literal(text).contains(literal("@").concat(column)) for column in (table.name, table.login))))).all()
    found: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        found.setdefault(row.name, []).append((row.id, row.name))
    return found | {row.login: [(row.id, row.name)] for row in rows}


def _stands(name: str, text: str, at: int) -> bool:
    """Say whether a name stands at a place in a text, and not as the beginning of a longer word."""
    end = text[at + len(name):at + len(name) + 1]
    return text.startswith(name, at) and not (
        name[-1:].isascii() and name[-1:].isalnum() and end.isascii() and end.isalnum())


def demand_readers(cls: type[Entity], id_: int, people: Sequence[Called]) -> None:
    """Raise Refusal, naming them, where people are called who may not read the record."""
    allowed = readers(cls, id_, [each.user_id for each in people])
    shut_out = [each.name for each in people if each.user_id not in allowed]
    if shut_out:
        raise Refusal(
            "MAY_NOT_READ", _("{names} may not read this record", names=", ".join(shut_out)), field="text",
            fix=_("Leave them out, or ask an administrator to open the record to them"))


def candidates(cls: type[Entity], id_: int, words: str, most: int = 8) -> list[Called]:
    """Find people who may read a record by part of their name or user name; oneself last."""
    table = User.__table__.c
    twin = User.__table__.alias("twin")
    shared = (
        select(func.count()).select_from(twin)
        .where(twin.c.name == table.name, twin.c.active.is_(True), twin.c.archived.is_(False)).scalar_subquery())
    statement = select(table.id, table.name, table.login, shared.label("shared")).where(
        table.active.is_(True), table.archived.is_(False))
    if words:
        statement = statement.where(or_(
            func.lower(table.name).contains(words.lower(), autoescape=True),
            func.lower(table.login).startswith(words.lower(), autoescape=True)))
    rows = session().work.connection.execute(
        statement.order_by(table.id == actor().user_id, table.name, table.id).limit(LOOKED_AT)).all()
    allowed = readers(cls, id_, [row.id for row in rows])
    found = [Called(row.id, row.name, row.name if row.shared == 1 else row.login) for row in rows
             if row.id in allowed]
    return found[:most]
