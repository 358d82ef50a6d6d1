"""The inbox's tab of mails that belong to no record yet: filed by hand, made a record, or put away."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, jsonify, make_response, redirect, request

from kernel.discussion.services import open_record
from kernel.entities.base import Entity, entities
from kernel.entities.work import session
from kernel.errors import NotFound, Refusal
from kernel.exchange.scans.finding import find
from kernel.i18n import _, current_timezone, format_date, format_instant
from kernel.mail.incoming.keeping import told
from kernel.mail.incoming.services import (
    ENTITY,
    file_mail,
    files_of,
    make_record,
    put_away,
    take_in_again,
    targets,
    unfiled,
    unfiled_mail,
)
from kernel.permissions.reach import readable
from kernel.permissions.rights import rights
from kernel.search.asking import find_words
from kernel.shared.gs1 import read_code
from kernel.web.discussion import pieces_of
from kernel.web.frame import crumb, shell
from kernel.web.inbox.reminders import inbox_tabs, shortened
from kernel.web.screen.inbox import Waiting, WaitingGroup
from kernel.web.screen.mails import MailShown, MailsPage
from kernel.web.screen.shown import Choice, Empty, Person
from kernel.web.search import searchable
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, refused
from kernel.web.talk import sealed

__all__ = ["blueprint"]

blueprint = Blueprint("mails", __name__)
HERE = "/inbox/mails"
WHICH = {"waiting": ("waiting", "aside"), "away": ("away",)}
PER_KIND = 4
MOST_OFFERED = 20


@blueprint.get(HERE)
@served()
def mails() -> Answer:
    """Show the mails that wait to be filed."""
    return _page(None)


@blueprint.get(f"{HERE}/<int:id_>")
@served()
def mail(id_: int) -> Answer:
    """Show one of them."""
    return _page(id_)


def _page(id_: int | None, refusal: Refusal | None = None) -> str:
    row = unfiled_mail(id_) if id_ is not None else None
    asked = request.args.get("which", "away" if row is not None and row.state == "away" else "waiting")
    which = asked if asked in WHICH else "waiting"
    rows = unfiled(WHICH[which])
    kinds = tuple(Choice(code, str(label), code == which, f"{HERE}?which={code}") for code, label in (
        ("waiting", _("To be filed")), ("away", _("Put away"))))
    page = MailsPage(
        str(_("Inbox")), inbox_tabs(HERE), kinds, _groups(rows, id_), _shown(row) if row is not None else None,
        Empty("mail", str(_("No mail waits")),
              str(_("Mails that come to a mailbox and belong to no record stand here until somebody files them.")))
        if not rows else None, refused(refusal))
    return render("mails.html", page, shell=shell([crumb(_("Inbox"))], here="inbox", rail=row is not None))


def _groups(rows: Sequence[Any], chosen: int | None) -> tuple[WaitingGroup, ...]:
    groups: dict[str, list[Waiting]] = {}
    for row in rows:
        aside = row.state == "aside"
        day = str(_("Put aside: something is wrong with them")) if aside else format_date(
            row.at.astimezone(current_timezone()).date())
        groups.setdefault(day, []).append(Waiting(
            f"{HERE}/{row.id}", row.subject or str(_("No subject")), row.sender_name or row.sender or "–",
            Person(""), told(row.error) if aside else shortened(row.text), format_instant(row.sent_at or row.at),
            late=aside, current=row.id == chosen, icon="alert-triangle" if aside else "mail"))
    return tuple(WaitingGroup(label, tuple(some)) for label, some in groups.items())


def _shown(row: Any) -> MailShown:
    may = rights().may("file", ENTITY)
    chosen = request.form.get("record", "")
    kinds = [(each.entity, entities()[each.entity]) for each in targets()] if may else []
    return MailShown(
        f"{HERE}/{row.id}", row.subject or str(_("No subject")), row.sender_name, row.sender,
        format_instant(row.sent_at or row.at), tuple(pieces_of(row.text, ())),
        tuple((each.name, f"{HERE}/{row.id}/files/{each.id}") for each in files_of(row.id)), told(row.error), may,
        may and row.state == "aside", tuple(
            Choice(name, str(_("Make it a new {what}", what=cls.__label__)), note=cls.__icon__) for name, cls in kinds),
        _titled(chosen) if chosen else None)


def _titled(named: str) -> Choice | None:
    found = _named(named)
    title = readable([(found[0].__entity__, found[1])]).get((found[0].__entity__, found[1])) if found else None
    return Choice(named, title) if title else None


@blueprint.get(f"{HERE}/<int:id_>/files/<int:file_id>")
@served()
def download(id_: int, file_id: int) -> Answer:
    """Give a file of a mail that waits."""
    unfiled_mail(id_)
    found = next((each for each in files_of(id_) if each.id == file_id), None)
    if found is None:
        raise NotFound("NO_SUCH_FILE", _("There is no such file, or it isn't open to you"))
    return sealed(found)


@blueprint.get(f"{HERE}/records")
@served()
def records() -> Answer:
    """Offer records to file a mail to: by number, or by words in them."""
    rights().demand("file", ENTITY)
    query = request.args.get("q", "").strip()[:100]
    kinds = [cls for cls in searchable() if rights().may("comment", cls.__entity__)]
    numbered = find(read_code(query, session().today), kinds) if any(char.isdigit() for char in query) else {}
    named = [(cls.__entity__, id_) for cls, ids in numbered.items() for id_ in ids]
    named += [(hit.cls.__entity__, hit.id) for hit in (find_words(query, kinds, PER_KIND) if query else ())]
    titles = readable(named)
    return jsonify([
        {"value": f"{entity}/{id_}", "label": titles[entity, id_], "note": str(entities()[entity].__label__)}
        for entity, id_ in dict.fromkeys(named) if (entity, id_) in titles][:MOST_OFFERED])


def _named(text: str) -> tuple[type[Entity], int] | None:
    name, _slash, id_ = text.partition("/")
    cls = entities().get(name)
    return (cls, int(id_)) if cls is not None and id_.isascii() and id_.isdecimal() and len(id_) < 17 else None


def _refused(refusal: Refusal, id_: int) -> Answer:
    if refusal.status == 404:
        raise refusal
    return _page(id_, refusal), refusal.status


@blueprint.post(f"{HERE}/<int:id_>")
@served(refused=_refused)
def act(id_: int) -> Answer:
    """File it to a record, make a record of it, read it once more, or put it away."""
    form = request.form
    if kind := form.get("kind", ""):
        made = make_record(id_, kind)
        flash(str(_("The mail is filed to what it became.")), "green")
        return make_response(redirect(address(type(made), made.id), 303))
    do = form.get("do", "")
    if do == "away":
        put_away(id_)
        flash(str(_("Put away.")), "green")
    elif do == "again":
        take_in_again(id_)
        flash(str(_("It was read.")), "green")
    else:
        found = _named(form.get("record", ""))
        if found is None:
            raise Refusal("NO_RECORD", _("Choose the record that the mail belongs to"), field="record")
        file_mail(id_, open_record(*found))
        there = address(*found)
        flash(str(_("Filed to {what}.", what=readable([(found[0].__entity__, found[1])]).get(
            (found[0].__entity__, found[1]), there))), "green")
    return make_response(redirect(HERE, 303))
