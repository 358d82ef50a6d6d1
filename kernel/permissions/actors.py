"""Turn a user into an actor, and let a plugin's listeners work under their own grants."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import select

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
        select(User.id, User.name, User.home_company_id, Department.path, Company.timezone)
        .select_from(User.__table__)
        .outerjoin(Employee.__table__, (Employee.user_id == User.id) & Employee.archived.is_(False))
        .outerjoin(Department.__table__, Department.id == Employee.department_id)
        .outerjoin(Company.__table__, Company.id == (company_id or User.home_company_id))
        .where(User.id.in_(user_ids), User.archived.is_(False), User.active.is_(True))).all()
    found = {
        row.id: Actor(
            user_id=row.id, company_id=company_id or row.home_company_id, name=row.name,
            department_path=row.path or "", zone=row.timezone or "UTC")
        for row in reversed(rows)}  # of somebody's several places as an employee, the first
    return [found[id_] for id_ in user_ids if id_ in found]


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
