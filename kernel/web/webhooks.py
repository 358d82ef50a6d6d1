"""Webhooks: set up, tried, paused and taken away; their last calls, what was given up, and sending it again."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, flash, make_response, redirect, request

from kernel.entities.work import actor, as_system
from kernel.errors import Refusal
from kernel.hooks.letters import RIGHT as LETTERS
from kernel.hooks.letters import letters
from kernel.hooks.participation import switched_off
from kernel.hooks.subscriptions import signal_map
from kernel.i18n import _, format_instant, format_number
from kernel.permissions.rights import rights
from kernel.web.declare import views
from kernel.web.frame import company_names, crumb, plugin_label, shell
from kernel.web.jobs.filling import event_label, grouped
from kernel.web.jobs.pages import reason_input
from kernel.web.screen.form import Input
from kernel.web.screen.shown import Action, Choice, Empty, Shown
from kernel.web.screen.webhooks import CallRow, SignalChoices, WebhookForm, WebhookPage, WebhookRow, WebhooksPage
from kernel.web.serving import Answer, render, served
from kernel.web.show import refused
from kernel.webhooks.courier import send_test
from kernel.webhooks.services import (
    RIGHT,
    Attempt,
    KnownWebhook,
    Standing,
    WebhookInput,
    attempts,
    change_webhook,
    create_webhook,
    pause_webhook,
    recipient_of,
    remove_webhook,
    replay_event,
    standings,
    webhook,
    webhooks,
)

__all__ = ["blueprint"]

blueprint = Blueprint("webhooks", __name__)
HERE = "/settings/webhooks"


@blueprint.get(HERE)
@served()
def all_of_them() -> Answer:
    """List the webhooks."""
    rights().demand("read", RIGHT)
    found = webhooks()
    stand, companies = standings([each.id for each in found]), company_names()
    new = f"{HERE}/new" if rights().may("change", RIGHT) else ""
    page = WebhooksPage(
        str(_("Webhooks")), tuple(_row(each, stand[each.id], companies) for each in found), new,
        None if found else Empty("webhook", str(_("No webhooks yet")), str(_(
            "A webhook tells another system by HTTP what happens here, signed and repeated until it was taken.")),
            Action(str(_("New webhook")), new, "plus", primary=True) if new else None))
    return render("webhooks.html", page, shell=_shell())


def _shell(*further: str) -> object:
    return shell([crumb(_("Settings")), crumb(_("Webhooks"), HERE), *map(crumb, further)], here="settings")


def _row(each: KnownWebhook, standing: Standing, companies: Mapping[int, str]) -> WebhookRow:
    return WebhookRow(
        f"{HERE}/{each.id}", each.label, each.url, _hears(each),
        companies.get(each.company_id, "") if each.company_id else str(_("All companies")),
        format_instant(standing.called_at) if standing.called_at else str(_("never")), _state(each, standing))


def _hears(each: KnownWebhook) -> str:
    if len(each.signals) == 1:
        return event_label(each.signals[0])
    return str(_("{count} signals", count=format_number(len(each.signals))))


def _state(each: KnownWebhook, standing: Standing) -> Shown:
    if each.paused:
        return Shown(str(_("Paused")), "status", tone="gray")
    if standing.dead:
        return Shown(str(_("{count} given up", count=format_number(standing.dead))), "status", tone="red")
    if standing.error:
        return Shown(str(_("Being retried")), "status", tone="amber")
    if standing.called_at is None:
        return Shown(str(_("Ready")), "status", tone="blue")
    return Shown(str(_("Works")), "status", tone="green")


@blueprint.get(f"{HERE}/new")
@served()
def new() -> Answer:
    """Show the form for a new one."""
    return _form(None)


@blueprint.get(f"{HERE}/<int:id_>/change")
@served()
def edit(id_: int) -> Answer:
    """Show the form for changing one."""
    return _form(id_)


@dataclass(frozen=True, slots=True)
class _Typed:
    label: str = ""
    url: str = ""
    company: str = ""
    signals: frozenset[str] = frozenset()


def _typed(found: KnownWebhook | None) -> _Typed:
    form = request.form
    if form:
        return _Typed(form.get("label", ""), form.get("url", ""), form.get("company", ""),
                      frozenset(form.getlist("signals")))
    if found is None:
        return _Typed(company=str(actor().company_id or ""), signals=frozenset(request.args.getlist("signal")))
    return _Typed(found.label, found.url, str(found.company_id or ""), frozenset(found.signals))


def _form(id_: int | None, refusal: Refusal | None = None) -> str:
    rights().demand("change", RIGHT)
    found = webhook(id_, "change") if id_ is not None else None
    typed = _typed(found)
    wrong = {each.field: str(each.message) for each in refusal.problems} if refusal else {}
    page = WebhookForm(
        found.label if found else str(_("New webhook")), f"{HERE}/{id_}/change" if found else f"{HERE}/new",
        f"{HERE}/{id_}" if found else HERE, _inputs(typed, wrong), _choices(typed.signals), wrong.get("signals", ""),
        str(_("Save") if found else _("Make the webhook")), refused(refusal) if not wrong else None)
    return render("webhook_form.html", page, shell=_shell(page.title))


def _inputs(typed: _Typed, wrong: Mapping[str, str]) -> tuple[Input, ...]:
    companies = [("", str(_("All companies"))), *((str(id_), name) for id_, name in company_names().items())]
    return (
        Input("label", str(_("Name")), value=typed.label, required=True, max_length=80, error=wrong.get("label", ""),
              help=str(_("The system that is told"))),
        Input("company", str(_("Company")), "choice", typed.company, error=wrong.get("company", ""),
              choices=tuple(Choice(value, name, value == typed.company) for value, name in companies),
              help=str(_("Whose events it hears"))),
        Input("url", str(_("Address")), value=typed.url, required=True, max_length=500, wide=True,
              error=wrong.get("url", ""), help=str(_("Where it takes them: https://…"))))


def _choices(chosen: frozenset[str]) -> tuple[SignalChoices, ...]:
    """Offer the signals told here by app; those chosen that nobody tells any more stand last."""
    off, found, known = switched_off(), dict[str, list[Choice]](), set[str]()
    for each in signal_map():
        if each.signal is not None and each.emitter not in off:
            known.add(each.name)
            found.setdefault(each.emitter, []).append(
                Choice(each.name, str(each.signal.label), each.name in chosen, note=each.about.replace("`", "")))
    groups = [
        SignalChoices("Trellis" if plugin == "kernel" else plugin_label(plugin),
                      menu.icon if (menu := views.menus.get(plugin)) else "puzzle", tuple(some))
        for plugin, some in found.items()]
    if gone := sorted(chosen - known):
        groups.append(SignalChoices(str(_("Not told here any more")), "puzzle-off", tuple(
            Choice(name, name, True) for name in gone)))
    return tuple(groups)


def _given() -> WebhookInput:
    form, company = request.form, request.form.get("company", "")
    return WebhookInput(form.get("label", ""), form.get("url", ""), form.getlist("signals"),
                        int(company) if company.isascii() and company.isdecimal() else None)


@blueprint.post(f"{HERE}/new")
@served(refused=lambda refusal: (_form(None, refusal), refusal.status))
def make() -> Answer:
    """Make one; its secret is on this answer and nowhere else afterwards."""
    id_, secret = create_webhook(_given())
    return _page(id_, secret=secret)


@blueprint.post(f"{HERE}/<int:id_>/change")
@served(refused=lambda refusal, id_: (_form(id_, refusal), refusal.status))
def change(id_: int) -> Answer:
    """Change one."""
    change_webhook(id_, _given())
    flash(str(_("Saved.")), "green")
    return make_response(redirect(f"{HERE}/{id_}"))


@blueprint.get(f"{HERE}/<int:id_>")
@served()
def one(id_: int) -> Answer:
    """Show one with its last calls."""
    return _page(id_)


def _page(id_: int, refusal: Refusal | None = None, *, secret: str = "") -> str:
    found = webhook(id_)
    standing, companies = standings([id_])[id_], company_names()
    looks_after = rights().may("read", LETTERS)
    given_up = letters(dead=True, listener=recipient_of(id_)) if standing.dead and looks_after else []
    page = WebhookPage(
        found.label, f"{HERE}/{id_}", _state(found, standing),
        (
            (str(_("Address")), Shown(found.url)),
            (str(_("Company")), Shown(companies.get(found.company_id, "") if found.company_id else
                                      str(_("All companies")))),
            (str(_("Waiting to be sent")), Shown(format_number(standing.waiting), href="/settings/jobs?show=waiting"
                                                 if standing.waiting and looks_after else "")),
            (str(_("Made")), Shown(format_instant(found.made_at))),
        ),
        tuple((event_label(name), name) for name in found.signals), tuple(_call(each) for each in attempts(id_)),
        found.paused, rights().may("change", RIGHT), secret, grouped(given_up, []), reason_input(),
        rights().may("replay", LETTERS), rights().may("put_away", LETTERS), after=f"{HERE}/{id_}",
        refused=refused(refusal))
    return render("webhook.html", page, shell=_shell(page.title))


def _call(each: Attempt) -> CallRow:
    state = (Shown(str(_("Not taken")), "status", tone="red") if each.error else
             Shown(str(_("Taken")), "status", tone="green"))
    return CallRow(
        format_instant(each.at), event_label(each.signal), f"evt_{each.event_id}", format_number(each.attempt), state,
        str(each.code or ""), each.excerpt or ("" if each.code else each.error), str(_(
            "{seconds} s", seconds=format_number(each.took_ms / 1000, 2))), str(each.event_id) if each.there else "")


def _again(refusal: Refusal, id_: int) -> Answer:
    return _page(id_, refusal), refusal.status


@blueprint.post(f"{HERE}/<int:id_>/try")
@served(reading=True, refused=_again)
def attempt(id_: int) -> Answer:
    """Send a message that tries the address, and say what was answered."""
    webhook(id_, "change")
    with as_system("try a webhook"):
        answer = send_test(id_)
    if answer.error:
        said = f"{answer.error}: {answer.excerpt}" if answer.excerpt else answer.error
        refusal = Refusal("NOT_TAKEN", _("The message was not taken: {answer}", answer=said),
                          fix=_("Look into the log of the receiver"))
        return _again(refusal, id_)
    flash(str(_("It answered {code} after {seconds} s.", code=answer.code or "",
                seconds=format_number(answer.took_ms / 1000, 2))), "green")
    return make_response(redirect(f"{HERE}/{id_}", 303))


@blueprint.post(f"{HERE}/<int:id_>/act")
@served(refused=_again)
def act(id_: int) -> Answer:
    """Pause it, let it go on, take it away, or send an event again."""
    form = request.form
    if event := form.get("event", ""):
        replay_event(id_, int(event) if event.isascii() and event.isdecimal() else 0)
        flash(str(_("It is sent again now; load the page again to see what was answered.")), "green")
    elif form.get("do") == "remove":
        remove_webhook(id_)
        flash(str(_("The webhook was taken away.")), "green")
        return make_response(redirect(HERE))
    else:
        paused = form.get("do") == "pause"
        pause_webhook(id_, paused)
        flash(str(_("Paused. What is told meanwhile waits.") if paused else _("It goes on with what waited.")), "green")
    return make_response(redirect(f"{HERE}/{id_}"))
