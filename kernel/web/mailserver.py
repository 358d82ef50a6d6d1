"""The mail server: set up, tried by a mail to oneself, and what lately could not be sent."""

import smtplib
from dataclasses import replace

from flask import Blueprint, flash, make_response, redirect, request
from sqlalchemy import select

from kernel.entities.work import as_system, session
from kernel.errors import Invalid, Problem, Refusal
from kernel.i18n import Text, _, format_instant
from kernel.identity.models import Company, User
from kernel.mail.letters import Letter, Part
from kernel.mail.models import OutgoingMail
from kernel.mail.sending import compose_now
from kernel.mail.server import TLS, MailServer, connected, is_address, mail_server, save_mail_server
from kernel.permissions.rights import rights
from kernel.web.frame import crumb, shell
from kernel.web.screen.form import Input
from kernel.web.screen.security import MailPage
from kernel.web.screen.shown import Choice, Shown
from kernel.web.serving import Answer, render, served, visitor
from kernel.web.show import refused

__all__ = ["blueprint"]

blueprint = Blueprint("mailserver", __name__)
HERE = "/settings/mail"
MOST = 20
PASSWORD_KEPT = _("Leave empty to keep the one there is")


def _demand() -> None:
    rights().demand("change", "kernel.mail_server")


@blueprint.get(HERE)
@served()
def settings() -> Answer:
    """Show the server that mails go through."""
    return _page()


def _page(refusal: Refusal | None = None) -> str:
    _demand()
    with as_system("show the mail server"):
        found = mail_server(to_change=True)
        lately = _lately()
    wrong = {each.field: str(each.message) for each in refusal.problems} if refusal else {}
    page = MailPage(
        str(_("Mail")), HERE, _inputs(found, wrong), found is not None, found.fixed if found else False,
        f"{found.host}:{found.port}" if found else "", lately, refused(refusal) if not wrong else None)
    return render("mailserver.html", page, shell=shell([crumb(_("Settings")), crumb(page.title)], here="settings"))


def _lately() -> tuple[tuple[str, str, str, Shown], ...]:
    """Give the mails that last could not be sent: when, to whom, why."""
    table = OutgoingMail.__table__.c
    rows = session().work.connection.execute(
        select(table.at, table.address, table.error).where(table.state == "refused")
        .order_by(table.id.desc()).limit(MOST))
    return tuple((format_instant(row.at), row.address, row.error or "", Shown(str(_("Refused")), "status", tone="red"))
                 for row in rows)


def _inputs(found: MailServer | None, wrong: dict[str, str]) -> tuple[Input, ...]:
    held = found or MailServer("", 587, sender="", base_url=request.host_url.rstrip("/"))
    form = request.form
    fixed = held.fixed

    def one(field: str, label: Text, help_: Text = "", kind: str = "text") -> Input:
        value = form.get(field, str(getattr(held, field)))
        listed = TLS.items() if kind == "choice" else ()
        choices = tuple(Choice(code, str(text), code == value) for code, text in listed)
        shown = Shown(str(TLS[held.tls]) if kind == "choice" else str(getattr(held, field)))
        readonly = fixed and field != "base_url"
        return Input(field, str(label), kind, value=value, shown=shown, required=field not in ("user", "tls"),
                     help=str(help_), error=wrong.get(field, ""), choices=choices, readonly=readonly, max_length=300)

    inputs = [
        one("host", _("Server")), one("port", _("Port")),
        one("tls", _("Encryption"), kind="choice"), one("user", _("User name"), _("Empty where none is asked for"))]
    if not fixed:
        inputs.append(Input("password", str(_("Password")), "password", help=str(
            PASSWORD_KEPT if found and found.password else _("Stored encrypted"))))
    return (*inputs, one("sender", _("Mails come from"), _("An e-mail address that the server may send for")),
            one("base_url", _("Address of Trellis"), _("What links in mails begin with")))


def _given() -> MailServer:
    form = request.form
    port = form.get("port", "").strip()
    with as_system("keep the password"):
        before = mail_server(to_change=True)
    return MailServer(
        form.get("host", "").strip(), int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else 0,
        form.get("tls", ""), form.get("user", "").strip(),
        form.get("password", "") or (before.password if before and before.host == form.get("host") else ""),
        form.get("sender", "").strip(), form.get("base_url", "").strip())


@blueprint.post(HERE)
@served(refused=lambda refusal: (_page(refusal), refusal.status))
def save() -> Answer:
    """Set the server up, or have nothing mailed any more."""
    _demand()
    with as_system("set the mail server up"):
        if request.form.get("do") == "off":
            save_mail_server(None)
        else:
            save_mail_server(_fixed_but_address() or _given())
    flash(str(_("Saved.")), "green")
    return make_response(redirect(HERE, 303))


def _fixed_but_address() -> MailServer | None:
    """Give the server that the environment names with the address that was typed, None where it names none."""
    found = mail_server(to_change=True)
    if found is None or not found.fixed:
        return None
    return replace(found, base_url=request.form.get("base_url", "").strip(), password="")


@blueprint.post(f"{HERE}/try")
@served(reading=True, refused=lambda refusal: (_page(refusal), refusal.status))
def attempt() -> Answer:
    """Send oneself a mail through the server that is set up, and say what came of it."""
    _demand()
    try:
        _send_to_oneself()
    except Refusal as refusal:
        return _page(refusal), refusal.status
    flash(str(_("The mail was taken. Look into your inbox.")), "green")
    return make_response(redirect(HERE, 303))


def _send_to_oneself() -> None:
    me = visitor()
    with as_system("try the mail server") as system:
        user, server = system.get_one(User, me.user_id), mail_server(to_change=True)
        company = system.scalar(select(Company.name).order_by(Company.id).limit(1)) or "Trellis"
    if server is None:
        raise Refusal("NO_MAIL_SERVER", _("No mail server is set up"), fix=_("Fill the form and save it first"))
    if not user.email or not is_address(user.email):
        raise Invalid([Problem("sender", _("You have no e-mail address here to send a mail to"))])
    letter = Letter(company, (Part(str(_("It works")), str(_("Mails from Trellis reach you.")), server.base_url,
                                   str(_("Open Trellis"))),))
    try:
        with connected(server) as smtp:
            smtp.send_message(compose_now(user.email, str(_("A mail to try the server")), letter, server))
    except (OSError, smtplib.SMTPException) as error:
        raise Refusal("MAIL_SERVER", _("The server did not take it: {error}", error=_reason(error)),
                      fix=_("Compare the form with what your mail provider says")) from error


def _reason(error: Exception) -> str:
    """Say what a server answered, in its own words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return f"{code} {said.decode(errors='replace')}"
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        return f"{error.smtp_code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
    return str(error) or type(error).__name__
