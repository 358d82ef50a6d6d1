"""What is done in a record's side column: comment, call somebody, attach, plan activities, follow, star.

Each address answers a form with the record's page, and a script that asks for the column alone (X-Part) with that: so
what is typed into the record meanwhile stays.
"""

import datetime as dt
from typing import Any

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, request

from kernel.api.answers import file_answer
from kernel.discussion import services
from kernel.discussion.activities import services as activities
from kernel.discussion.following import follow as follow_record
from kernel.discussion.following import unfollow
from kernel.discussion.mentions import candidates
from kernel.discussion.reading import attachment_of, comments_of
from kernel.entities.base import Entity
from kernel.errors import NotFound, Refusal
from kernel.i18n import _
from kernel.notices.services import see_about_record
from kernel.web.discussion import discussion_of
from kernel.web.forms import record_page
from kernel.web.listing.pages import entity_asked
from kernel.web.screen.discussion import Discussion
from kernel.web.serving import Answer, render, served
from kernel.web.show import address

__all__ = ["blueprint", "sealed"]

blueprint = Blueprint("talk", __name__)
RECORD = "/<plugin>/<name>/<int:id_>"
SEALED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""The content policy of a file: whatever it holds, nothing of it runs or loads, and it is nobody's page."""
PDF = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
"""Browsers don't show a PDF in a sandbox; its own scripts have no way to the page's."""


def _back(cls: type[Entity], id_: int, anchor: str = "talk") -> Answer:
    """Go on to the column, or to the record's page where a form was sent without script."""
    if "X-Part" in request.headers:
        return make_response(redirect(address(cls, id_, "/talk"), 303))
    return make_response(redirect(f"{address(cls, id_)}#{anchor}", 303))


def _refused(refusal: Refusal, plugin: str, name: str, id_: int, **_values: object) -> Answer:
    """Show why not, with everything typed kept."""
    cls = entity_asked(plugin, name)
    if refusal.status == 404:
        raise refusal
    services.open_record(cls, id_)
    discussion = discussion_of(cls, id_, request.args, refusal, request.form)
    if "X-Part" in request.headers:
        return _part(discussion, refusal.status)
    return record_page(cls, id_, discussion=discussion), refusal.status


@blueprint.get(f"{RECORD}/talk")
@served()
def talk(plugin: str, name: str, id_: int) -> Answer:
    """Answer with the column alone."""
    cls = entity_asked(plugin, name)
    services.open_record(cls, id_)
    return _part(discussion_of(cls, id_, request.args))


def _part(discussion: Discussion, status: int = 200) -> Answer:
    """Answer with the column alone, marked as such: a script then knows it from a sign-in page."""
    made = make_response(render("_discussion.html", discussion), status)
    made.headers["X-Part"] = "talk"
    return made


@blueprint.post(f"{RECORD}/comments")
@served(refused=_refused)
def comment(plugin: str, name: str, id_: int) -> Answer:
    """Comment on a record."""
    cls = entity_asked(plugin, name)
    services.comment(services.open_record(cls, id_), request.form.get("text", ""))
    return _back(cls, id_)


@blueprint.post(f"{RECORD}/comments/<int:comment_id>")
@served(refused=_refused)
def edit_comment(plugin: str, name: str, id_: int, comment_id: int) -> Answer:
    """Change one's own comment."""
    services.edit_comment(comment_id, request.form.get("text", ""))
    return _back(entity_asked(plugin, name), id_, f"comment-{comment_id}")


@blueprint.post(f"{RECORD}/comments/<int:comment_id>/delete")
@served(refused=_refused)
def delete_comment(plugin: str, name: str, id_: int, comment_id: int) -> Answer:
    """Take one's own comment back."""
    services.delete_comment(comment_id)
    return _back(entity_asked(plugin, name), id_)


@blueprint.post(f"{RECORD}/seen")
@served()
def seen(plugin: str, name: str, id_: int) -> Answer:
    """Take what one was told of a record out of one's inbox and news: it was shown."""
    cls = entity_asked(plugin, name)
    services.open_record(cls, id_)
    services.see_mentions([each.id for each in comments_of(cls, id_) if each.calls_me])
    see_about_record(cls, id_)
    return make_response("", 204)


@blueprint.get(f"{RECORD}/people")
@served()
def people(plugin: str, name: str, id_: int) -> Answer:
    """Give those who may read a record, for the pickers: by part of their name."""
    cls = entity_asked(plugin, name)
    services.open_record(cls, id_)
    found = candidates(cls, id_, request.args.get("q", "").strip()[:60])
    return jsonify([
        {"value": str(each.user_id), "label": each.name, "note": each.written if each.written != each.name else "",
         "written": each.written} for each in found])


@blueprint.post(f"{RECORD}/files")
@served(refused=_refused)
def attach(plugin: str, name: str, id_: int) -> Answer:
    """Put files with a record, all or none."""
    cls = entity_asked(plugin, name)
    record = services.open_record(cls, id_)
    given = [each for each in request.files.getlist("file") if each.filename]
    if not given:
        raise Refusal("NO_FILE", _("Choose a file first"), field="file")
    for each in given:
        each.stream.seek(0)  # the work is done again where the database gave way to somebody else's
        services.attach(record, each.filename or "", each.stream)
    return _back(cls, id_, "files")


@blueprint.get(f"{RECORD}/files/<int:file_id>")
@served()
def download(plugin: str, name: str, id_: int, file_id: int) -> Answer:
    """Give a file to whoever may read its record."""
    cls = entity_asked(plugin, name)
    services.open_record(cls, id_)
    return sealed(attachment_of(cls, id_, file_id))


def sealed(file: Any) -> Response:
    """Send a file of the store: pictures and PDFs may be looked at, all else is only saved; nothing of it runs."""
    made = file_answer(file, file.media_type, as_attachment=file.media_type == services.OTHER)
    made.headers["Content-Security-Policy"] = PDF if file.media_type == "application/pdf" else SEALED
    made.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    made.headers["Cache-Control"] = "private, no-cache"
    return made


@blueprint.post(f"{RECORD}/files/<int:file_id>/delete")
@served(refused=_refused)
def detach(plugin: str, name: str, id_: int, file_id: int) -> Answer:
    """Take a file away from its record."""
    cls = entity_asked(plugin, name)
    attachment_of(cls, id_, file_id)
    services.detach(file_id)
    return _back(cls, id_, "files")


@blueprint.post(f"{RECORD}/follow-ups")
@served(refused=_refused)
def follow_up(plugin: str, name: str, id_: int) -> Answer:
    """Plan an activity on a record."""
    cls, form = entity_asked(plugin, name), request.form
    record = services.open_record(cls, id_)
    activities.follow_up(record, _day("due_on"), form.get("note", ""), _number("user"), _number("kind"))
    return _back(cls, id_, "follow-ups")


def _number(name: str) -> int | None:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else None


def _day(name: str) -> dt.date | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("NO_DATE", _("Choose the day of the activity"), field="due_on") from error


@blueprint.post(f"{RECORD}/plans")
@served(refused=_refused)
def begin_plan(plugin: str, name: str, id_: int) -> Answer:
    """Start a plan of activities on a record."""
    cls = entity_asked(plugin, name)
    record = services.open_record(cls, id_)
    plan = _number("plan")
    if plan is None:
        raise Refusal("NO_SUCH_PLAN", _("Choose a plan first"), field="plan")
    activities.start_plan(record, plan, _day("begins_on"))
    return _back(cls, id_, "follow-ups")


@blueprint.post(f"{RECORD}/follow-ups/<int:follow_up_id>/<do>")
@served(refused=_refused)
def end(plugin: str, name: str, id_: int, follow_up_id: int, do: str) -> Answer:
    """Say that an activity is done, what came of it and what follows; or call it off."""
    cls = entity_asked(plugin, name)
    if do == "cancel":
        activities.cancel_follow_up(follow_up_id)
    elif do == "done":
        then = _number("then")
        activities.finish_follow_up(
            follow_up_id, request.form.get("result", ""),
            activities.Next(then, _day("then_on")) if then is not None and request.form.get("next") else None)
    else:
        raise NotFound("PAGE", _("There is no such page"))
    return _back(cls, id_, "follow-ups")


@blueprint.post(f"{RECORD}/follow")
@served(refused=_refused)
def follow(plugin: str, name: str, id_: int) -> Answer:
    """Follow a record, or no more."""
    cls = entity_asked(plugin, name)
    record = services.open_record(cls, id_)
    if request.form.get("follow") == "off":
        unfollow(record)
    else:
        follow_record(record)
    return _back(cls, id_)


@blueprint.post(f"{RECORD}/star")
@served(refused=_refused)
def star(plugin: str, name: str, id_: int) -> Answer:
    """Put a record into the sidebar, or take it out."""
    cls = entity_asked(plugin, name)
    if request.form.get("star") == "off":
        services.unstar(cls, id_)
    else:
        services.star(services.open_record(cls, id_))
        flash(str(_("It stands in the sidebar now, under Starred.")), "green")
    return make_response(redirect(address(cls, id_), 303))
