"""Pick somebody in the inbox: anybody who can sign in, by name."""

from sqlalchemy import or_, select

from kernel.entities.work import actor, session
from kernel.identity.models import Employee, User
from kernel.web.screen.shown import Choice

__all__ = ["is_id", "people_choices"]

MOST = 50
LONGEST_ID = 16
"""Digits that an id has fewer of."""


def people_choices(part: str = "", chosen: str = "") -> tuple[Choice, ...]:
    """Give the people who can sign in, without oneself, by part of their name; with their job titles."""
    users, staff = User.__table__.c, Employee.__table__.c
    statement = (
        select(users.id, users.name, users.login, staff.job_title)
        .outerjoin(Employee.__table__, (staff.user_id == users.id) & staff.archived.is_(False))
        .where(users.active.is_(True), users.archived.is_(False), users.id != actor().user_id)
        .order_by(users.name, users.id).limit(MOST))
    if part:
        statement = statement.where(or_(
            users.name.icontains(part, autoescape=True), users.login.icontains(part, autoescape=True)))
    return tuple(
        Choice(str(row.id), row.name, str(row.id) == chosen, note=row.job_title or "")
        for row in session().work.connection.execute(statement))


def is_id(text: str) -> bool:
    """Say whether a text may be the id that a picker sends."""
    return text.isascii() and text.isdecimal() and len(text) < LONGEST_ID
