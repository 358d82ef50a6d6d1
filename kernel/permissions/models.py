"""Roles, their grants and field rules, who has them, and single records shared with a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Entity, entities
from kernel.entities.fields import boolean, choice, date, integer, lines, link, text
from kernel.entities.remembered import Remembered
from kernel.entities.types import Json
from kernel.entities.work import current_work
from kernel.errors import Problem
from kernel.i18n import Text, _
from kernel.identity.models import Department, User
from kernel.permissions.wording import role_label

__all__ = ["FieldRule", "Grant", "Role", "RoleMember", "Share", "role_labels"]

SCOPES = (
    ("own", _("Own records")), ("department", _("The department's")), ("subtree", _("The department's and below")),
    ("company", _("The company's")), ("all", _("All companies'")), ("rule", _("By a rule")),
)


class Role(Entity, label=_("Role"), plural=_("Roles"), icon="shield-lock", company="none", unique=[("code",)]):
    """A set of grants given to people; `code` names the ones that plugins ship ("crm.agent")."""

    code: Mapped[str] = text(80, label=_("Code"), searchable=True)
    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    name_zh_hant: Mapped[str | None] = text(120, label=_("Name, 繁體中文"))
    name_zh_hans: Mapped[str | None] = text(120, label=_("Name, 简体中文"))
    plugin: Mapped[str | None] = text(60, label=_("Shipped by"), readonly=True)
    everyone: Mapped[bool] = boolean(label=_("Everybody has it"), readonly=True)
    second_factor: Mapped[bool] = boolean(
        label=_("Needs a second factor"), help=_("Whoever has this role signs in with an authenticator app as well"))
    shipped: Mapped[list[list[str]] | None] = mapped_column(Json)
    """The rules its plugin shipped it with last: what differs from them is an administrator's."""
    grants: Mapped[list[Grant]] = lines("role", label=_("Grants"))
    field_rules: Mapped[list[FieldRule]] = lines("role", label=_("Field rules"))
    members: Mapped[list[RoleMember]] = lines("role", label=_("Members"))

    @property
    def label(self) -> Text:
        """Name the role in the language of whoever reads it."""
        return role_label(self.code, self.name, self.name_zh_hant, self.name_zh_hans)

    @property
    def title(self) -> str:
        return str(self.label)


_names: Remembered[None, Mapping[str, Text]] = Remembered("roles", Role)


def role_labels() -> Mapping[str, Text]:
    """Give what all roles are called, by their codes, whoever may read them."""
    return _names.get(None, _load_names)


def _load_names() -> Mapping[str, Text]:
    table = Role.__table__.c
    return {row.code: role_label(*row) for row in current_work().connection.execute(
        select(table.code, table.name, table.name_zh_hant, table.name_zh_hans))}


class Grant(Entity, label=_("Grant"), plural=_("Grants"), icon="key", company="none", title="entity"):
    """Allows an action on the records of an entity that lie in a scope; "*" stands for all of either."""

    role: Mapped[Role] = link(parent=True, label=_("Role"))
    role_id: Mapped[int]
    entity: Mapped[str] = text(120, label=_("Entity"))
    action: Mapped[str] = text(60, label=_("Action"))
    scope: Mapped[str] = choice(*SCOPES, label=_("Which records"), default="company")
    rule: Mapped[str | None] = text(120, label=_("Rule"))


class FieldRule(Entity, label=_("Field rule"), plural=_("Field rules"), icon="eye-off", company="none", title="field"):
    """Hides a field from a role, or lets it only read it. A field is hidden where every role of the user hides it."""

    role: Mapped[Role] = link(parent=True, label=_("Role"))
    role_id: Mapped[int]
    entity: Mapped[str] = text(120, label=_("Entity"))
    field: Mapped[str] = text(80, label=_("Field"))
    mode: Mapped[str] = choice(("hidden", _("Hidden")), ("readonly", _("Read only")), label=_("Mode"), default="hidden")

    @classmethod
    def check(cls, records: Sequence[FieldRule]) -> Iterable[Problem]:
        for record in records:
            about = entities().get(record.entity)
            if record.mode == "hidden" and about is not None and record.field in about.naming_fields():
                yield Problem(
                    "field", _("{field} names the record wherever it is linked, so it can't be hidden: take the right "
                               "to read such records instead", field=about.__fields__[record.field].label),
                    "NAMES_RECORD", record)


class RoleMember(
    Entity, label=_("Role member"), plural=_("Role members"), icon="user-check", company="none", title="user",
    unique=[("role", "user")],
):
    """Gives a role to a user."""

    role: Mapped[Role] = link(parent=True, label=_("Role"))
    role_id: Mapped[int]
    user: Mapped[User] = link(label=_("User"))
    user_id: Mapped[int]


class Share(Entity, label=_("Share"), plural=_("Shares"), icon="share", company="none", title="entity"):
    """Opens one record beyond their scopes to a person or a team: whoever has a role, or is in a department or below.

    It widens which records somebody reaches, never what their roles let them do with them, nor which fields they see.
    """

    entity: Mapped[str] = text(120, label=_("Entity"), index=True)
    record_id: Mapped[int] = integer(label=_("Record"))
    user: Mapped[User | None] = link(label=_("Person"))
    user_id: Mapped[int | None]
    role: Mapped[Role | None] = link(label=_("Role"))
    role_id: Mapped[int | None]
    department: Mapped[Department | None] = link(label=_("Department"))
    department_id: Mapped[int | None]
    mode: Mapped[str] = choice(("read", _("May read")), ("change", _("May change")), label=_("Mode"), default="read")
    until: Mapped[dt.date | None] = date(label=_("Until"), help=_("The last day it is open; empty for no end"))

    @classmethod
    def check(cls, records: Sequence[Share]) -> Iterable[Problem]:
        for record in records:
            if sum(each is not None for each in (record.user_id or record.user, record.role_id or record.role,
                                                 record.department_id or record.department)) != 1:
                yield Problem("user", _("A record is shared with one person, one role or one department"), "SHARE",
                              record)
