"""Mailboxes that are read by IMAP: set up, tried, paused, read at once and taken away."""

from collections.abc import Mapping

from flask import Blueprint, flash, make_response, redirect, request

from kernel.entities.work import actor
from kernel.errors import Invalid, Refusal
from kernel.i18n import Text, _, format_instant, format_number
from kernel.jobs.declare import enqueue
from kernel.mail.incoming.fetching import look_into
from kernel.mail.incoming.jobs import fetch_now
from kernel.mail.incoming.keeping import told
from kernel.mail.incoming.mailboxes import (
    PORTS,
    RIGHT,
    KnownMailbox,
    MailboxInput,
    change_mailbox,
    create_mailbox,
    mailbox,
    mailboxes,
    pause_mailbox,
    remove_mailbox,
)
from kernel.mail.server import TLS
from kernel.permissions.rights import rights
from kernel.web.frame import company_names, crumb, shell
from kernel.web.screen.form import Input
from kernel.web.screen.mails import MailboxesPage, MailboxForm, MailboxRow
from kernel.web.screen.shown import Action, Choice, Empty, Shown
from kernel.web.serving import Answer, render, served
from kernel.web.show import refused

__all__ = ["blueprint"]

blueprint = Blueprint("mailboxes", __name__)
HERE = "/settings/mailboxes"


@blueprint.get(HERE)
@served()
def all_of_them() -> Answer:
    """List the mailboxes."""
    rights().demand("read", RIGHT)
    companies = company_names()
    new = f"{HERE}/new" if rights().may("change", RIGHT) else ""
    rows = tuple(_row(each, companies) for each in mailboxes())
    page = MailboxesPage(str(_("Mailboxes")), rows, new, None if rows else Empty(
        "mailbox", str(_("No mailbox yet")),
        str(_("Mails that come to a mailbox are filed to the records they belong to.")),
        Action(str(_("New mailbox")), new, "plus", primary=True) if new else None))
    return render("mailboxes.html", page, shell=_shell())


def _shell(*further: str) -> object:
    return shell([crumb(_("Settings")), crumb(_("Mailboxes"), HERE), *map(crumb, further)], here="settings")


def _row(each: KnownMailbox, companies: Mapping[int, str]) -> MailboxRow:
    return MailboxRow(
        f"{HERE}/{each.id}", each.label, f"{each.user} · {each.folder}", companies.get(each.company_id, ""),
        format_instant(each.fetched_at) if each.fetched_at else str(_("never")), _state(each), told(each.error))


def _state(each: KnownMailbox) -> Shown:
    if each.paused:
        return Shown(str(_("Paused")), "status", tone="gray")
    if each.error:
        return Shown(str(_("Can't be read")), "status", tone="red")
    if each.fetched_at is None:
        return Shown(str(_("Ready")), "status", tone="blue")
    return Shown(str(_("Works")), "status", tone="green")


@blueprint.get(f"{HERE}/new")
@served()
def new() -> Answer:
    """Show the form for a new one."""
    return _form(None)


@blueprint.get(f"{HERE}/<int:id_>")
@served()
def edit(id_: int) -> Answer:
    """Show the form for one."""
    return _form(id_)


def _form(id_: int | None, refusal: Refusal | None = None, found: str = "") -> str:
    rights().demand("change", RIGHT)
    there = mailbox(id_, "change") if id_ is not None else None
    wrong = {each.field: str(each.message) for each in refusal.problems} if refusal else {}
    page = MailboxForm(
        there.label if there else str(_("New mailbox")), f"{HERE}/{id_}" if there else f"{HERE}/new", HERE,
        _inputs(there, wrong), there is not None, there.paused if there else False, _state(there) if there else None,
        told(there.error) if there else "", found, refused(refusal) if not wrong else None)
    return render("mailbox_form.html", page, shell=_shell(page.title))


def _inputs(there: KnownMailbox | None, wrong: Mapping[str, str]) -> tuple[Input, ...]:
    held = there or MailboxInput("", "", PORTS["tls"], "", actor().company_id)
    form = request.form

    def one(
        field: str, label: Text, help_: Text = "", kind: str = "text", choices: Mapping[str, Text] | None = None,
        name: str = "",
    ) -> Input:
        standing = getattr(held, name or field)
        value = form.get(field, "" if standing in (None, False) else str(standing))
        if kind == "boolean":
            value = form.getlist(field)[-1] if field in form else "1" if standing else ""
        return Input(
            field, str(label), kind, value=value, help=str(help_), error=wrong.get(field, ""), max_length=200,
            required=field in ("label", "company", "host", "port", "user", "folder", "most_mb"),
            choices=tuple(Choice(code, str(text), code == value) for code, text in (choices or {}).items()))

    companies = {str(id_): name for id_, name in company_names().items()}
    inputs = [
        one("label", _("Name")),
        one("company", _("Company"), _("To whose records its mails are filed"), "choice", companies, "company_id"),
        one("host", _("Server"), _("Its IMAP server, such as imap.example.com")), one("port", _("Port")),
        one("tls", _("Encryption"), kind="choice", choices=TLS), one("user", _("User name")),
        Input("password", str(_("Password")), "password", error=wrong.get("password", ""), help=str(
            _("Leave empty to keep the one there is") if there else _("Stored encrypted"))),
        one("folder", _("Folder"), _("Which folder is read")),
        one("done_folder", _("Move to"), _("A folder that mails go to once they were taken in; empty leaves them")),
        one("most_mb", _("Largest mail in MB"), _("Larger ones are put aside unread")),
        one("address", _("Answers come to"), _("An address that reaches this mailbox; our mails name it for answers")),
        one("plus", _("Knows plus addresses"),
            _("The server takes office+anything@… too: answers then always find their record"), "boolean")]
    if there is None:
        inputs.append(one("everything", _("Take in old mails too"),
                          _("Otherwise only those that come from now on"), "boolean"))
    return tuple(inputs)


def _given() -> MailboxInput:
    form = request.form

    def number(name: str) -> int:
        typed = form.get(name, "").strip()
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0

    def ticked(name: str) -> bool:
        return "1" in form.getlist(name)

    return MailboxInput(
        form.get("label", "").strip()[:80], form.get("host", "").strip()[:200], number("port"),
        form.get("user", "").strip()[:200], number("company") or None, form.get("password", ""), form.get("tls", ""),
        form.get("folder", "").strip()[:200], form.get("done_folder", "").strip()[:200],
        form.get("address", "").strip()[:200], ticked("plus"), number("most_mb"), ticked("everything"))


@blueprint.post(f"{HERE}/new")
@served(refused=lambda refusal: (_form(None, refusal), refusal.status))
def make() -> Answer:
    """Set one up; it is read at once."""
    id_ = create_mailbox(_given())
    enqueue(fetch_now, id_)
    flash(str(_("Saved. It is read from now on.")), "green")
    return make_response(redirect(f"{HERE}/{id_}", 303))


def _again(refusal: Refusal, id_: int) -> Answer:
    return _form(id_, refusal), refusal.status


@blueprint.post(f"{HERE}/<int:id_>")
@served(refused=_again)
def change(id_: int) -> Answer:
    """Change one, pause it, let it go on, read it now, or take it away."""
    do = request.form.get("do", "")
    if do == "remove":
        remove_mailbox(id_)
        flash(str(_("The mailbox is not read any more; its mails stay.")), "green")
        return make_response(redirect(HERE, 303))
    if do in ("pause", "resume"):
        pause_mailbox(id_, do == "pause")
    elif do != "read":
        change_mailbox(id_, _given())
    if do != "pause":
        mailbox(id_, "change")
        enqueue(fetch_now, id_)
    said = _("It is read now; load the page again to see what came of it.") if do == "read" else _("Saved.")
    flash(str(said), "green")
    return make_response(redirect(f"{HERE}/{id_}", 303))


@blueprint.post(f"{HERE}/try")
@served(reading=True, refused=lambda refusal: (_form(None, refusal), refusal.status))
def attempt() -> Answer:
    """Try what is typed for a new one, and say in one line what is wrong."""
    rights().demand("change", RIGHT)
    given = _given()
    return _tried(None, given, given.password)


@blueprint.post(f"{HERE}/<int:id_>/try")
@served(reading=True, refused=_again)
def attempt_again(id_: int) -> Answer:
    """Try what is typed for one that is there, with the password there is where none is typed."""
    there, given = mailbox(id_, "change"), _given()
    same = (there.host, there.port) == (given.host, given.port)
    return _tried(id_, given, given.password or (there.password.open() if same else ""))


def _tried(id_: int | None, given: MailboxInput, password: str) -> Answer:
    try:
        if wrong := [each for each in given.problems() if each.field in ("host", "port", "tls", "user", "folder")]:
            raise Invalid(wrong)
        seen = look_into(given, password)
    except Refusal as refusal:
        return _form(id_, refusal), refusal.status
    return _form(id_, found=str(_(
        "It works: {folder} holds {count} mails.", folder=given.folder, count=format_number(seen.mails))))
