"""Fill a record's side column: one stream of what happened and what was said, files, activities."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from kernel.discussion.activities.reading import KnownType, activity_types, kind_of, plans, standing_of
from kernel.discussion.following import followers_of
from kernel.discussion.reading import attachments_of, comments_of, follow_ups_of
from kernel.entities.base import Entity
from kernel.entities.work import actor, session
from kernel.errors import Refusal
from kernel.files import CHUNK, files
from kernel.i18n import _, format_date, format_instant, format_number
from kernel.identity.models import User
from kernel.mail.incoming.services import ENTITY as MAILS
from kernel.mail.incoming.services import mails_of
from kernel.notices.attention import attention
from kernel.permissions.rights import rights
from kernel.web.frame import plugin_label
from kernel.web.history import history_of
from kernel.web.screen.discussion import Activity, Discussion, File, KindOfActivity, Typed
from kernel.web.screen.form import FiledMail, Happened, Piece
from kernel.web.screen.shown import Choice, Person
from kernel.web.show import address, refused

__all__ = ["discussion_of", "pieces_of", "size_text"]

MOST = 50
PICTURE_MOST = 4 * CHUNK
"""Bytes up to which a picture is shown small as it is."""
SHEETS = ("xlsx", "xls", "csv", "ods")
PICTURES = ("png", "jpg", "jpeg", "gif", "webp")
TEXTS = ("docx", "doc", "odt", "txt")
LINK = re.compile(r"https?://[^\s<>\"'“”「」]+")
LONGEST_SHOWN = 2000
QUOTED = re.compile(
    r"\s*>|.{0,200}(?:wrote|schrieb|a écrit|写道|寫道)\s*[:：]\s*$|-{2,}\s*(?:Original|Forwarded|原始|转发|轉寄)")
"""How the first line of what a mail quotes looks."""
TRAILING = ".,;:!?)]}。，、；：！？）」"


def discussion_of(
    cls: type[Entity], id_: int, asked: Mapping[str, str], refusal: Refusal | None = None,
    typed: Mapping[str, str] | None = None,
) -> Discussion:
    """Make the side column of a record that the caller has read; seven statements more than the history's own."""
    here = address(cls, id_)
    show, whole = asked.get("show", ""), asked.get("history") == "all"
    comments, files_there = comments_of(cls, id_), attachments_of(cls, id_)
    mails = [_mail(here, each, files_there) for each in mails_of(cls, id_)]
    entries, more = _stream(cls, id_, comments, mails, show, whole)
    given = typed or {}
    followers = followers_of(cls, [id_]).get(id_, set())
    shows = tuple(
        Choice(code, str(label), code == show, f"{here}?show={code}" if code else here)
        for code, label in (
            ("", _("Activity")), ("comments", _counted(_("Comments"), comments)),
            *([("mails", f"{_('Mails')} {len(mails)}")] if mails else []), ("changes", _("Changes"))))
    return Discussion(
        url=f"{here}/talk", record_url=here, entries=entries, shows=shows,
        files=tuple(_file(here, each, cls) for each in files_there),
        activities=tuple(_activity(here, each, cls, given) for each in follow_ups_of(cls, id_)),
        more=f"{here}?history=all{f'&show={show}' if show else ''}" if more else "",
        unseen=any(each.calls_me for each in comments) or (cls.__entity__, id_) in attention().told_of,
        followers=_people(followers), following=actor().user_id in followers,
        may_take_part=rights().may("comment", cls.__entity__),
        me=Choice(str(actor().user_id), str(_("Me"))), today=session().today.isoformat(),
        size_limit=str(_("up to {most} MB each", most=files().most // CHUNK)),
        typed=Typed(given.get("text", ""), given.get("note", ""), given.get("due_on", "")),
        refused=refused(refusal),
        kinds=_kinds(given.get("kind", "")),
        plans=tuple(Choice(str(plan), name) for plan, name in plans()),
        planning=refusal is not None and ("due_on" in given or "plan" in given))


def _people(user_ids: set[int]) -> tuple[Person, ...]:
    """Name those who follow, as far as there is room."""
    users = User.__table__.c
    names = session().work.connection.scalars(
        select(users.name).where(users.id.in_(user_ids), users.active.is_(True), users.archived.is_(False))
        .order_by(users.name).limit(MOST))
    return tuple(map(Person, names))


def _counted(label: Any, comments: Sequence[Any]) -> str:
    count = sum(each.deleted_at is None for each in comments)
    return f"{label} {count}" if count else str(label)


def _stream(
    cls: type[Entity], id_: int, comments: Sequence[Any], mails: Sequence[Happened], show: str, whole: bool
) -> tuple[tuple[Happened, ...], bool]:
    """Put what was said and written among the changes, newest first.

    What is older than the last of either that is shown is left for later.
    """
    said: list[Happened] = [] if show in ("changes", "mails") else [_said(address(cls, id_), each) for each in comments]
    if show in ("", "mails"):
        said = sorted([*said, *mails], key=lambda each: each.at.timestamp() if each.at else 0, reverse=True)
    changes, more = ((), False) if show in ("comments", "mails") else history_of(cls, id_, whole=whole)
    if not whole and len(said) > MOST:
        said, more = said[:MOST], True
    if more and changes and said and not whole:
        oldest = changes[-1].at
        said = [each for each in said if each.at is None or oldest is None or each.at >= oldest]
    every = sorted([*said, *changes], key=lambda each: each.at.timestamp() if each.at else 0, reverse=True)
    return tuple(every), more


def _said(here: str, row: Any) -> Happened:
    who = Person(row.who) if row.who else None
    gone, mine = row.deleted_at is not None, row.user_id is not None and row.user_id == actor().user_id
    by = str(_("through {plugin}", plugin=plugin_label(row.by_plugin))) if row.by_plugin else ""
    return Happened(
        str(_("deleted a comment")) if gone else by, format_instant(row.at), who, icon="message", at=row.at,
        text=str(_("changed {when}", when=format_instant(row.changed_at))) if row.changed_at and not gone else "",
        pieces=() if gone else tuple(pieces_of(row.text, row.mentioned)), anchor=f"comment-{row.id}",
        source=row.text if mine and not gone else "",
        edit_url=f"{here}/comments/{row.id}" if mine and not gone else "",
        remove_url=f"{here}/comments/{row.id}/delete" if mine and not gone else "")


def _mail(here: str, row: Any, files_there: Sequence[Any]) -> Happened:
    """Show a mail: who says to have sent it, its text up to what it quotes, and its files."""
    text, folded = _unquoted(row.text)
    names = {each.id: each.name for each in files_there}
    may_answer = row.sender and rights().may("comment", row.entity)
    return Happened(
        str(_("mail from {who}", who=_sender(row))), format_instant(row.filed_at or row.at), icon="mail",
        at=row.filed_at or row.at, pieces=tuple(pieces_of(text, ())), anchor=f"mail-{row.id}", mail=FiledMail(
            row.subject or str(_("No subject")), str(_("From outside, unverified")), tuple(pieces_of(folded, ())),
            tuple((names[id_], f"{here}/files/{id_}") for id_ in row.files if id_ in names),
            f"{here}/mails/{row.id}/answer" if may_answer else "",
            f"{here}/mails/{row.id}/back" if rights().may("file", MAILS) else ""))


def _sender(row: Any) -> str:
    return f"{row.sender_name} <{row.sender}>" if row.sender_name else row.sender or "–"


def _unquoted(text: str) -> tuple[str, str]:
    """Give what a mail says by itself, and the whole of it where it goes on by quoting, or for long."""
    lines = text.split("\n")
    end = next((at for at, line in enumerate(lines) if at and QUOTED.match(line)), len(lines))
    said = "\n".join(lines[:end]).strip()
    if len(said) > LONGEST_SHOWN:
        said = f"{said[:LONGEST_SHOWN]}…"
    return (said or text[:LONGEST_SHOWN], text if said != text.strip() else "")


def pieces_of(text: str, mentioned: Sequence[str]) -> Iterator[Piece]:
    """Cut a comment into plain text, mentions and links."""
    names = "|".join(re.escape(f"@{name}") for name in sorted(mentioned, key=len, reverse=True))
    pattern = re.compile(f"{LINK.pattern}|{names}" if names else LINK.pattern)
    at = 0
    for match in pattern.finditer(text):
        found = match[0]
        if found.startswith("http"):
            found = found.rstrip(TRAILING)
        if match.start() > at:
            yield Piece(text[at:match.start()])
        at = match.start() + len(found)
        yield Piece(found, href=found) if found.startswith("http") else Piece(found, mention=True)
    if at < len(text):
        yield Piece(text[at:])


def _file(here: str, row: Any, cls: type[Entity]) -> File:
    there = f"{here}/files/{row.id}"
    may_remove = row.user_id == actor().user_id or rights().may("change", cls.__entity__)
    is_picture = row.media_type.startswith("image/") and row.size <= PICTURE_MOST
    return File(
        row.name, size_text(row.size), row.who or "Trellis", format_instant(row.at), there,
        _icon_of(row.name), picture=there if is_picture else "",
        remove_url=f"{there}/delete" if may_remove else "")


def _icon_of(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    file_icon = (
        "file-type-pdf" if ending == "pdf" else "file-spreadsheet" if ending in SHEETS
        else "photo" if ending in PICTURES else "file-text" if ending in TEXTS
        else "file-zip" if ending == "zip" else "file")
    return file_icon  # noqa: RET504  # by this name the build finds the icons


def size_text(size: int) -> str:
    """Say how large a file is, in the unit that gives few figures."""
    if size < 1000:
        return f"{size} B"
    if size < 1000 * 1000:
        return f"{format_number(round(size / 1000))} kB"
    return f"{format_number(round(size / 1000 / 1000, 1))} MB"


def _activity(here: str, row: Any, cls: type[Entity], given: Mapping[str, str]) -> Activity:
    may = actor().user_id in (row.user_id, row.asked_by_id) or rights().may("change", cls.__entity__)
    kind = kind_of(row.kind_id)
    following = next((each for each in activity_types() if kind and each.id == kind.then_id), None)
    return Activity(
        row.id, Person(row.who), format_date(row.due_on), row.note, kind.label if kind else "",
        kind.icon if kind else "bell", standing_of(row.due_on), f"{here}/follow-ups/{row.id}" if may else "",
        (str(following.id), following.label, _day_of(following).isoformat()) if following else None,
        given.get("result", "") if given.get("activity") == str(row.id) else "")


def _kinds(chosen: str) -> tuple[KindOfActivity, ...]:
    return tuple(
        KindOfActivity(str(each.id), each.label, _day_of(each).isoformat(), each.note, str(each.id) == chosen)
        for each in activity_types())


def _day_of(kind: KnownType) -> dt.date:
    return session().today + dt.timedelta(days=kind.days)
