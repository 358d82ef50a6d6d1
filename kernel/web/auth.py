"""Signing in and out, and the preferences everybody sets for themselves."""

import json

from flask import Blueprint, Response, current_app, flash, make_response, redirect, request
from flask import session as cookie
from flask_limiter import Limiter
from sqlalchemy import select

from kernel.config import Config
from kernel.entities.work import Actor, as_system, perform, session
from kernel.errors import Forbidden, NotFound
from kernel.i18n import LOCALES, _, use_locale
from kernel.identity.models import Company, User
from kernel.identity.passwords import check_sign_in
from kernel.web.frame import companies
from kernel.web.screen.setup import SignIn
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, back_here, locale_asked, referring_page, render, served, visitor

__all__ = ["auth_blueprint"]


def auth_blueprint(limiter: Limiter) -> Blueprint:
    """Make the pages at the door; sign-in is limited by address on top of the lock-out by user."""
    blueprint = Blueprint("auth", __name__)
    blueprint.get("/sign-in")(show_sign_in)
    blueprint.post("/sign-in")(limiter.limit("20 per minute; 200 per hour")(sign_in))
    blueprint.post("/sign-out")(sign_out)
    blueprint.post("/preferences")(set_preferences)
    blueprint.post("/company")(choose_company)
    return blueprint


def _door(error: str = "", wait: str = "", login: str = "", status: int = 200) -> Response:
    locale = locale_asked()
    after = request.values.get("after", "")
    with use_locale(locale):
        page = SignIn(
            "/sign-in", login=login, after=after, error=error, wait=wait, locale=locale,
            company=current_app.config.get("TRELLIS_NAME", "Trellis"),
            demo=_demo_sign_ins(),
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
    return _door()


def sign_in() -> Answer:
    """Check name and password; on success start a session of a new identity, so that none can be planted."""
    login = request.form.get("login", "")
    password = request.form.get("password", "")
    with use_locale(locale_asked()):
        try:
            found = perform(Actor(system=True), lambda: _checked(login, password))
        except Forbidden as refusal:
            return _door(str(refusal.message), str(refusal.fix or ""), login, 403)
        if found is None:
            return _door(str(_("That user name and password do not fit together.")), login=login, status=403)
    after = back_here(request.form.get("after", "/") or "/")
    cookie.clear()
    cookie.permanent = True
    cookie["user"], cookie["key"], cookie["company"] = found
    return make_response(redirect(after))


def _checked(login: str, password: str) -> tuple[int, str, int | None] | None:
    user = check_sign_in(login, password)
    if user is None:
        return None
    company = user.home_company_id or session().scalar(select(Company.id).order_by(Company.id).limit(1))
    return user.id, user.session_key, company


def sign_out() -> Answer:
    """End this session."""
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
