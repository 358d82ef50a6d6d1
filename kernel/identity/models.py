"""Company, department, user and employee: what every other record's columns point to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import Boolean, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base, Entity
from kernel.entities.fields import boolean, choice, date, instant, integer, link, note, text
from kernel.entities.types import Id, Json
from kernel.entities.work import session
from kernel.errors import Problem
from kernel.i18n import LOCALES, _

__all__ = ["MONTHS", "Company", "Department", "Employee", "FirstWalk", "User"]

MONTHS = (
    ("1", _("January")), ("2", _("February")), ("3", _("March")), ("4", _("April")), ("5", _("May")), ("6", _("June")),
    ("7", _("July")), ("8", _("August")), ("9", _("September")), ("10", _("October")), ("11", _("November")),
    ("12", _("December")),
)
"""The month a financial year may start in."""


class Company(Entity, label=_("Company"), plural=_("Companies"), icon="building", company="none", unique=[("name",)]):
    """A legal entity whose documents and books stand apart; masters may be shared by all of them."""

    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    address: Mapped[str | None] = note(label=_("Address"), help=_("As it stands on letters, line by line"))
    tax_id: Mapped[str | None] = text(40, label=_("Tax ID"))
    phone: Mapped[str | None] = text(40, label=_("Phone"))
    email: Mapped[str | None] = text(200, label=_("E-mail"))
    website: Mapped[str | None] = text(200, label=_("Website"))
    bank: Mapped[str | None] = text(200, label=_("Bank account"), help=_("One line, for whoever pays an invoice"))
    currency: Mapped[str] = text(3, label=_("Currency"), default="USD", help=_("ISO 4217 code"))
    timezone: Mapped[str] = text(60, label=_("Time zone"), default="UTC", help=_("Business dates are days here"))
    locale: Mapped[str] = choice(*LOCALES.items(), label=_("Language"), default="en")
    country: Mapped[str | None] = text(2, label=_("Country"), help=_("ISO 3166 code, such as TW"))
    fiscal_year_starts: Mapped[str] = choice(
        *MONTHS, label=_("Financial year starts in"), default="1", help=_("Reports of the books begin here by default"))


class Department(Entity, label=_("Department"), plural=_("Departments"), icon="sitemap", unique=[("name", "parent")]):
    """A part of a company; `path` holds the ids from the root to itself, so that a subtree is one LIKE."""

    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    parent: Mapped[Department | None] = link(label=_("Part of"))
    parent_id: Mapped[int | None]
    group: Mapped[str | None] = text(120, label=_("Group"))
    path: Mapped[str] = text(400, label=_("Path"), default="", readonly=True, hidden=True, index=True)

    @classmethod
    def prepare(cls, records: Sequence[Department]) -> None:
        for record in records:
            above = record.parent.path if record.parent is not None else _path_of(record.parent_id)
            record.path = f"{above or '/'}{record.id}/"

    @classmethod
    def check(cls, records: Sequence[Department]) -> Iterable[Problem]:
        for record in records:
            if str(record.id) in record.path.strip("/").split("/")[:-1]:
                yield Problem("parent", _("A department can't be part of itself"), "DEPARTMENT_LOOP", record)


def _path_of(parent_id: int | None) -> str | None:
    if parent_id is None:
        return None
    parent = session().get(Department, parent_id)
    return parent.path if parent else None


class User(Entity, label=_("User"), plural=_("Users"), icon="user", company="none", owner="self", unique=[("login",)]):
    """Somebody who can sign in."""

    login: Mapped[str] = text(80, label=_("Sign-in name"), searchable=True)
    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    email: Mapped[str | None] = text(200, label=_("E-mail"))
    password_hash: Mapped[str | None] = text(200, readonly=True, hidden=True, secret=True)
    locale: Mapped[str] = choice(*LOCALES.items(), label=_("Language"), default="en")
    timezone: Mapped[str] = text(60, label=_("Time zone"), default="UTC")
    theme: Mapped[str] = choice(
        ("auto", _("As the device")), ("light", _("Light")), ("dark", _("Dark")), label=_("Theme"), default="auto")
    active: Mapped[bool] = boolean(label=_("May sign in"), default=True)
    home_company: Mapped[Company | None] = link(label=_("Company"))
    home_company_id: Mapped[int | None]
    failed_sign_ins: Mapped[int] = integer(default=0, readonly=True, hidden=True)
    locked_until: Mapped[dt.datetime | None] = instant(readonly=True, label=_("Locked until"))


class FirstWalk(Base):
    """How far a user is on the guided first walk: whether they put it away, and which steps they followed."""

    __tablename__ = "kernel_first_walk"

    user_id: Mapped[int] = mapped_column(Id, ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    away: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    followed: Mapped[list[str]] = mapped_column(Json, nullable=False, default=list)


class Employee(
    Entity, label=_("Employee"), plural=_("Employees"), icon="id-badge-2", unique=[("number",), ("user",)], tagged=True,
):
    """Somebody who works for a company; `user` where they sign in too, `manager` for approvals and scopes."""

    number: Mapped[str] = text(40, label=_("Number"), searchable=True)
    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    job_title: Mapped[str | None] = text(120, label=_("Job title"))
    department: Mapped[Department | None] = link(label=_("Department"))
    department_id: Mapped[int | None]
    manager: Mapped[Employee | None] = link(label=_("Manager"))
    manager_id: Mapped[int | None]
    user: Mapped[User | None] = link(label=_("User"))
    user_id: Mapped[int | None]
    heads_department: Mapped[bool] = boolean(label=_("Heads the department"))
    email: Mapped[str | None] = text(200, label=_("E-mail"))
    hired_on: Mapped[dt.date | None] = date(label=_("Hired on"))
    born_on: Mapped[dt.date | None] = date(label=_("Born on"))
    left_on: Mapped[dt.date | None] = date(label=_("Left on"))


