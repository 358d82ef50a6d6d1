"""Deputies: who decides for somebody while they are away."""

import datetime as dt

from flask import Blueprint, Response, flash, make_response, redirect, request
from sqlalchemy import select

from kernel.entities.work import actor, session
from kernel.errors import Invalid, Problem, Refusal
from kernel.i18n import _, format_date
from kernel.web.frame import crumb, shell
from kernel.web.inbox.people import is_id, people_choices
from kernel.web.inbox.reminders import inbox_tabs
from kernel.web.once import once
from kernel.web.screen.inbox import DeputiesPage, Deputised
from kernel.web.screen.shown import Choice, Person, Refused
from kernel.web.serving import Answer, render, served
from kernel.web.show import refused
from kernel.workflows.approvals.delegation import delegate, end_delegation, my_delegations
from kernel.workflows.models import ApprovalDefinition, ApprovalDelegation

__all__ = ["blueprint"]

blueprint = Blueprint("inbox_deputies", __name__)
HERE = "/inbox/deputies"
ANCHORS = {"deputy": "dp-deputy", "starts_on": "dp-from", "ends_on": "dp-until"}


@blueprint.get(HERE)
@served()
def deputies() -> Answer:
    """Show one's deputies and those for whom one stands in."""
    return _page()


def _refused(refusal: Refusal) -> Answer:
    return _page(refusal), refusal.status


@blueprint.post(HERE)
@served(refused=_refused)
def add() -> Answer:
    """Name a deputy for some days."""
    def make() -> Response:
        deputy = request.form.get("deputy", "")
        if not is_id(deputy):
            raise Invalid([Problem("deputy", _("Choose somebody as your deputy"), "REQUIRED")])
        known = {each.value for each in _flows()}
        delegate(int(deputy), _day("starts_on"), _day("ends_on"),
                 [code for code in request.form.getlist("flow") if code in known], request.form.get("note"))
        flash(str(_("Your deputy sees your approvals in these days. You may still decide yourself.")), "green")
        return make_response(redirect(HERE))

    return once(make)


@blueprint.post(f"{HERE}/<int:delegation_id>/end")
@served()
def end(delegation_id: int) -> Answer:
    """End a delegation at once."""
    end_delegation(delegation_id)
    flash(str(_("Ended.")), "green")
    return make_response(redirect(HERE, 303))


def _day(field: str) -> dt.date:
    try:
        return dt.date.fromisoformat(request.form.get(field, ""))
    except ValueError as error:
        raise Invalid([Problem(field, _("Choose a day"), "DATE")]) from error


def _flows() -> list[Choice]:
    """Give the approvals in use, as what a delegation may be limited to."""
    chosen = request.form.getlist("flow")
    rows = session().scalars(
        select(ApprovalDefinition).where(ApprovalDefinition.stage == "active", ApprovalDefinition.archived.is_(False))
        .order_by(ApprovalDefinition.name)).all()
    return [Choice(row.code, str(_(row.name)), row.code in chosen) for row in rows]


def _page(refusal: Refusal | None = None) -> str:
    me, today = actor().user_id, session().today
    flows = _flows()
    names = {each.value: each.label for each in flows}
    mine: list[Deputised] = []
    others: list[Deputised] = []
    for each in my_delegations():
        (mine if each.principal_id == me else others).append(_shown(each, names, mine=each.principal_id == me))
    form = request.form
    page = DeputiesPage(
        str(_("Deputies")), tuple(mine), tuple(others), people_choices(chosen=form.get("deputy", "")), tuple(flows),
        form.get("starts_on", today.isoformat()), form.get("ends_on", today.isoformat()), form.get("note", ""),
        _told(refusal), tabs=inbox_tabs(HERE))
    return render("deputies.html", page, shell=shell([crumb(_("Inbox"), "/inbox"), crumb(_("Deputies"))], here="inbox"))


def _told(refusal: Refusal | None) -> Refused | None:
    if refusal is None:
        return None
    labels = {"deputy": _("Deputy"), "starts_on": _("From"), "ends_on": _("Until")}
    fields = tuple((ANCHORS[each.field], str(labels[each.field]), str(each.message))
                   for each in getattr(refusal, "problems", ()) if each.field in ANCHORS)
    return refused(refusal, fields=fields)


def _shown(each: ApprovalDelegation, names: dict[str, str], *, mine: bool) -> Deputised:
    today = session().today
    who = each.deputy.name if mine else each.principal.name
    return Deputised(
        each.id, Person(who),
        str(_("{who} decides for you", who=who) if mine else _("You decide for {who}", who=who)),
        str(_("{first} to {last}", first=format_date(each.starts_on), last=format_date(each.ends_on))),
        ", ".join(names.get(code, code) for code in each.flows) if each.flows else str(_("All approvals")),
        each.note or "", now=each.starts_on <= today <= each.ends_on, end_url=f"{HERE}/{each.id}/end" if mine else "")
