"""Look through the pages as another user has them: read only, marked on every page, written down."""

from flask import Blueprint, flash, make_response, redirect
from flask import session as cookie

from kernel.entities.work import as_system, session
from kernel.errors import Forbidden, NotFound
from kernel.i18n import _
from kernel.identity.models import User
from kernel.identity.signing.log import note_event
from kernel.identity.signing.sessions import look_as, new_key, seen_by
from kernel.permissions.keepers import demand_covered
from kernel.permissions.rights import rights
from kernel.web.frame import access_address
from kernel.web.serving import Answer, served, visitor
from kernel.web.signing.client import client_asking

__all__ = ["blueprint"]

blueprint = Blueprint("seeing", __name__)


@blueprint.post("/settings/access/users/<int:user_id>/see")
@served()
def see(user_id: int) -> Answer:
    """Begin to look as a user; only what one may do oneself, too."""
    rights().demand("see_as", "kernel.user")
    user, me = session().get(User, user_id), visitor()
    if user is None or not user.active or user.archived:
        raise NotFound("USER", _("This user doesn't exist or may not sign in"))
    if user.id == me.user_id:
        raise Forbidden("SEEING_AS", _("You see your own pages already"))
    demand_covered(user)
    with as_system("look as a user"):
        look_as(me.session_id, user.id)
        note_event("seeing_as", user.id, client_asking(), by_id=me.user_id)
        cookie["key"] = new_key(me.session_id)
    return make_response(redirect("/"))


@blueprint.post("/me/see-myself")
@served(own=True)
def stop() -> Answer:
    """Stop looking as a user."""
    me = visitor()
    with as_system("look as oneself"):
        seen = seen_by(me.session_id)
        if seen is None:
            return make_response(redirect("/"))
        look_as(me.session_id, None)
        note_event("seen_as", seen, client_asking(), by_id=me.user_id)
        cookie["key"] = new_key(me.session_id)
    flash(str(_("You are yourself again.")), "green")
    return make_response(redirect(access_address(seen)))
