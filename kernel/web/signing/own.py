"""One's own sign-in: sessions to end, a second factor to set up, links with providers, what the door saw."""

import pyotp
import segno
from flask import Blueprint, current_app, flash, make_response, redirect, request
from flask import session as cookie

from kernel.api.tokens import list_tokens
from kernel.entities.work import as_system
from kernel.errors import Forbidden, Invalid, NotFound, Problem, Refusal
from kernel.i18n import _, format_instant, format_number
from kernel.identity.models import User
from kernel.identity.signing.log import note_event
from kernel.identity.signing.passwords import demand_unlocked, note_failure
from kernel.identity.signing.providers import links_of, unlink
from kernel.identity.signing.second_factor import (
    begin_factor,
    confirm_factor,
    factor_begun,
    factor_set_up,
    passes_factor,
    recovery_left,
    remove_factor,
    renew_recovery,
    set_up_since,
)
from kernel.identity.signing.sessions import OpenSession, end_session, end_sessions, list_sessions, new_key
from kernel.permissions.roles import demands_factor
from kernel.web.access.events import door_events
from kernel.web.frame import crumb, shell
from kernel.web.screen.form import Input
from kernel.web.screen.security import FactorPage, LinkRow, SecurityPage, SessionRow
from kernel.web.serving import Answer, render, served, visitor
from kernel.web.show import refused
from kernel.web.signing.client import agent_words, client_asking

__all__ = ["blueprint", "session_row"]

blueprint = Blueprint("own_security", __name__)
HERE = "/me/security"
FACTOR = "/me/second-factor"
EVENTS = 10


def session_row(each: OpenSession, end_url: str = "", *, current: bool = False) -> SessionRow:
    """Show a session."""
    how = str(_("by password")) if each.method == "password" else str(_("by {provider}", provider=each.method))
    return SessionRow(agent_words(each.agent), how, each.address, format_instant(each.created_at),
                      format_instant(each.seen_at), current, "" if current else end_url)


@blueprint.get(HERE)
@served(own=True)
def security() -> Answer:
    """Show one's own sign-in."""
    me = visitor()
    open_ones = list_sessions(me.user_id)
    with as_system("count one's own tokens"):
        tokens = len(list_tokens(me.user_id))
        events = door_events(user_id=me.user_id, limit=EVENTS, links=False)[0]
        since = set_up_since(me.user_id)
    page = SecurityPage(
        title=str(_("Sign-in and security")),
        sessions=tuple(session_row(each, f"/me/sessions/{each.id}/end", current=each.id == me.session_id)
                       for each in open_ones),
        password_href=f"/kernel/user/{me.user_id}/password",
        factor=str(_("Set up on {day}; {count} recovery codes are left", day=format_instant(since),
                     count=format_number(recovery_left(me.user_id))) if since else
                   _("A password alone opens your account")),
        factor_on=since is not None, factor_demanded=demands_factor(me.user_id),
        tokens=str(_("One token is good") if tokens == 1 else
                   _("{count} tokens are good", count=format_number(tokens)) if tokens else _("None yet")),
        events=events, others=len(open_ones) - 1,
        links=tuple(LinkRow(provider, email, f"/me/links/{id_}/remove")
                    for id_, provider, email in links_of(me.user_id)))
    return render("security.html", page, shell=shell([crumb(page.title)]))


@blueprint.post("/me/sessions/<int:session_id>/end")
@served(own=True)
def end_one(session_id: int) -> Answer:
    """End another of one's own sessions."""
    if not end_session(visitor().user_id, session_id, client_asking()):
        raise NotFound("SESSION", _("This session has ended already"))
    flash(str(_("The session was ended.")), "green")
    return make_response(redirect(HERE))


@blueprint.post("/me/sessions/end-others")
@served(own=True)
def end_others() -> Answer:
    """End all of one's own sessions but this one."""
    me = visitor()
    end_sessions(me.user_id, besides=me.session_id)
    flash(str(_("All other sessions were ended.")), "green")
    return make_response(redirect(HERE))


@blueprint.post("/me/links/<int:link_id>/remove")
@served(own=True)
def remove_link(link_id: int) -> Answer:
    """Take away who one is at a provider; somebody without a password would shut themselves out."""
    me = visitor()
    with as_system("look whether there is a password") as system:
        if not system.get_one(User, me.user_id).password_hash:
            raise Forbidden("NO_PASSWORD", _("You have no password: this link is how you sign in"),
                            fix=_("Ask an administrator for a link to set one"))
    unlink(me.user_id, link_id, client_asking())
    flash(str(_("The link was taken away.")), "green")
    return make_response(redirect(HERE))


def _factor_page(refusal: Refusal | None = None, codes: tuple[str, ...] = ()) -> str:
    me = visitor()
    on = factor_set_up(me.user_id)
    secret = "" if on else factor_begun(me.user_id)
    since = set_up_since(me.user_id)
    wrong = next((str(each.message) for each in refusal.problems), "") if refusal else ""
    label = _("Code the app shows") if not on else _("Code of the app, or a recovery code")
    page = FactorPage(
        str(_("Second factor")), FACTOR, on, demands_factor(me.user_id), _picture(secret, me.login) if secret else "",
        " ".join(secret[at:at + 4] for at in range(0, len(secret), 4)), recovery_left(me.user_id) if on else 0,
        format_instant(since) if since else "", Input("code", str(label), required=True, max_length=20, error=wrong),
        codes, refused(refusal) if not wrong else None)
    crumbs = [crumb(_("Sign-in and security"), HERE), crumb(page.title)]
    return render("factor.html", page, shell=shell(crumbs))


def _picture(secret: str, login: str) -> str:
    issuer = str(current_app.config.get("TRELLIS_NAME", "Trellis"))
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="white"))


def _factor_refused(refusal: Refusal) -> Answer:
    return _factor_page(refusal), refusal.status


@blueprint.get(FACTOR)
@served(own=True, enrolling=True)
def factor() -> Answer:
    """Show how the second factor is set up, or what may be done with it."""
    return _factor_page()


@blueprint.post(f"{FACTOR}/begin")
@served(own=True, enrolling=True)
def begin() -> Answer:
    """Make the secret that the app takes over."""
    begin_factor(visitor().user_id)
    return _factor_page()


@blueprint.post(FACTOR)
@served(refused=_factor_refused, own=True, enrolling=True)
def confirm() -> Answer:
    """Set it up once the app shows a right code; the recovery codes are shown now and never again."""
    me = visitor()
    codes = confirm_factor(me.user_id, request.form.get("code", ""))
    cookie["key"] = new_key(me.session_id, enrolling=False)
    return _factor_page(codes=tuple(codes))


def _demand_code() -> None:
    """Demand a right code; failures count as those of a sign-in, and the caller's work is left to commit them."""
    me = visitor()
    with as_system("count a wrong code") as system:
        user = system.get_one(User, me.user_id)
        demand_unlocked(user)
        if not passes_factor(me.user_id, request.form.get("code", "")):
            note_failure(user)
            note_event("code_failure", me.user_id, client_asking())
            raise _Wrong


class _Wrong(Exception):
    """A code was wrong: the page says so, and the count of failures is kept."""


def _wrong_code() -> Answer:
    return _factor_page(Invalid([Problem(
        "code", _("That is neither the code the app shows now nor a recovery code that is left"), "FACTOR_CODE")])), 422


@blueprint.post(f"{FACTOR}/remove")
@served(refused=_factor_refused, own=True)
def remove() -> Answer:
    """Take the second factor away, with a code of it; where a role demands one, it is set up anew at once."""
    me = visitor()
    try:
        _demand_code()
    except _Wrong:
        return _wrong_code()
    remove_factor(me.user_id)
    if demands_factor(me.user_id):
        cookie["key"] = new_key(me.session_id, enrolling=True)
        return make_response(redirect(FACTOR))
    flash(str(_("The second factor was taken away.")), "green")
    return make_response(redirect(HERE))


@blueprint.post(f"{FACTOR}/renew")
@served(refused=_factor_refused, own=True)
def renew() -> Answer:
    """Show new recovery codes, with a code of the factor; the old ones are good no more."""
    try:
        _demand_code()
    except _Wrong:
        return _wrong_code()
    return _factor_page(codes=tuple(renew_recovery(visitor().user_id)))
