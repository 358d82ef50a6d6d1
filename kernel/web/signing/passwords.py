"""Set a password: one's own with the present one, or somebody's as an administrator."""

from flask import Blueprint, flash, make_response, redirect, request
from flask import session as cookie

from kernel.entities.work import as_system, session
from kernel.errors import Forbidden, Invalid, NotFound, Problem, Refusal
from kernel.i18n import _
from kernel.identity.models import User
from kernel.identity.signing.log import note_event
from kernel.identity.signing.passwords import SHORTEST, check_sign_in, set_password
from kernel.identity.signing.sessions import new_key
from kernel.permissions.keepers import demand_covered
from kernel.permissions.rights import rights
from kernel.web.frame import access_address, crumb, shell
from kernel.web.screen.form import FormPage, Input, Section
from kernel.web.serving import Answer, render, served, visitor
from kernel.web.show import address, refused
from kernel.web.signing.client import client_asking

__all__ = ["blueprint"]

blueprint = Blueprint("passwords", __name__)


def _refused(refusal: Refusal, user_id: int) -> Answer:
    return _page(user_id, refusal), refusal.status


@blueprint.get("/kernel/user/<int:user_id>/password")
@served(own=True)
def ask(user_id: int) -> Answer:
    """Show the form for a new password."""
    return _page(user_id)


def _page(user_id: int, refusal: Refusal | None = None) -> str:
    user = _user(user_id)
    wrong = {problem.field: str(problem.message) for problem in refusal.problems} if refusal else {}
    own = user_id == visitor().user_id
    inputs = (
        *((Input("present", str(_("Present password")), "password", required=True, error=wrong.get("present", "")),)
          if own else ()),
        Input("password", str(_("New password")), "password", required=True, error=wrong.get("password", ""),
              help=str(_("At least {n} characters; a sentence is easiest to remember", n=SHORTEST))),
    )
    page = FormPage(
        title=str(_("Password of {name}", name=user.name)), url=request.path, new=True,
        sections=(Section("", inputs),), cancel_href=_back(user_id, own=own),
        submit=str(_("Set the password")),
        refused=refused(refusal))
    return render("form.html", page, shell=shell([crumb(_("Settings")), crumb(user.name), crumb(_("Password"))]))


def _user(user_id: int) -> User:
    found = session().get(User, user_id)
    if found is None:
        raise NotFound("NO_SUCH_RECORD", _("There is no such record"))
    if user_id != visitor().user_id:
        if not rights().may("change", "kernel.user"):
            raise Forbidden("FORBIDDEN", _("You may set your own password only"))
        demand_covered(found)
    return found


@blueprint.post("/kernel/user/<int:user_id>/password")
@served(refused=_refused, own=True)
def change(user_id: int) -> Answer:
    """Set a password and end the user's other sessions; one's own goes on under another key."""
    user, me = _user(user_id), visitor()
    own = user_id == me.user_id
    with as_system("set a password") as system:
        if own and check_sign_in(user.login, request.form.get("present", "")) is None:
            wrong = Invalid([Problem("present", _("That is not your present password"), "PASSWORD_WRONG")])
            return _page(user_id, wrong), wrong.status  # not raised: the failure is counted
        known = system.get_one(User, user_id)
        set_password(known, request.form.get("password", ""), besides=me.session_id if own else None)
        note_event("password", user_id, client_asking(), by_id=None if own else me.user_id)
        if own:
            cookie["key"] = new_key(me.session_id)
    flash(str(_("The password was set; {name} signs in with it from now on.", name=user.name)), "green")
    return make_response(redirect(_back(user_id, own=own)))


def _back(user_id: int, *, own: bool) -> str:
    """Give the page that leads here: one's own security, else the user's access or, where that is shut, their form."""
    if own:
        return "/me/security"
    return access_address(user_id) if rights().may("change", "kernel.role") else address(User, user_id)
