"""Fill a record's side column: one stream of what happened and what was said, files, follow-ups."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from kernel.discussion.following import followers_of
from kernel.discussion.reading import attachments_of, comments_of, follow_ups_of
from kernel.entities.base import Entity
from kernel.entities.work import actor, session
from kernel.errors import Refusal
from kernel.files import CHUNK, files
from kernel.i18n import _, format_date, format_instant, format_number
from kernel.identity.models import User
from kernel.notices.attention import attention
from kernel.permissions.rights import rights
from kernel.web.frame import plugin_label
from kernel.web.history import history_of
from kernel.web.screen.discussion import Discussion, File, Reminder, Typed
from kernel.web.screen.form import Happened, Piece
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
TRAILING = ".,;:!?)]}。，、；：！？）」"


def discussion_of(
    cls: type[Entity], id_: int, asked: Mapping[str, str], refusal: Refusal | None = None,
    typed: Mapping[str, str] | None = None,
) -> Discussion:
    """Make the side column of a record that the caller has read; five statements more than the history's own."""
    here = address(cls, id_)
    show, whole = asked.get("show", ""), asked.get("history") == "all"
    comments = comments_of(cls, id_)
    entries, more = _stream(cls, id_, comments, show, whole)
    given = typed or {}
    followers = followers_of(cls, [id_]).get(id_, set())
    shows = tuple(
        Choice(code, str(label), code == show, f"{here}?show={code}" if code else here)
        for code, label in (
            ("", _("Activity")), ("comments", _counted(_("Comments"), comments)), ("changes", _("Changes"))))
    return Discussion(
        url=f"{here}/talk", record_url=here, entries=entries, shows=shows,
        files=tuple(_file(here, each, cls) for each in attachments_of(cls, id_)),
        reminders=tuple(_reminder(here, each, cls) for each in follow_ups_of(cls, id_)),
        more=f"{here}?history=all{f'&show={show}' if show else ''}" if more else "",
        unseen=any(each.calls_me for each in comments) or (cls.__entity__, id_) in attention().told_of,
        followers=_people(followers), following=actor().user_id in followers,
        may_take_part=rights().may("comment", cls.__entity__),
        me=Choice(str(actor().user_id), str(_("Me"))), today=session().today.isoformat(),
        size_limit=str(_("up to {most} MB each", most=files().most // CHUNK)),
        typed=Typed(given.get("text", ""), given.get("note", ""), given.get("due_on", "")),
        refused=refused(refusal),
        reminding=refusal is not None and "due_on" in given)


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
    cls: type[Entity], id_: int, comments: Sequence[Any], show: str, whole: bool
) -> tuple[tuple[Happened, ...], bool]:
    """Put comments among the changes, newest first; what is older than the last of either shown is left for later."""
    said: Sequence[Happened] = [] if show == "changes" else [_said(address(cls, id_), each) for each in comments]
    changes, more = ((), False) if show == "comments" else history_of(cls, id_, whole=whole)
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


def _reminder(here: str, row: Any, cls: type[Entity]) -> Reminder:
    may = actor().user_id in (row.user_id, row.asked_by_id) or rights().may("change", cls.__entity__)
    return Reminder(
        Person(row.who), format_date(row.due_on), row.note, row.due_on < session().today,
        f"{here}/follow-ups/{row.id}/done" if may else "")
