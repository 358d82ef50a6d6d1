"""One's own settings: what one is told of, in the app or by mail, and what makes one follow a record."""

from flask import Blueprint, flash, make_response, redirect, request
from sqlalchemy import select

from kernel.discussion.following import Following, change_following, following_of
from kernel.entities.work import as_system, session
from kernel.errors import Refusal
from kernel.i18n import _
from kernel.identity.models import User
from kernel.mail.sending import refusal_of
from kernel.mail.server import mail_server
from kernel.notices.choices import MAIL_CHOICES, Wanted, change_wanted, wanted_of
from kernel.notices.declare import kinds
from kernel.web.frame import crumb, plugin_label, shell
from kernel.web.screen.inbox import KindChoice, TellingPage
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, render, served, visitor
from kernel.web.show import refused

__all__ = ["blueprint"]

blueprint = Blueprint("telling", __name__)
HERE = "/me/notifications"
FOLLOWING = (
    ("made", _("I made it")), ("owned", _("It is mine")), ("commented", _("I commented on it")),
    ("called", _("Somebody called me in a comment on it")),
)


@blueprint.get(HERE)
@served()
def choices() -> Answer:
    """Show how the person is told of what."""
    return _page()


def _page(refusal: Refusal | None = None) -> str:
    me = visitor()
    wanted, following = wanted_of(me.user_id), following_of(me.user_id)
    groups: dict[str, list[KindChoice]] = {}
    for kind in kinds():
        chosen = wanted[kind.name]
        label = str(_("All apps")) if kind.plugin == "kernel" else plugin_label(kind.plugin)
        groups.setdefault(label, []).append(KindChoice(
            kind.name, str(kind.label), chosen.in_app,
            tuple(Choice(value, str(word), value == chosen.mail) for value, word in MAIL_CHOICES.items())))
    email = _email(me.user_id)
    page = TellingPage(
        str(_("What I am told")), tuple((label, tuple(some)) for label, some in groups.items()),
        tuple(Choice(name, str(label), getattr(following, name)) for name, label in FOLLOWING),
        email, mails=_mails(), bounced=refusal_of(email) if email else "", refused=refused(refusal))
    return render("telling.html", page, shell=shell([crumb(page.title)]))


def _mails() -> bool:
    with as_system("see whether anything is mailed"):
        return mail_server() is not None


def _email(user_id: int) -> str:
    users = User.__table__.c
    return session().work.connection.scalar(select(users.email).where(users.id == user_id)) or ""


@blueprint.post(HERE)
@served(refused=lambda refusal: (_page(refusal), refusal.status))
def choose() -> Answer:
    """Take what was chosen."""
    form = request.form
    change_wanted({
        kind.name: Wanted(f"app.{kind.name}" in form, form.get(f"mail.{kind.name}", "")) for kind in kinds()})
    chosen = form.getlist("following")
    change_following(Following(**{name: name in chosen for name, _label in FOLLOWING}))
    flash(str(_("Saved.")), "green")
    return make_response(redirect(HERE, 303))
