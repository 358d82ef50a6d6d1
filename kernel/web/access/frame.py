"""What the pages about roles share: their frame, and the roles with all that they allow."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kernel.entities.work import session
from kernel.i18n import _
from kernel.permissions.models import Role
from kernel.web.access.words import HERE
from kernel.web.frame import crumb, shell

__all__ = ["access_shell", "roles_in_use"]


def access_shell(*further: str) -> object:
    """Give the frame of a page, with the way to it."""
    crumbs = [crumb(_("Settings")), crumb(_("Access"), HERE), *(crumb(each) for each in further)]
    return shell(crumbs, here="settings")


def roles_in_use() -> Sequence[Role]:
    """Give the roles that aren't archived, by name, with their grants and field rules."""
    return session().scalars(
        select(Role).where(Role.archived.is_(False)).order_by(Role.name)
        .options(selectinload(Role.grants), selectinload(Role.field_rules))).all()
