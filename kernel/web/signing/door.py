"""Signing in and out, and the preferences everybody sets for themselves."""

import json

from flask import Blueprint, Response, current_app, flash, make_response, redirect, request
from flask import session as cookie
from flask_limiter import Limiter
from sqlalchemy import func, select

from kernel.config import Config
from kernel.entities.work import Actor, as_system, perform, session
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.i18n import LOCALES, _, use_locale
from kernel.identity.models import User
from kernel.identity.signing.log import Client, hashed, note_event
from kernel.identity.signing.passwords import check_sign_in, demand_unlocked, note_failure
from kernel.identity.signing.providers import active_providers
from kernel.identity.signing.second_factor import passes_factor
from kernel.identity.signing.sessions import end_session, session_query
from kernel.web.frame import companies
from kernel.web.live.streams import streams_of
from kernel.web.screen.form import Input
from kernel.web.screen.setup import DoorStep, SignIn
from kernel.web.screen.shown import Choice
from kernel.web.serving import (
    Answer,
    back_here,
    locale_asked,
    parameters_of_session,
    referring_page,
    render,
    served,
    visitor,
)
from kernel.web.show import refused
from kernel.web.signing import providers, resets
from kernel.web.signing.admitting import Admitted, admit, go_on, waiting
from kernel.web.signing.client import client_asking

__all__ = ["auth_blueprint"]

OFTEN = "20 per minute; 200 per hour"
"""How often one address may try, on top of the lock-out by user."""


def auth_blueprint(limiter: Limiter) -> Blueprint:
    """Make the pages at the door; what can be tried is limited by address on top of the lock-out by user."""
    blueprint = Blueprint("auth", __name__)
    limited = limiter.limit(OFTEN)
    blueprint.get("/sign-in")(show_sign_in)
    blueprint.post("/sign-in")(limited(sign_in))
    blueprint.get("/sign-in/code")(show_code)
    blueprint.post("/sign-in/code")(limited(enter_code))
    blueprint.get("/sign-in/with/<name>")(limited(providers.leave))
    blueprint.get("/sign-in/back/<name>")(limited(providers.come_back))
    blueprint.get("/reset/<secret>")(limited(resets.show))
    blueprint.post("/reset/<secret>")(limited(resets.use))
    blueprint.post("/sign-out")(sign_out)
    blueprint.post("/preferences")(set_preferences)
    blueprint.post("/company")(choose_company)
    return blueprint


def door(error: str = "", wait: str = "", login: str = "", status: int = 200) -> Response:
    """Show the door, with why it stayed shut."""
    locale = locale_asked()
    after = request.values.get("after", "")
    known = perform(Actor(system=True), active_providers, reading=True)
    with use_locale(locale):
        page = SignIn(
            "/sign-in", login=login, after=after, error=error, wait=wait, locale=locale,
            company=current_app.config.get("TRELLIS_NAME", "Trellis"),
            demo=_demo_sign_ins(), providers=tuple(
                Choice(each.name, each.label, href=providers.address_of(each.name, after)) for each in known),
            locales=tuple(
                Choice(code, label, code == locale, f"/sign-in?lang={code}") for code, label in LOCALES.items()))
        return make_response(render("login.html", page), status)


def _demo_sign_ins() -> tuple[tuple[str, str, str], ...]:
    """Give who may try a demo installation; none where it isn't one."""
    config: Config = current_app.extensions["trellis.config"]
    try:
        found = json.loads(config.demo_sign_ins.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    return tuple((str(login), str(password), str(what)) for login, password, what in found)


def show_sign_in() -> Answer:
    """Show the door; somebody signed in already goes on."""
    if isinstance(cookie.get("user"), int):
        return make_response(redirect(back_here(request.args.get("after", "/"))))
    error, wait = cookie.pop("door", ("", ""))
    return door(error, wait)


def sign_in() -> Answer:
    """Check name and password; on success start a session of a new identity, so that none can be planted."""
    login, password, client = request.form.get("login", ""), request.form.get("password", ""), client_asking()
    with use_locale(locale_asked()):
        found = perform(Actor(system=True), lambda: _checked(login, password, client))
        if isinstance(found, Refusal):
            return door(str(found.message), str(found.fix or ""), login, 403)
    return go_on(found, back_here(request.form.get("after", "/") or "/"))


def _checked(login: str, password: str, client: Client) -> Admitted | Refusal:
    """Admit somebody, or say why not; what was counted and written down stays in either case."""
    wrong = Forbidden("SIGN_IN", _("That user name and password do not fit together."))
    try:
        user = check_sign_in(login, password)
    except Forbidden as refusal:
        note_event("locked", _id_of(login), client, login=login)
        return refusal
    if user is None:
        note_event("failure", _id_of(login), client, login=login)
        return wrong
    return admit(user, "password", client)


def _id_of(login: str) -> int | None:
    return session().scalar(
        select(User.id).where(func.lower(User.login) == login.strip().lower(), User.archived.is_(False)).limit(1))


def _code_page(refusal: Refusal | None = None) -> Response:
    locale = locale_asked()
    with use_locale(locale):
        page = DoorStep(
            str(_("Second step")), "/sign-in/code", locale=locale,
            text=str(_("Type the six figures your authenticator app shows now, or one of your recovery codes.")),
            inputs=(Input("code", str(_("Code")), required=True, max_length=20),), autocomplete="one-time-code",
            submit=str(_("Sign in")), other=(str(_("Sign in as somebody else")), "/sign-in"),
            refused=refused(refusal))
        return make_response(render("door_step.html", page), refusal.status if refusal else 200)


def show_code() -> Answer:
    """Ask for the code of the second factor, of whoever proved the first one just now."""
    return _code_page() if waiting() else make_response(redirect("/sign-in"))


def enter_code() -> Answer:
    """Check the code; on success begin the session."""
    known, client = waiting(), client_asking()
    if known is None:
        with use_locale(locale_asked()):
            return door(str(_("The second step took too long")), str(_("Sign in again")), status=403)
    user_id, method, after = known
    with use_locale(locale_asked()):
        code = request.form.get("code", "")
        found = perform(Actor(system=True), lambda: _checked_code(user_id, method, code, client))
        if isinstance(found, Refusal):
            return _code_page(found)
    return go_on(found, back_here(after))


def _checked_code(user_id: int, method: str, code: str, client: Client) -> Admitted | Refusal:
    user = session().get_one(User, user_id)
    try:
        demand_unlocked(user)
    except Forbidden as refusal:
        note_event("locked", user_id, client)
        return refusal
    try:
        by = passes_factor(user_id, code)
    except Refusal as refusal:
        return refusal
    if not by or not user.active or user.archived:
        note_failure(user)
        note_event("code_failure", user_id, client)
        return Forbidden("CODE", _("That is not the code the app shows now"),
                         fix=_("Each code is good once; wait for the next one, or use a recovery code"))
    if by == "recovery":
        note_event("recovery", user_id, client)
    return admit(user, method, client, factor=True)


def sign_out() -> Answer:
    """End this session, on the server too."""
    key, client = cookie.get("key"), client_asking()
    ended: list[int] = []

    def end() -> None:
        row = session().work.connection.execute(session_query(), parameters_of_session(hashed(str(key)))).first()
        if row is not None:
            end_session(row.id, row.session_id, client, what="signed_out")
            ended.append(row.session_id)

    if key:
        perform(Actor(system=True), end)
    for session_id in ended:
        streams_of(current_app).end(session_id)
    cookie.clear()
    return make_response(redirect("/sign-in"))


@served()
def set_preferences() -> Answer:
    """Set one's own language or theme, as the person and not by a grant on users."""
    locale, theme = request.form.get("locale"), request.form.get("theme")
    with as_system("a person's own preferences") as system:
        user = system.get_one(User, visitor().user_id)
        if locale in LOCALES:
            user.locale = locale
        if theme in ("light", "dark", "auto"):
            user.theme = theme
    return make_response(redirect(referring_page()))


@served()
def choose_company() -> Answer:
    """Work in another company, one that a role reaches."""
    wanted = request.form.get("company", "")
    names = {str(id_): name for id_, name in companies()}
    if wanted not in names:
        raise NotFound("COMPANY", _("This company isn't open to you"))
    cookie["company"] = int(wanted)
    with use_locale(visitor().locale):
        flash(str(_("You now work in {company}.", company=names[wanted])), "green")
    return make_response(redirect("/"))
