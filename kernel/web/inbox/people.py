"""Pick somebody in the inbox: anybody who can sign in, by name."""

from collections.abc import Collection

from sqlalchemy import or_, select

from kernel.entities.work import actor, session
from kernel.identity.models import Employee, User
from kernel.web.screen.shown import Choice

__all__ = ["is_id", "people_choices", "people_named"]

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


def people_named(ids: Collection[int]) -> tuple[Choice, ...]:
    """Give some people as choices, by their names."""
    users = User.__table__.c
    found = session().work.connection.execute(
        select(users.id, users.name).where(users.id.in_(ids)).order_by(users.name, users.id)) if ids else ()
    return tuple(Choice(str(row.id), row.name) for row in found)


def is_id(text: str) -> bool:
    """Say whether a text may be the id that a picker sends."""
    return text.isascii() and text.isdecimal() and len(text) < LONGEST_ID
