"""Row scopes as SQL: which rows of an entity an actor reaches with an action."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    String,
    and_,
    bindparam,
    exists,
    false,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from kernel.clock import moment
from kernel.entities.base import Entity
from kernel.entities.extension import Extension
from kernel.entities.work import Actor
from kernel.identity.models import Department, Employee
from kernel.permissions.declare import RuleContext, row_rules
from kernel.permissions.models import Role, RoleMember, Share
from kernel.permissions.rights import Reach, Rights

__all__ = ["ActorParameters", "Unindexed", "owner_column", "scope_clause"]


class Unindexed(FunctionElement[Any]):
    """A column that SQLite shall not look up by its index.

    Masters of the group or of one company are most of a table: without statistics SQLite would fetch all of them by
    two index lookups and sort them, to show the first fifty. PostgreSQL knows better by itself.
    """

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(Unindexed)
def _render_column(element: Unindexed, compiler: SQLCompiler, **kwargs: Any) -> str:
    return compiler.process(element.clauses, **kwargs)


@compiles(Unindexed, "sqlite")
def _render_unindexed(element: Unindexed, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"+{compiler.process(element.clauses, **kwargs)}"


class ActorParameters:
    """The bound values that scopes refer to, so that all users with the same rights share one compiled statement."""

    def __init__(self, who: Actor, mark: str = "", *, today: dt.date | None = None) -> None:
        """Bind an actor's values; a `mark` tells several actors of one statement apart.

        `today` is the day that shares are open on: today in the actor's zone unless given.
        """
        day = today or moment().astimezone(ZoneInfo(who.zone)).date()
        self.today = bindparam(f"trellis_today{mark}", day, type_=Date())
        self.user = bindparam(f"trellis_user{mark}", who.user_id, type_=BigInteger())
        self.company = bindparam(f"trellis_company{mark}", who.company_id, type_=BigInteger())
        self.path = bindparam(f"trellis_department{mark}", who.department_path or "-", type_=String())

    @property
    def all(self) -> tuple[Any, ...]:
        """Give the parameters in a fixed order."""
        return (self.user, self.company, self.path, self.today)


def owner_column(cls: type[Entity]) -> str:
    """Name the column whose user "owns" a record: its owner link, else its creator."""
    if cls.__owner__ == "self":
        return "id"
    return cls.__fields__[cls.__owner__].column if cls.__owner__ else "created_by_id"


def scope_clause(
    cls: type[Any], column: Callable[[str], Any], action: str, rights: Rights, parameters: ActorParameters
) -> ColumnElement[bool]:
    """Say which rows of an entity or component an action reaches; `column(name)` gives the columns to compare.

    Lines and components have their parent's rows. A row shared with the user is in, whatever the scopes.
    """
    if issubclass(cls, Extension):
        if not rights.may(action, cls.__entity__):
            return false()
        return _within(cls.__base_entity__, column("row_id"), "read", rights, parameters)
    if cls.__parent__:
        field = cls.__fields__[cls.__parent__]
        return _within(field.target, column(field.column), action, rights, parameters)
    reaches = rights.reaches(action, cls.__entity__)
    if not reaches:
        return false()
    if any(reach.scope == "all" for reach in reaches):
        return true()
    clauses = [_rows(cls, column, reach, parameters) for reach in sorted(reaches, key=str)]
    if (cls.__entity__ in rights.shared and action != "delete"
            and not any(reach.scope == "company" for reach in reaches)):
        clauses.append(_shared(cls, column, action, parameters))
    return or_(*clauses)


def _within(
    cls: type[Entity], key: Any, action: str, rights: Rights, parameters: ActorParameters
) -> ColumnElement[bool]:
    table = cls.__table__.alias()
    clause = scope_clause(cls, lambda name: table.c[name], action, rights, parameters)
    if clause is true() or str(clause) == "true":
        return true()
    # Bound to the row at hand: as a set of ids, SQLite would gather all parents before it looks at one line.
    return exists(select(literal(1)).where(table.c.id == key, clause).correlate_except(table))


def _rows(
    cls: type[Entity], column: Callable[[str], Any], reach: Reach, parameters: ActorParameters
) -> ColumnElement[bool]:
    if cls.__company__ == "none":
        company: ColumnElement[bool] = true()
    elif cls.__company__ == "required":
        company = column("company_id") == parameters.company
    else:
        of_row = Unindexed(column("company_id"))
        company = or_(of_row.is_(None), of_row == parameters.company)
    if reach.scope == "company":
        return company
    if reach.scope == "rule":
        rule = row_rules().get(reach.rule or "")
        if rule is None:
            return false()
        context = RuleContext(parameters.user, parameters.company, parameters.path)
        return and_(company, rule(_Columns(column), context))
    owner = column(owner_column(cls))
    mine: ColumnElement[bool] = owner == parameters.user
    if reach.scope in ("department", "subtree"):
        mine = or_(mine, owner.in_(_colleagues(reach.scope, parameters)))
    return and_(company, mine)


class _Columns:
    """Column access by attribute, for row rules: `rows.owner_id`."""

    def __init__(self, column: Callable[[str], Any]) -> None:
        self._column = column

    def __getattr__(self, name: str) -> Any:
        return self._column(name)


def _colleagues(scope: str, parameters: ActorParameters) -> Any:
    employee, department = Employee.__table__.alias(), Department.__table__.alias()
    path = department.c.path
    inside = path == parameters.path if scope == "department" else path.like(parameters.path + literal("%"))
    return select(employee.c.user_id).where(
        employee.c.department_id == department.c.id, employee.c.user_id.is_not(None), inside)


READ_BY_SHARE = ("read", "export", "comment")
"""What a record shared for reading is open to; one shared for changing to everything but being deleted."""


def _shared(
    cls: type[Entity], column: Callable[[str], Any], action: str, parameters: ActorParameters
) -> ColumnElement[bool]:
    """The records shared with the person, with a role of theirs, or with their department or one above it."""
    share, member, role, department = (
        each.__table__.alias() for each in (Share, RoleMember, Role, Department))
    modes = ("read", "change") if action in READ_BY_SHARE else ("change",)
    held = select(member.c.role_id).where(member.c.user_id == parameters.user, member.c.archived.is_(False))
    roles = select(role.c.id).where(role.c.archived.is_(False), or_(role.c.everyone.is_(True), role.c.id.in_(held)))
    above = select(department.c.id).where(department.c.path != "", parameters.path.like(department.c.path + "%"))
    return column("id").in_(  # type: ignore[no-any-return]  # columns are untyped here
        select(share.c.record_id).where(
            share.c.entity == cls.__entity__, share.c.mode.in_(modes), share.c.archived.is_(False),
            or_(share.c.until.is_(None), share.c.until >= parameters.today),
            or_(share.c.user_id == parameters.user, share.c.role_id.in_(roles), share.c.department_id.in_(above))))
