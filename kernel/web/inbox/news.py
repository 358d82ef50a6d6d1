"""The inbox's tab of notifications: what one was told, seen or not, each leading to what it is about."""

from typing import Any

from flask import Blueprint, make_response, redirect, request

from kernel.entities.base import entities, entity
from kernel.i18n import _, current_timezone, format_date, format_instant
from kernel.notices.attention import attention
from kernel.notices.reading import Told, my_notification, my_notifications
from kernel.notices.services import see_all, see_notifications
from kernel.web.frame import crumb, shell
from kernel.web.inbox.reminders import inbox_tabs, shortened
from kernel.web.inbox.seeing import seen_after
from kernel.web.screen.inbox import InboxPage, Waiting, WaitingGroup
from kernel.web.screen.shown import Empty, Person
from kernel.web.serving import Answer, render, served
from kernel.web.show import address

__all__ = ["blueprint", "leads_to"]

blueprint = Blueprint("news", __name__)
HERE = "/inbox/notifications"


def leads_to(told: Told) -> str:
    """Give the address that a notification leads to; empty where there is nothing to look at."""
    row: Any = told.row
    if told.kind.path:
        return told.kind.path.format(**row.facts)
    if row.record_id is not None:
        return address(entity(row.entity), row.record_id, f"#comment-{row.comment_id}" if row.comment_id else "")
    cls = entities().get(row.facts.get("of", ""))
    return address(cls) if cls is not None else ""


@blueprint.get(HERE)
@served()
def news() -> Answer:
    """Show what the person was told."""
    asked = request.args.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 17 else None
    told, more = my_notifications(before)
    groups: dict[str, list[Waiting]] = {}
    for each in told:
        day = format_date(each.row.at.astimezone(current_timezone()).date())
        groups.setdefault(day, []).append(_line(each))
    page = InboxPage(
        str(_("Inbox")), (), tuple(WaitingGroup(day, tuple(some)) for day, some in groups.items()),
        empty=Empty("bell", str(_("Nothing to tell you yet")),
                    str(_("What happens to records you follow stands here: comments, new states, decisions."))),
        tabs=inbox_tabs(HERE), all_url=f"{HERE}/seen" if attention().news > 1 else "",
        more_url=f"{HERE}?before={more}" if more else "", choices_url="/me/notifications")
    return render("inbox.html", page, shell=shell([crumb(_("Inbox"))], here="inbox"))


def _line(told: Told) -> Waiting:
    row: Any = told.row
    cls = entities().get(row.entity or row.facts.get("of", ""))
    fresh = row.seen_at is None
    return Waiting(
        f"{HERE}/{row.id}", told.title, str(cls.__label__) if cls is not None else str(told.kind.label),
        Person(row.who or ""), shortened(told.says), format_instant(row.at), fresh=fresh,
        icon="" if row.who else told.kind.icon, done_url=f"{HERE}/{row.id}/seen" if fresh else "", done=str(_("Seen")))


@blueprint.get(f"{HERE}/<int:notification_id>")
@served()
def follow(notification_id: int) -> Answer:
    """Go on to what a notification is about, which is seen by that."""
    told = my_notification(notification_id)
    seen_after(lambda: see_notifications([notification_id]))
    return make_response(redirect(leads_to(told) or HERE if told is not None else HERE, 303))


@blueprint.post(f"{HERE}/seen")
@served()
def all_seen() -> Answer:
    """Say that all were seen."""
    see_all()
    return make_response(redirect(HERE, 303))


@blueprint.post(f"{HERE}/<int:notification_id>/seen")
@served()
def seen(notification_id: int) -> Answer:
    """Say that one was seen."""
    see_notifications([notification_id])
    return make_response(redirect(HERE, 303))
