"""One delivery or job that has not succeeded: how it failed, what it says, and mending it."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request

from kernel.entities.base import entities
from kernel.entities.work import session
from kernel.errors import NotFound, Refusal
from kernel.exchange.paths import document_of
from kernel.hooks.facts import Fact, fields_of_facts
from kernel.hooks.letters import RIGHT as LETTERS
from kernel.hooks.letters import facts_heard, letter, mend
from kernel.i18n import _, format_instant, format_number
from kernel.identity.models import Company, User
from kernel.jobs.keeping import RIGHT as JOBS
from kernel.jobs.keeping import arguments_of, kept_job, mend_job
from kernel.permissions.rights import rights
from kernel.web.frame import crumb, shell
from kernel.web.jobs.filling import HERE, acts, error_parts, event_label, name_of, state_of, subject, titles_of
from kernel.web.jobs.pages import reason_input
from kernel.web.screen.form import Input
from kernel.web.screen.jobs import KeptPage
from kernel.web.screen.shown import Choice, Shown
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, refused

__all__ = ["blueprint"]

blueprint = Blueprint("jobs_kept", __name__)
KINDS = {"deliveries": (LETTERS, mend), "jobs": (JOBS, mend_job)}


@blueprint.get(f"{HERE}/<kind>/<int:id_>")
@served()
def kept(kind: str, id_: int) -> Answer:
    """Show one."""
    return _page(kind, id_)


def _page(kind: str, id_: int, refusal: Refusal | None = None) -> str:
    if kind not in KINDS:
        raise NotFound("PAGE", _("There is no such page"))
    page = _of_letter(id_, refusal) if kind == "deliveries" else _of_job(id_, refusal)
    crumbs = [crumb(_("Settings")), crumb(_("Jobs and deliveries"), HERE), crumb(page.title)]
    return render("job.html", page, shell=shell(crumbs, here="settings"))


def _of_letter(id_: int, refusal: Refusal | None) -> KeptPage:
    found = letter(id_)
    hints, payload = facts_heard(id_)
    titles = titles_of([found])
    cls = entities().get(found.subject_entity or "")
    seen = cls is not None and (cls.__entity__, found.subject_id) in titles and document_of(cls) is cls
    error, error_kind = error_parts(found.error)
    return KeptPage(
        f"{event_label(found.event)} → {name_of(found.listener)}", f"delivery:{id_}", f"{HERE}/deliveries/{id_}",
        _back(found.dead), state_of(found.attempts, found.dead, found.due_at),
        (
            (str(_("About")), subject(found, titles)),
            (str(_("Signal")), Shown(found.event, href=f"/settings/signals#{found.event}")),
            (str(_("Listener")), Shown(found.listener)),
            (str(_("Told")), Shown(format_instant(found.told_at))),
            *_tries(found.attempts, found.dead, found.tried_at, found.due_at),
            (str(_("Company")), Shown(_company(found.company_id))),
            (str(_("Event")), Shown(str(found.event_id))),
        ),
        error, error_kind, _pretty(payload), found.mended,
        _inputs(hints, payload, refusal) if found.dead and rights().may("mend", LETTERS) else (),
        _reason(refusal) if found.dead and rights().may("put_away", LETTERS) else None,
        found.dead and rights().may("replay", LETTERS),
        address(cls, found.subject_id, "/trace") if seen and cls is not None else "",
        acts(record=(LETTERS, id_))[0], refused(refusal))


def _of_job(id_: int, refusal: Refusal | None) -> KeptPage:
    found = kept_job(id_)
    person = session().get(User, found.user_id) if found.user_id else None
    error, error_kind = error_parts(found.error)
    return KeptPage(
        name_of(found.name), f"job:{id_}", f"{HERE}/jobs/{id_}", _back(found.dead),
        state_of(found.attempts, found.dead, found.due_at),
        (
            (str(_("Job")), Shown(found.name)),
            (str(_("Done for")), Shown(person.name, "person") if person else Shown(str(_("Trellis itself")))),
            *_tries(found.attempts, found.dead, found.tried_at, found.due_at),
            (str(_("Company")), Shown(_company(found.company_id))),
            (str(_("Caused by event")), Shown(str(found.cause_id or ""))),
        ),
        error, error_kind, _pretty(found.arguments), False,
        _inputs(arguments_of(found), found.arguments, refusal) if found.dead and rights().may("mend", JOBS) else (),
        _reason(refusal) if found.dead and rights().may("put_away", JOBS) else None,
        found.dead and rights().may("replay", JOBS), acts=acts(record=(JOBS, id_))[0], refused=refused(refusal))


def _back(dead: bool) -> str:
    return HERE if dead else f"{HERE}?show=waiting"


def _tries(attempts: int, dead: bool, tried_at: Any, due_at: Any) -> tuple[tuple[str, Shown], ...]:
    found = [(str(_("Attempts")), Shown(format_number(attempts)))]
    if attempts:
        found.append((str(_("Last tried")), Shown(format_instant(tried_at))))
    if not dead:
        found.append((str(_("Next attempt")), Shown(format_instant(due_at))))
    return tuple(found)


def _company(id_: int | None) -> str:
    found = session().get(Company, id_) if id_ else None
    return found.name if found else ""


def _pretty(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=2)


def _reason(refusal: Refusal | None) -> Input:
    wrong = {each.field: str(each.message) for each in refusal.problems} if refusal else {}
    return reason_input(wrong.get("reason", ""), request.form.get("reason", ""))


def _inputs(hints: Mapping[str, Any], facts: Mapping[str, Any], refusal: Refusal | None) -> tuple[Input, ...]:
    wrong: dict[str, str] = {}
    for each in refusal.problems if refusal else ():
        name, _dot, inside = each.field.partition(".")
        wrong[name] = f"{inside}: {each.message}" if inside else str(each.message)
    return tuple(_input(each, wrong.get(each.name, "")) for each in fields_of_facts(hints, facts))


def _input(fact: Fact, error: str) -> Input:
    name = f"fact.{fact.name}"
    value = request.form.getlist(name)[-1] if name in request.form else fact.text
    # a moment stays text: a browser's own field for it has no zone
    kind = {"json": "note", "instant": "text", "number": "text"}.get(fact.kind, fact.kind)
    return Input(name, fact.name, kind, value, required=fact.required, error=error,
                 choices=tuple(Choice(each, each) for each in fact.choices))


@blueprint.post(f"{HERE}/<kind>/<int:id_>/mend")
@served(refused=lambda refusal, kind, id_: (_page(kind, id_, refusal), refusal.status))
def mend_it(kind: str, id_: int) -> Answer:
    """Change what will be heard or done; replaying it is the next step."""
    if kind not in KINDS:
        raise NotFound("PAGE", _("There is no such page"))
    texts = {name.removeprefix("fact."): some[-1] for name, some in request.form.lists() if name.startswith("fact.")}
    KINDS[kind][1](id_, texts)
    flash(str(_("Mended. Replay it when you are ready.")), "green")
    return make_response(redirect(f"{HERE}/{kind}/{id_}"))
