"""Save a view of a list, board or calendar under a name; rename, overwrite, share, delete it, or open with it."""

from dataclasses import replace
from urllib.parse import parse_qsl

from flask import Blueprint, flash, make_response, redirect, request
from werkzeug.datastructures import MultiDict

from kernel.entities.base import Entity
from kernel.errors import NotFound, Refusal
from kernel.exchange.savedviews import change_view, delete_view, get_view, save_view, set_default
from kernel.i18n import _
from kernel.web.asked import Asked
from kernel.web.listing.pages import entity_asked, show_list
from kernel.web.listing.tabs import KEPT, state_of, view_address
from kernel.web.serving import Answer, served
from kernel.web.show import address

__all__ = ["blueprint"]

blueprint = Blueprint("savedviews", __name__)


def _asked() -> Asked:
    """Read the state that was shown, which the form brings along as a query."""
    pairs = parse_qsl(request.form.get("state", ""))
    return replace(Asked.from_args(MultiDict(pairs)), also=tuple(pair for pair in pairs if pair[0] in KEPT))


def _refused(refusal: Refusal, plugin: str, name: str, id_: int = 0) -> Answer:
    """Show the state as a list again, with what was typed and why it wasn't done."""
    asked = replace(_asked(), view=str(id_ or ""))
    page = show_list(entity_asked(plugin, name, lines=True), asked, refusal, typed=request.form.get("name", ""))
    return page, refusal.status


@blueprint.post("/<plugin>/<name>/views")
@served(refused=_refused)
def save(plugin: str, name: str) -> Answer:
    """Save what is shown as a new view."""
    cls = entity_asked(plugin, name, lines=True)
    id_ = save_view(cls, request.form.get("name", ""), request.form.get("page", "list"), state_of(cls, _asked()),
                    shared=request.form.get("shared") == "1")
    view = get_view(cls, id_)
    flash(str(_("The view “{name}” was saved.", name=view.name)), "green")
    return make_response(redirect(view_address(cls, view)))


@blueprint.post("/<plugin>/<name>/views/<int:id_>")
@served(refused=_refused)
def change(plugin: str, name: str, id_: int) -> Answer:
    """Change a saved view, or whether one's list opens with it."""
    cls = entity_asked(plugin, name, lines=True)
    there = _change(cls, id_, request.form.get("do", ""))
    return make_response(redirect(there))


def _change(cls: type[Entity], id_: int, action: str) -> str:
    """Do what a button of the view's menu says; gives the address to go on to."""
    match action:
        case "overwrite":
            change_view(cls, id_, state=state_of(cls, _asked()))
        case "rename":
            change_view(cls, id_, name=request.form.get("name", ""))
        case "share" | "keep":
            change_view(cls, id_, shared=action == "share")
        case "default":
            set_default(cls, id_)
        case "undefault":
            set_default(cls, None)
        case "delete":
            delete_view(cls, id_)
            flash(str(_("The view was deleted. The records it showed are untouched.")), "green")
            return address(cls)
        case _:
            raise NotFound("UNKNOWN_ACTION", _("There is no such action"))
    flash(str(_("Saved.")), "green")
    return view_address(cls, get_view(cls, id_))
