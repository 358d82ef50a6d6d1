"""What waits, what was given up, what is done regularly and who did something about it: four lists on one page."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, request

from kernel.errors import Forbidden, Invalid, NotFound, Refusal
from kernel.hooks.letters import RIGHT as LETTERS
from kernel.hooks.letters import SHOWN, count_letters, letters, put_away, replay, replay_all
from kernel.i18n import _, format_number
from kernel.jobs.keeping import RIGHT as JOBS
from kernel.jobs.keeping import count_jobs, kept_jobs, put_jobs_away, redo, redo_all, regular_jobs, run_now
from kernel.permissions.rights import rights
from kernel.web.frame import crumb, shell
from kernel.web.jobs.filling import HERE, acts, grouped, job_row, letter_row, regular_row, titles_of
from kernel.web.screen.form import Input
from kernel.web.screen.jobs import JobsPage
from kernel.web.screen.shown import Choice, Empty
from kernel.web.serving import Answer, back_here, render, served
from kernel.web.show import refused

__all__ = ["blueprint", "demand_either", "reason_input"]

blueprint = Blueprint("jobs", __name__)
TABS = (
    ("given-up", _("Given up")), ("waiting", _("Waiting to be done")), ("regular", _("Regular jobs")),
    ("log", _("Log")))


def demand_either() -> None:
    """Refuse the pages to whoever may see neither deliveries nor jobs."""
    if not (rights().may("read", LETTERS) or rights().may("read", JOBS)):
        raise Forbidden(
            "FORBIDDEN", _("What waits and what was given up is open to whoever looks after it"),
            fix=_("Ask an administrator"), right=("read", LETTERS, None))


def reason_input(error: str = "", value: str = "") -> Input:
    """Make the field for why something is put away."""
    return Input("reason", str(_("Why it is put aside")), value=value, error=error, max_length=500,
                 help=str(_("Kept in the log with your name")))


@blueprint.get(HERE)
@served()
def jobs() -> Answer:
    """Show one of the lists."""
    return _page(request.args.get("show", "given-up"))


def _page(show: str, refusal: Refusal | None = None) -> str:
    demand_either()
    if show not in dict(TABS):
        raise NotFound("PAGE", _("There is no such page"))
    read = rights().may("read", LETTERS), rights().may("read", JOBS)
    counts = [sum(pair) for pair in zip(
        count_letters() if read[0] else (0, 0), count_jobs() if read[1] else (0, 0), strict=True)]
    page = JobsPage(
        str(_("Jobs and deliveries")), _summary(*counts), HERE, show, _tabs(show, *counts),
        may_replay=rights().may("replay", LETTERS) or rights().may("replay", JOBS),
        may_put_away=rights().may("put_away", LETTERS) or rights().may("put_away", JOBS),
        refused=refused(refusal), **_filled(show, read))
    return render("jobs.html", page, shell=shell([crumb(_("Settings")), crumb(page.title)], here="settings"))


def _filled(show: str, read: tuple[bool, bool]) -> dict[str, Any]:
    if show == "log":
        before = int(text) if (text := request.args.get("before", "")).isdecimal() else None
        rows, following = acts(before)
        return {"acts": rows, "next_href": f"{HERE}?show=log&before={following}" if following else "",
                "empty": None if rows else Empty("history", str(_("Nothing was done yet")), str(_(
                    "Whatever is replayed, mended, put aside or run by hand is written down here.")))}
    if show == "regular":
        return {"regular": tuple(regular_row(each) for each in regular_jobs()) if read[1] else ()}
    dead = show == "given-up"
    found = letters(dead=dead) if read[0] else []
    kept = kept_jobs(dead=dead) if read[1] else []
    more = str(_("Of each kind the first {count} are shown.", count=format_number(SHOWN))
               ) if SHOWN in (len(found), len(kept)) else ""
    if dead:
        return {"groups": grouped(found, kept), "more": more, "reason": reason_input(),
                "empty": None if found or kept else Empty("circle-check", str(_("Nothing was given up")), str(_(
                    "What fails again and again is kept here until somebody replays it or puts it aside.")))}
    titles = titles_of(found)
    return {"waiting": (*(letter_row(each, titles) for each in found), *(job_row(each) for each in kept)),
            "more": more, "empty": None if found or kept else Empty("circle-check", str(_("Nothing waits")), str(_(
                "Deliveries and jobs are here only for a moment, or while they are being retried.")))}


def _tabs(show: str, waiting: int, dead: int) -> tuple[Choice, ...]:
    counts = {"given-up": dead, "waiting": waiting}
    return tuple(
        Choice(value, f"{label} {format_number(counts[value])}" if counts.get(value) else str(label), value == show,
               f"{HERE}?show={value}") for value, label in TABS)


def _summary(waiting: int, dead: int) -> str:
    return str(_("{waiting} wait, {dead} were given up", waiting=format_number(waiting), dead=format_number(dead)))


def _again(refusal: Refusal) -> Answer:
    return _page(request.form.get("show", "given-up"), refusal), refusal.status


@blueprint.post(f"{HERE}/act")
@served(refused=_again)
def act() -> Answer:
    """Replay what was chosen, or put it away; or replay all of one listener or job."""
    whole = request.form.get("all", "")
    if whole:
        kind, _colon, name = whole.partition(":")
        count = wanted = replay_all(name) if kind == "delivery" else redo_all(name)
        verb = "replay"
    else:
        verb = request.form.get("do", "replay")
        chosen = {kind: _chosen(kind) for kind in ("delivery", "job")}
        wanted = sum(map(len, chosen.values()))
        if not wanted:
            raise Refusal("NOTHING_CHOSEN", _("Nothing was chosen"), fix=_("Tick at least one row"))
        count = _put_away(chosen) if verb == "put-away" else _replay(chosen)
    flash(_told(verb, count, wanted), "green" if count == wanted else "amber")
    return make_response(redirect(back_here(request.form.get("after", HERE))))


def _chosen(kind: str) -> list[int]:
    prefix = f"{kind}:"
    return [int(each.removeprefix(prefix)) for each in request.form.getlist("chosen")
            if each.startswith(prefix) and each.removeprefix(prefix).isdecimal()]


def _replay(chosen: dict[str, list[int]]) -> int:
    return (replay(chosen["delivery"]) if chosen["delivery"] else 0) + (redo(chosen["job"]) if chosen["job"] else 0)


def _put_away(chosen: dict[str, list[int]]) -> int:
    reason = request.form.get("reason", "")
    try:
        return (put_away(chosen["delivery"], reason) if chosen["delivery"] else 0) + (
            put_jobs_away(chosen["job"], reason) if chosen["job"] else 0)
    except Invalid as error:
        raise Refusal("REASON", _("Say why, in at most 500 characters"), fix=_("Write a reason beside the button")
                      ) from error


def _told(verb: str, count: int, wanted: int) -> str:
    done = (_("{count} put aside.", count=format_number(count)) if verb == "put-away"
            else _("{count} are tried again now.", count=format_number(count)))
    if count == wanted:
        return str(done)
    return str(_("{done} The others weren't there any more: somebody else saw to them.", done=done))


@blueprint.post(f"{HERE}/run")
@served(refused=_again)
def run() -> Answer:
    """Have a regular job done now."""
    run_now(request.form.get("name", ""))
    flash(str(_("It runs now; load the page again to see how it went.")), "green")
    return make_response(redirect(f"{HERE}?show=regular"))
