"""'Why can't I?': what somebody may do with a kind of record or one of them, and the rule behind each yes and no."""

from typing import Any

from flask import Blueprint, request
from sqlalchemy import select

from kernel.entities.base import Entity, entities
from kernel.entities.extension import Extension
from kernel.entities.work import actor, as_system, session
from kernel.errors import NotFound, Refusal
from kernel.i18n import Text, _
from kernel.identity.models import User
from kernel.permissions.actors import actor_of
from kernel.permissions.reach import readable
from kernel.permissions.rights import rights
from kernel.permissions.why import Answer as RightAnswer
from kernel.permissions.why import FieldAnswer, Given, Inquiry, entity_of_grants
from kernel.web.access.words import (
    ACTIONS,
    demand_keeper,
    entity_word,
    field_word,
    further_actions,
    governed,
    role_address,
    role_source,
    scope_word,
    tabs,
)
from kernel.web.frame import crumb, plugin_label, shell
from kernel.web.listing.pages import entity_asked
from kernel.web.screen.access import Reason, Verdict, WhyPage
from kernel.web.screen.form import Input
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, render, served, visitor
from kernel.web.show import address, refused
from kernel.workflows.machine import workflow_of

__all__ = ["blueprint"]

blueprint = Blueprint("access_why", __name__)
HERE = "/settings/access/why"
MOST_USERS = 500


@blueprint.get("/why/<plugin>/<name>")
@blueprint.get("/why/<plugin>/<name>/<int:id_>")
@served()
def own(plugin: str, name: str, id_: int | None = None) -> Answer:
    """Say what the person looking may do, and why not more."""
    cls = entity_of_grants(f"{plugin}.{name}") or entity_asked(plugin, name)
    who = actor()
    title = readable([(cls.__entity__, id_)]).get((cls.__entity__, id_), "") if id_ and issubclass(cls, Entity) else ""
    keeper = rights().may("change", "kernel.role")
    with as_system("say why something is not allowed"):
        asked = Inquiry(who, cls, id_, known=bool(title))
        page = WhyPage(
            str(_("What you may do")),
            title or str(_("{what}, all of them", what=entity_word(cls.__entity__)) if id_ is None else
                         _("One of {what}", what=entity_word(cls.__entity__))),
            _verdicts(asked, links=keeper), _fields(asked, links=keeper),
            address(cls, id_) if title and issubclass(cls, Entity) else "",
            note="" if title or id_ is None else str(
                _("It isn't there, or it lies outside the records your roles cover.")))
    return render("access_why.html", page, shell=shell([crumb(page.title)]))


@blueprint.get(HERE)
@served()
def asked_for() -> Answer:
    """Let an administrator ask for any user and any record."""
    demand_keeper()
    given = {name: request.args.get(name, "").strip() for name in ("user", "entity", "record")}
    gone: Refusal | None = None
    actions: tuple[Verdict, ...] = ()
    fields: tuple[Verdict, ...] = ()
    about = ""
    try:
        actions, fields, about = _asked(given)
    except Refusal as refusal:
        gone = refusal
    page = WhyPage(
        str(_("Why?")), about, actions, fields, asks=_asks(given), tabs=tabs(HERE), url=HERE,
        refused=refused(gone))
    crumbs = [crumb(_("Settings")), crumb(_("Access"), "/settings/access"), crumb(page.title)]
    return render("access_why.html", page, shell=shell(crumbs, here="settings"))


def _asked(given: dict[str, str]) -> tuple[tuple[Verdict, ...], tuple[Verdict, ...], str]:
    if not given["user"] or not given["entity"]:
        return (), (), ""
    cls = entity_of_grants(given["entity"])
    user = session().get(User, int(given["user"])) if given["user"].isdecimal() else None
    if cls is None or user is None:
        raise NotFound("PAGE", _("Choose a user and a kind of record"))
    with as_system("say why somebody may not do something"):
        who = actor_of(user.id)
        id_, title = _record(cls, given["record"]) if given["record"] else (None, "")
        inquiry = Inquiry(who, cls, id_)
        about = _("{name}: {what}", name=user.name, what=title or entity_word(cls.__entity__))
        return _verdicts(inquiry, links=True), _fields(inquiry, links=True), str(about)


def _record(cls: type[Entity] | type[Extension[Any]], text: str) -> tuple[int, str]:
    """Find a record by what names it, or by its id; raises NotFound."""
    entity = cls.__base_entity__ if issubclass(cls, Extension) else cls
    titled = entity.__fields__.get(entity.__title__)
    found = None
    if titled is not None and titled.kind in ("text", "serial"):
        found = session().scalars(select(entity).where(getattr(entity, titled.column) == text).limit(1)).first()
    if found is None and text.isdecimal() and len(text) < 16:
        found = session().get(entity, int(text))
    if found is None:
        raise NotFound("NO_SUCH_RECORD", _("There is no {what} called {text}", what=entity.__label__, text=text[:80]),
                       fix=_("Write its number or name as it stands on its page, or its id from the address"))
    return found.id, found.title


def _asks(given: dict[str, str]) -> tuple[Input, ...]:
    users = session().execute(
        select(User.id, User.name, User.login).where(User.archived.is_(False)).order_by(User.name).limit(MOST_USERS))
    return (
        Input("user", str(_("User")), "choice", given["user"], required=True,
              choices=tuple(Choice(str(row.id), f"{row.name} ({row.login})") for row in users)),
        Input("entity", str(_("Kind of record")), "choice", given["entity"], required=True,
              choices=tuple(Choice(name, f"{plugin_label(name.partition('.')[0])}: {label}")
                            for name, label, _part in governed())),
        Input("record", str(_("Record")), value=given["record"], help=str(_("Its number, name or id; empty for all"))))


def _verdicts(asked: Inquiry, *, links: bool) -> tuple[Verdict, ...]:
    name = asked.governing.__entity__
    return tuple(_verdict(asked, code, label, links=links) for code, label in (*ACTIONS, *further_actions(name)))


def _verdict(asked: Inquiry, code: str, label: Text, *, links: bool) -> Verdict:
    answer = asked.about(code)
    state = _state(asked, code) if asked.id is not None else ""
    said = _said(answer, asked) if not (answer.allowed and state) else state
    given = tuple(_reason(each, links=links) for each in answer.given)
    modes = {"read": _("shared to be read"), "change": _("shared to be changed")}
    shared = tuple(Reason(str(modes[mode]), "green") for mode in answer.shared)
    givers = () if answer.allowed else tuple(_reason(each, links=links, missing=True) for each in answer.givers)
    return Verdict(str(label), answer.allowed and not state, said, (*given, *shared), givers, code)


def _said(answer: RightAnswer, asked: Inquiry) -> str:
    if answer.allowed:
        return str(_("Allowed"))
    if not answer.given:
        own = asked.who.user_id == visitor().user_id
        return str(_("None of your roles grants it") if own else _("No role of theirs grants it"))
    return str(_("The record lies outside what the roles below reach"))


def _reason(given: Given, *, links: bool, missing: bool = False) -> Reason:
    scope = scope_word(given.scope, given.rule)
    if given.inside is None or missing:
        text = _("{role}: {scope}", role=given.role, scope=scope)
    elif given.inside:
        text = _("{role}: {scope}, this record is among them", role=given.role, scope=scope)
    else:
        text = _("{role}: {scope}, this record is not among them", role=given.role, scope=scope)
    tone = "" if missing else "amber" if given.inside is False else "green"
    return Reason(str(text), tone, role_address(given.role_id) if links else "", role_source(given.plugin))


def _state(asked: Inquiry, code: str) -> str:
    """Say that a step does not lead on from the state a record is in, right or no right."""
    cls = asked.governing
    workflow = workflow_of(cls) if issubclass(cls, Entity) else None
    step = workflow.transitions.get(code) if workflow else None
    record = session().get(entities()[cls.__entity__], asked.id) if step and asked.id is not None else None
    if workflow is None or step is None or record is None or getattr(record, workflow.field) in step.source:
        return ""
    sources = str(_(", ")).join(str(workflow.states[each].label) for each in step.source)
    return str(_("Not from the state “{state}”; it leads on from: {sources}",
                 state=workflow.state_of(record).label, sources=sources))


def _fields(asked: Inquiry, *, links: bool) -> tuple[Verdict, ...]:
    return tuple(_field(each, links=links) for each in asked.fields())


def _field(answer: FieldAnswer, *, links: bool) -> Verdict:
    label = field_word(answer.entity, answer.field)
    modes = {"hidden": _("hides it"), "readonly": _("makes it read-only")}
    reasons = tuple(
        Reason(str(_("{role} {does}", role=role, does=modes.get(mode, mode))), "amber",
               role_address(role_id) if links else "", role_source(plugin))
        for role, role_id, plugin, mode in answer.by)
    said = _("Hidden: every role that lets them read the record hides it") if answer.hidden else _(
        "Can be read, not changed")
    return Verdict(label, False, str(said), reasons, name=f"field-{answer.field}")
