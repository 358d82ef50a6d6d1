"""Scanning: `/scan` says what a code stands for; a document's own page counts its goods, scan by scan."""

import secrets
from decimal import Decimal

from flask import Blueprint, flash, make_response, redirect, request

from kernel.entities.work import session
from kernel.errors import Refusal
from kernel.exchange.scans import counting
from kernel.exchange.scans.counting import Line, Work, open_work
from kernel.exchange.scans.finding import find
from kernel.i18n import _, current_timezone, format_date, format_number
from kernel.shared.gs1 import Code, read_code
from kernel.web.frame import crumb, plugin_label, shell
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.screen.scan import CountLine, CountPage, Feedback, ScanPage
from kernel.web.search import entry_of, load_found, searchable
from kernel.web.serving import Answer, render, served
from kernel.web.show import address

__all__ = ["blueprint"]

blueprint = Blueprint("scanning", __name__)
LONGEST = 200
MOST_DOTS = 24
"""Up to so many pieces each is a dot of its own; more are a bar."""


@blueprint.get("/scan")
@served()
def ask() -> Answer:
    """Show the page one scans on, or what the code typed there stands for."""
    return _resolve(request.args.get("code", ""))


@blueprint.get("/scan/<path:text>")
@served()
def resolve(text: str) -> Answer:
    """Open the one record a code stands for; else offer several, or say that there is none and keep the code."""
    return _resolve(text)


def _resolve(text: str) -> Answer:
    text = text.strip()[:LONGEST]
    if not text:
        return _scan_page(ScanPage())
    code = read_code(text, session().today)
    found = load_found(find(code, searchable()))
    if len(found) == 1:
        [(cls, row)] = found
        return make_response(redirect(address(cls, row.id)))
    entries = tuple(entry_of(cls, row, plugin_label(cls.__plugin__)) for cls, row in found)
    return _scan_page(ScanPage(text, entries, _facts(code)))


def _scan_page(page: ScanPage) -> str:
    return render("scan.html", page, shell=shell([crumb(_("Scan"))], here="scan"))


def _facts(code: Code) -> tuple[tuple[str, str], ...]:
    """Say what a code tells by itself."""
    told = (
        (_("GTIN"), code.gtin), (_("Lot"), code.lot), (_("Serial number"), code.serial),
        (_("Expires"), format_date(code.expires_on) if code.expires_on else ""),
        (_("Count"), format_number(code.count) if code.count is not None else ""))
    return tuple((str(label), value) for label, value in told if value)


@blueprint.get("/<plugin>/<name>/<int:id_>/scan")
@served()
def count(plugin: str, name: str, id_: int) -> Answer:
    """Show a document's goods, to be counted by scanning."""
    return _count_page(open_work(entity_asked(plugin, name), id_))


def _count_refused(refusal: Refusal, plugin: str, name: str, id_: int) -> Answer:
    cls = entity_asked(plugin, name)
    if refusal.status in (403, 404) or refusal.code == "STATE":
        raise refusal
    return _count_page(open_work(cls, id_), refusal), refusal.status


@blueprint.post("/<plugin>/<name>/<int:id_>/scan")
@served(refused=_count_refused)
def count_one(plugin: str, name: str, id_: int) -> Answer:
    """Count a code, or one more or less of a line by hand, or take the last scan back."""
    cls = entity_asked(plugin, name)
    work = open_work(cls, id_)
    form = request.form
    key = form.get("once", "")[:40] or secrets.token_urlsafe(12)
    if form.get("undo", "").isdecimal():
        counting.undo(work, int(form["undo"]))
    elif form.get("more", "").isdecimal():
        counting.step(work, int(form["more"]), Decimal(1), key)
    elif form.get("less", "").isdecimal():
        counting.step(work, int(form["less"]), Decimal(-1), key)
    else:
        counting.scan(work, form.get("code", "")[:LONGEST], key)
    return make_response(redirect(address(cls, id_, "/scan")))


@blueprint.post("/<plugin>/<name>/<int:id_>/scan/finish")
@served(refused=_count_refused)
def finish(plugin: str, name: str, id_: int) -> Answer:
    """Write what was scanned to the document, and show it."""
    cls = entity_asked(plugin, name)
    work = open_work(cls, id_)
    counting.finish(work)
    flash(str(_("{title} has the quantities that were scanned.", title=work.record.title)), "green")
    return make_response(redirect(address(cls, id_)))


def _count_page(work: Work, refusal: Refusal | None = None) -> str:
    cls = type(work.record)
    here = address(cls, work.record.id)
    at = _at_hand(work)
    lines = [_line(place, line) for place, line in enumerate(work.lines)]
    rest = sorted((line for line in lines if line.at != at), key=lambda line: line.complete)
    left = format_number(sum((line.left for line in work.lines), Decimal(0)))
    page = CountPage(
        f"{work.task.label} {work.record.title}", _progress(work), f"{here}/scan", secrets.token_urlsafe(12),
        lines[at] if at is not None else None, tuple(rest), code=request.form.get("code", "") if refusal else "",
        feedback=_feedback(work, refusal), undo=str(work.last.id) if work.last else "",
        left=str(_("{left} more to scan", left=left)) if left != "0" else "",
        short_confirm=str(_("{left} are still to be scanned. Finish with what there is?", left=left)))
    return render("count.html", page, shell=shell([*crumbs_of(cls), crumb(work.record.title, here), crumb(page.title)]))


def _at_hand(work: Work) -> int | None:
    """Choose the line shown in large: the one scanned last until it is complete, then the next that isn't."""
    if work.last is not None and (work.lines[work.last.line].left or work.lines[work.last.line].wanted is None):
        return work.last.line
    return next((at for at, line in enumerate(work.lines) if line.left), work.last.line if work.last else None)


def _line(at: int, line: Line) -> CountLine:
    wanted = line.wanted
    whole = wanted is not None and wanted == int(wanted) and 0 < wanted <= MOST_DOTS
    return CountLine(
        at, line.name, line.code, format_number(line.done), format_number(wanted) if wanted is not None else "",
        format_number(line.left), line.spot.place, ", ".join(line.spot.lots) or line.lot,
        complete=wanted is not None and not line.left and bool(line.done),
        dots=tuple(piece < line.done for piece in range(int(wanted))) if whole and wanted is not None else (),
        percent=min(int(line.done * 100 / wanted), 100) if wanted and not whole else None)


def _progress(work: Work) -> str:
    if work.task.wanted:
        aimed = [line for line in work.lines if line.wanted]
        done = sum(not line.left for line in aimed)
        return str(_("{done} of {all} lines", done=format_number(done), all=format_number(len(aimed))))
    done = sum(bool(line.done) for line in work.lines)
    return str(_("1 product counted") if done == 1 else _("{count} products counted", count=format_number(done)))


def _feedback(work: Work, refusal: Refusal | None) -> Feedback | None:
    if refusal is not None:
        return Feedback(str(refusal), str(refusal.fix or ""), "red")
    if work.last is None:
        return None
    line = work.lines[work.last.line]
    clock = f"{work.last.at.astimezone(current_timezone()):%H:%M:%S}"
    lot = str(_("Lot {lot}", lot=work.last.lot)) if work.last.lot else line.code
    how = "+" if work.last.quantity > 0 else "−"
    return Feedback(str(_("Right: {product}", product=line.name)),
                    f"{how}{format_number(abs(work.last.quantity))} · {lot} · {clock}")
