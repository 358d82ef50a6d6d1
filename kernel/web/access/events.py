"""The log of access: what the door saw, and every change of roles, grants, field rules, members and shares."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, request
from sqlalchemy import func, or_, select

from kernel.entities.audit import AuditEntry
from kernel.entities.base import entities
from kernel.entities.work import session
from kernel.i18n import _, format_instant
from kernel.identity.models import Department, User
from kernel.identity.signing.log import KINDS
from kernel.identity.signing.models import SignInEvent
from kernel.permissions.models import Role
from kernel.web.access.words import action_word, demand_keeper, entity_word, field_word, scope_word, tabs
from kernel.web.frame import access_address, crumb, shell
from kernel.web.screen.form import Input
from kernel.web.screen.security import EventRow, LogPage
from kernel.web.screen.shown import Choice, Shown
from kernel.web.serving import Answer, render, served
from kernel.web.signing.client import agent_words

__all__ = ["blueprint", "door_events"]

blueprint = Blueprint("access_log", __name__)
HERE = "/settings/access/log"
PER_PAGE = 50
RIGHTS = ("kernel.role", "kernel.grant", "kernel.field_rule", "kernel.role_member", "kernel.share")
TROUBLE = ("failure", "code_failure", "provider_failure", "locked", "recovery", "new_device")


def door_events(
    *, user_id: int | None = None, kinds: Iterable[str] = (), login: str = "", before: int | None = None,
    limit: int = PER_PAGE, links: bool = True,
) -> tuple[tuple[EventRow, ...], int | None]:
    """Give what the door saw, newest first, and the key of the next page; in the system's work or a keeper's."""
    table, user = SignInEvent.__table__.c, User.__table__.c
    statement = select(SignInEvent.__table__).order_by(table.id.desc()).limit(limit + 1)
    if user_id is not None:
        statement = statement.where(table.user_id == user_id)
    if wanted := list(kinds):
        statement = statement.where(table.what.in_(wanted))
    if login:
        named = select(user.id).where(or_(
            func.lower(user.login) == login.lower(), func.lower(user.name).contains(login.lower(), autoescape=True)))
        statement = statement.where(or_(func.lower(table.login) == login.lower(), table.user_id.in_(named)))
    if before is not None:
        statement = statement.where(table.id < before)
    rows = session().work.connection.execute(statement).all()
    people = _people({each for row in rows for each in (row.user_id, row.by_id) if each})
    found = tuple(_event(row, people, links=links) for row in rows[:limit])
    return found, rows[limit - 1].id if len(rows) > limit else None


def _people(ids: Iterable[int]) -> Mapping[int, str]:
    table = User.__table__.c
    return dict(session().work.connection.execute(
        select(table.id, table.name).where(table.id.in_(list(ids)))).all())


def _event(row: Any, people: Mapping[int, str], *, links: bool) -> EventRow:
    words, tone = KINDS.get(row.what, (row.what, "gray"))
    detail = str(_("by password")) if row.method == "password" else str(
        _("by {provider}", provider=row.method)) if row.method else ""
    place = str(_(", ")).join(each for each in (agent_words(row.agent) if row.agent else "", row.address) if each)
    return EventRow(
        format_instant(row.at), Shown(str(words), "status", tone=tone),
        people.get(row.user_id, "") or row.login or str(_("Nobody known")), detail, place,
        people.get(row.by_id, "") if row.by_id else "",
        access_address(row.user_id) if links and row.user_id in people else "")


@blueprint.get(HERE)
@served()
def log() -> Answer:
    """Show the log."""
    demand_keeper()
    kind, login = request.args.get("kind", ""), request.args.get("who", "").strip()[:80]
    before = int(text) if (text := request.args.get("before", "")).isdecimal() else None
    if kind == "rights":
        rows, following = _changes(login, before)
    else:
        rows, following = door_events(kinds=TROUBLE if kind == "trouble" else (), login=login, before=before)
    choices = tuple(
        Choice(value, str(label), value == kind, f"{HERE}?kind={value}" if value else HERE) for value, label in (
            ("", _("Sign-ins")), ("trouble", _("Worth a look")), ("rights", _("Changes of rights"))))
    page = LogPage(
        str(_("Log of access")), rows, choices, tabs(HERE),
        Input("who", str(_("Person or sign-in name")), value=login),
        f"{HERE}?kind={kind}&who={login}&before={following}" if following else "")
    return render("access_log.html", page, shell=shell([crumb(_("Settings")), crumb(_("Access"), "/settings/access"),
                                                        crumb(page.title)], here="settings"))


def _changes(who: str, before: int | None) -> tuple[tuple[EventRow, ...], int | None]:
    """Give the audit trail of rights, each change in words."""
    table, user = AuditEntry.__table__.c, User.__table__.c
    statement = select(AuditEntry.__table__).where(
        table.entity.in_(RIGHTS)).order_by(table.id.desc()).limit(PER_PAGE + 1)
    if before is not None:
        statement = statement.where(table.id < before)
    if who:
        statement = statement.where(table.user_id.in_(select(user.id).where(or_(
            func.lower(user.login) == who.lower(), func.lower(user.name).contains(who.lower(), autoescape=True)))))
    rows = session().work.connection.execute(statement).all()
    shown = rows[:PER_PAGE]
    facts = [{name: _latest(value) for name, value in row.changes.items()} for row in shown]
    people = _people({each for row in shown if (each := row.user_id)}
                     | {int(each) for fact in facts if (each := fact.get("user_id"))})
    roles = {each.id: each.title for each in session().scalars(select(Role))}
    departments = _names(Department)
    return tuple(
        EventRow(
            format_instant(row.at), Shown(_verb(row), "status", tone=_tone(row.action)),
            people.get(row.user_id, str(_("Trellis itself"))), _words(row.entity, fact, people, roles, departments))
        for row, fact in zip(shown, facts, strict=True)), rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None


def _latest(value: Any) -> Any:
    return value[1] if isinstance(value, list) and len(value) == 2 and value[1] is not None else (
        value[0] if isinstance(value, list) and len(value) == 2 else value)


def _names(cls: type[Any]) -> Mapping[int, str]:
    table = cls.__table__.c
    return dict(session().work.connection.execute(select(table.id, table.name)).all())


def _verb(row: Any) -> str:
    label = entities()[row.entity].__label__
    verbs = {"create": _("{what}: new", what=label), "delete": _("{what}: taken away", what=label)}
    return str(verbs.get(row.action, _("{what}: changed", what=label)))


def _tone(action: str) -> str:
    return {"create": "green", "delete": "amber"}.get(action, "blue")


def _words(
    entity: str, fact: Mapping[str, Any], people: Mapping[int, str], roles: Mapping[int, str],
    departments: Mapping[int, str],
) -> str:
    """Say what a change is about: the role first, then what was given, taken or set."""
    found = []
    if role := roles.get(fact.get("role_id") or 0):
        found.append(role)
    if person := people.get(fact.get("user_id") or 0):
        found.append(person)
    if department := departments.get(fact.get("department_id") or 0):
        found.append(department)
    if name := fact.get("entity"):
        found.append(entity_word(name))
    if action := fact.get("action"):
        found.append(action_word(fact.get("entity", ""), action))
    if field := fact.get("field"):
        found.append(field_word(fact.get("entity", ""), field))
    if scope := fact.get("scope"):
        found.append(scope_word(scope, fact.get("rule")))
    if mode := fact.get("mode"):
        cls = entities()[entity]
        found.append(str(cls.__fields__["mode"].choice(mode).label))
    if entity == "kernel.role" and (named := fact.get("name")):
        found.append(str(named))
    if not found:
        cls = entities()[entity]
        found.extend(str(cls.__fields__[each].label) for each in fact if each in cls.__fields__)
    return " · ".join(found)
