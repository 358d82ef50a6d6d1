"""Turn a user into an actor, and let a plugin's listeners work under their own grants."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, func, select

from kernel.entities.work import Actor, Session, actor, current_work, in_sibling
from kernel.errors import NotFound
from kernel.i18n import _
from kernel.identity.models import Company, Department, Employee, User

__all__ = ["acting_as", "actor_of", "actors_of", "as_plugin"]


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
    found = {
        row.id: Actor(
            user_id=row.id, company_id=company_id or row.home_company_id, name=row.name,
            department_path=row.path or "", zone=row.timezone or "UTC")
        for row in reversed(rows)}  # of somebody's several places as an employee, the first
    return [found[id_] for id_ in user_ids if id_ in found]


def _actors() -> Select[Any]:
    user, employee, department, company = (
        cls.__table__ for cls in (User, Employee, Department, Company))
    asked = bindparam("company_id", type_=BigInteger)
    return (
        select(user.c.id, user.c.name, user.c.home_company_id, department.c.path, company.c.timezone)
        .select_from(user)
        .outerjoin(employee, (employee.c.user_id == user.c.id) & employee.c.archived.is_(False))
        .outerjoin(department, department.c.id == employee.c.department_id)
        .outerjoin(company, company.c.id == func.coalesce(asked, user.c.home_company_id))
        .where(
            user.c.id.in_(bindparam("user_ids", expanding=True)), user.c.archived.is_(False), user.c.active.is_(True)))


_ACTORS = _actors()
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
