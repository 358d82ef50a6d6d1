"""The inbox's other tabs: where somebody was called in a comment, and the person's activities, and the live count."""

from collections.abc import Iterable

from flask import Blueprint, flash, jsonify, make_response, redirect

from kernel.discussion.activities.reading import kind_of, standing_of
from kernel.discussion.activities.services import finish_follow_up
from kernel.discussion.reading import Reminder, my_follow_ups, my_mentions
from kernel.discussion.services import see_mentions
from kernel.entities.base import entity
from kernel.i18n import _, current_timezone, format_date, format_instant
from kernel.mail.incoming.services import ENTITY as MAILS
from kernel.mail.incoming.services import unfiled_count
from kernel.notices.attention import Attention, attention
from kernel.notices.services import see_about_comments
from kernel.permissions.rights import rights
from kernel.web.frame import crumb, shell
from kernel.web.screen.inbox import InboxPage, Waiting, WaitingGroup
from kernel.web.screen.listing import Tab
from kernel.web.screen.shown import Empty, Person
from kernel.web.serving import Answer, render, served
from kernel.web.show import address

__all__ = ["blueprint", "counts", "inbox_tabs", "shortened"]

blueprint = Blueprint("reminders", __name__)
LONGEST_EXCERPT = 140


def inbox_tabs(current: str) -> tuple[Tab, ...]:
    """Give the tabs of the inbox with how much waits in each."""
    waits = attention()
    tabs = [(_("Approvals"), "/inbox", waits.approvals), (_("Mentions"), "/inbox/mentions", waits.mentions),
            (_("Activities"), "/inbox/follow-ups", waits.follow_ups), (_("News"), "/inbox/notifications", waits.news)]
    if rights().may("read", MAILS):
        tabs.append((_("Mails"), "/inbox/mails", unfiled_count()))
    return tuple(Tab(str(label), href, str(count or ""), href == current) for label, href, count in tabs)


def counts() -> dict[str, object]:
    """Give the numbers beside the inbox and the bell, with what is said to whoever can't see where they stand."""
    waits: Attention = attention()
    return {"count": waits.waiting, "said": str(_("waiting")), "news": waits.news, "unseen": str(_("unseen"))}


@blueprint.get("/inbox/count")
@served()
def count() -> Answer:
    """Say how much waits and how much is new, for the numbers beside the inbox and the bell."""
    return jsonify(counts())


@blueprint.get("/inbox/mentions")
@served()
def mentions() -> Answer:
    """Show where somebody called the person."""
    groups: dict[str, list[Waiting]] = {}
    for each in my_mentions():
        day = format_date(each.row.at.astimezone(current_timezone()).date())
        groups.setdefault(day, []).append(_mention(each))
    return _page(
        "/inbox/mentions", groups, "/inbox/mentions/seen",
        Empty("at", str(_("Nobody has called you")),
              str(_("When somebody writes @ and your name in a comment, it stands here."))))


def _mention(each: Reminder) -> Waiting:
    cls, row = entity(each.row.entity), each.row
    return Waiting(
        f"{address(cls, row.record_id)}#comment-{row.id}", each.title, str(cls.__label__), Person(row.who or "Trellis"),
        shortened(row.text), format_instant(row.at),
        done_url=f"/inbox/mentions/{row.id}/seen", done=str(_("Seen")))


def shortened(text: str) -> str:
    """Give the beginning of what was said, on one line."""
    said = " ".join(text.split())
    return said if len(said) <= LONGEST_EXCERPT else f"{said[:LONGEST_EXCERPT]}…"


@blueprint.get("/inbox/follow-ups")
@served()
def follow_ups() -> Answer:
    """Show what the person has to do about records, the overdue first."""
    labels = {"overdue": _("Overdue"), "today": _("Today"), "planned": _("Later")}
    groups: dict[str, list[Waiting]] = {}
    for each in my_follow_ups():
        state = standing_of(each.row.due_on)
        groups.setdefault(str(labels[state]), []).append(_follow_up(each, late=state == "overdue"))
    return _page(
        "/inbox/follow-ups", groups, "",
        Empty("calendar-plus", str(_("Nothing is planned")),
              str(_("Press “Plan an activity” beside a record's comments to be reminded of it on a day."))),
        calendar_url="/inbox/activities")


def _follow_up(each: Reminder, *, late: bool) -> Waiting:
    cls, row = entity(each.row.entity), each.row
    kind = kind_of(row.kind_id)
    return Waiting(
        f"{address(cls, row.record_id)}#follow-ups", each.title, str(cls.__label__), Person(row.who or "Trellis"),
        ": ".join(filter(None, (kind.label if kind else "", row.note))), format_date(row.due_on), late,
        done_url=f"/inbox/follow-ups/{row.id}/done", done=str(_("Done")), icon=kind.icon if kind else "")


def _page(
    here: str, groups: dict[str, list[Waiting]], all_url: str, empty: Empty, calendar_url: str = ""
) -> str:
    page = InboxPage(
        str(_("Inbox")), (), tuple(WaitingGroup(label, tuple(some)) for label, some in groups.items()), empty=empty,
        tabs=inbox_tabs(here), all_url=all_url if sum(map(len, groups.values())) > 1 else "",
        calendar_url=calendar_url)
    return render("inbox.html", page, shell=shell([crumb(_("Inbox"))], here="inbox"))


@blueprint.post("/inbox/mentions/seen")
@served()
def see_all() -> Answer:
    """Take all mentions out of the inbox."""
    return _seen(each.row.id for each in my_mentions())


@blueprint.post("/inbox/mentions/<int:comment_id>/seen")
@served()
def see(comment_id: int) -> Answer:
    """Take a mention out of the inbox."""
    return _seen([comment_id])


def _seen(comment_ids: Iterable[int]) -> Answer:
    ids = list(comment_ids)
    see_mentions(ids)
    see_about_comments(ids)
    return make_response(redirect("/inbox/mentions", 303))


@blueprint.post("/inbox/follow-ups/<int:follow_up_id>/done")
@served()
def done(follow_up_id: int) -> Answer:
    """Say that an activity is done."""
    finish_follow_up(follow_up_id)
    flash(str(_("Done.")), "green")
    return make_response(redirect("/inbox/follow-ups", 303))
