"""The page behind a one-time link: a new password, without the old one."""

from flask import Response, make_response, redirect, request
from flask import session as cookie

from kernel.entities.work import Actor, perform
from kernel.errors import NotFound, Refusal
from kernel.i18n import _, use_locale
from kernel.identity.signing.passwords import SHORTEST
from kernel.identity.signing.resets import reset_user, use_reset
from kernel.web.screen.form import Input
from kernel.web.screen.setup import DoorStep
from kernel.web.serving import Answer, locale_asked, render
from kernel.web.show import refused
from kernel.web.signing.client import client_asking

__all__ = ["show", "use"]


def _page(secret: str, refusal: Refusal | None = None) -> Response:
    locale = locale_asked()
    with use_locale(locale):
        try:
            name = perform(Actor(system=True), lambda: reset_user(secret).name, reading=True)
        except NotFound as gone:
            return _answer(DoorStep(
                str(_("New password")), "", locale=locale, other=(str(_("To the sign-in page")), "/sign-in"),
                refused=refused(gone)), gone.status)
        wrong = {each.field: str(each.message) for each in refusal.problems} if refusal else {}
        return _answer(DoorStep(
            str(_("New password")), f"/reset/{secret}", locale=locale, autocomplete="new-password",
            text=str(_("{name}, choose the password you sign in with from now on.", name=name)),
            inputs=(Input("password", str(_("New password")), "password", required=True,
                          error=wrong.get("password", ""),
                          help=str(_("At least {n} characters; a sentence is easiest to remember", n=SHORTEST))),),
            submit=str(_("Set the password"))), refusal.status if refusal else 200)


def _answer(page: DoorStep, status: int) -> Response:
    return make_response(render("door_step.html", page), status)


def show(secret: str) -> Answer:
    """Ask for the new password."""
    return _page(secret)


def use(secret: str) -> Answer:
    """Set it, and lead to the door: whoever has the link must still know the user name and the second factor."""
    client = client_asking()
    with use_locale(locale_asked()):
        try:
            perform(Actor(system=True), lambda: use_reset(secret, request.form.get("password", ""), client))
        except Refusal as refusal:
            return _page(secret, refusal)
        cookie["door"] = ("", str(_("Your new password is set. Sign in with it.")))
    return make_response(redirect("/sign-in"))
