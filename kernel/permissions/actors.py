"""Turn a user into an actor, and let a plugin's listeners work under their own grants."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import select

from kernel.entities.work import Actor, Session, actor, current_work, in_sibling
from kernel.errors import NotFound
from kernel.i18n import _
from kernel.identity.models import Company, Department, Employee, User

__all__ = ["acting_as", "actor_of", "as_plugin"]


def actor_of(user_id: int, company_id: int | None = None) -> Actor:
    """Give the actor for a user, in their home company unless another is named.

    Raises NotFound for somebody who doesn't exist or may not sign in.
    """
    connection = current_work().connection
    row = connection.execute(
        select(User.id, User.name, User.home_company_id, User.active, Department.path, Company.id, Company.timezone)
        .select_from(User.__table__)
        .outerjoin(Employee.__table__, (Employee.user_id == User.id) & Employee.archived.is_(False))
        .outerjoin(Department.__table__, Department.id == Employee.department_id)
        .outerjoin(Company.__table__, Company.id == (company_id or User.home_company_id))
        .where(User.id == user_id, User.archived.is_(False))
    ).first()
    if row is None or not row.active:
        raise NotFound("USER", _("This user doesn't exist or may not sign in"))
    return Actor(
        user_id=row[0], company_id=company_id or row[2], name=row[1], department_path=row[4] or "",
        zone=row[6] or "UTC")


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
