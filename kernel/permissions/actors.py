"""Turn a user into an actor, and let a plugin's listeners work under their own grants."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, bindparam, func, select

from kernel.entities.work import Actor, Session, actor, current_work, in_sibling
from kernel.errors import NotFound
from kernel.i18n import _
from kernel.identity.models import Company, Department, Employee, User

__all__ = [
    "ACTOR_COLUMNS", "MAY_SIGN_IN", "acting_as", "actor_from", "actor_of", "actors_of", "as_plugin", "places",
]


def actor_of(user_id: int, company_id: int | None = None) -> Actor:
    """Give the actor for a user, in their home company unless another is named.

    Raises NotFound for somebody who doesn't exist or may not sign in.
    """
    found = actors_of([user_id], company_id)
    if not found:
        raise NotFound("USER", _("This user doesn't exist or may not sign in"))
    return found[0]


def actors_of(user_ids: Sequence[int], company_id: int | None = None) -> list[Actor]:
    """Give the actors for users, as `actor_of` does, in one statement; without those who may not sign in."""
    rows = current_work().connection.execute(
        _ACTORS, {"user_ids": list(user_ids), "company_id": company_id or None}).all()
    found = {row.id: actor_from(row, company_id) for row in reversed(rows)}
    return [found[id_] for id_ in user_ids if id_ in found]


_user, _employee, _department, _company = (cls.__table__ for cls in (User, Employee, Department, Company))

ACTOR_COLUMNS = (_user.c.id, _user.c.name, _user.c.home_company_id, _department.c.path, _company.c.timezone)
"""What an actor is made of, where `places` are joined to its user."""
MAY_SIGN_IN = _user.c.archived.is_(False) & _user.c.active.is_(True)


def places(users: FromClause, asked: ColumnElement[Any]) -> FromClause:
    """Join to users where they work: their department, and the company `asked` or else their own.

    Somebody with several places as an employee comes several times; the first row counts.
    """
    return (
        users
        .outerjoin(_employee, (_employee.c.user_id == _user.c.id) & _employee.c.archived.is_(False))
        .outerjoin(_department, _department.c.id == _employee.c.department_id)
        .outerjoin(_company, _company.c.id == func.coalesce(asked, _user.c.home_company_id)))


def actor_from(row: Any, company_id: int | None) -> Actor:
    """Make the actor of a row of ACTOR_COLUMNS, in a company or else their own."""
    return Actor(
        user_id=row.id, company_id=company_id or row.home_company_id, name=row.name,
        department_path=row.path or "", zone=row.timezone or "UTC")


_ACTORS = (
    select(*ACTOR_COLUMNS).select_from(places(_user, bindparam("company_id", type_=BigInteger)))
    .where(_user.c.id.in_(bindparam("user_ids", expanding=True)), MAY_SIGN_IN))
"""Every request asks it, so it is built once."""


@contextmanager
def as_plugin(plugin: str) -> Iterator[Session]:
    """Work under the grants a plugin declares for its listeners, recorded as caused by the current person."""
    with in_sibling(replace(actor(), system=False, plugin=plugin)) as sibling:
        yield sibling


@contextmanager
def acting_as(user: User) -> Iterator[Session]:
    """Work as a user inside the same transaction, under their rights: for demos, tests and deputies."""
    with in_sibling(actor_of(user.id, actor().company_id)) as sibling:
        yield sibling
