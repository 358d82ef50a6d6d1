"""What a tag is, and on which records it lies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kernel.discussion.leaving import take_along
from kernel.entities.base import Base, Entity, watch_tagged
from kernel.entities.fields import Choice, choice, set_choices, text
from kernel.entities.types import Id, Instant
from kernel.entities.work import session
from kernel.errors import Problem
from kernel.i18n import _

__all__ = ["COLOURS", "Tag", "Tagging", "folded_name"]

COLOURS = (
    ("gray", _("Grey"), "gray"), ("amber", _("Amber"), "amber"), ("blue", _("Blue"), "blue"),
    ("green", _("Green"), "green"), ("red", _("Red"), "red"), ("violet", _("Violet"), "violet"),
)
RESERVED = ",，、;；"
"""What separates names where several are written in one cell, so that no name may hold it."""
MARKS = ("#", "+")
"""What begins an id, and the name of a tag to be made, where a door is given a name."""


class Tag(
    Entity, label=_("Tag"), plural=_("Tags"), icon="tag", company="none", unique=[("key",)], mergeable=True,
):
    """A word of a colour that people put on records; archived it stays where it lies and is offered no more."""

    name: Mapped[str] = text(60, label=_("Name"), searchable=True)
    colour: Mapped[str] = choice(*COLOURS, label=_("Colour"), default="gray")
    entity: Mapped[str | None] = choice(label=_("Belongs to"), help=_("On records of every kind where empty"))
    key: Mapped[str | None] = text(200, readonly=True, hidden=True)
    """What no two active tags have in common: whose they are, and the name without case."""

    @classmethod
    def prepare(cls, records: Sequence[Tag]) -> None:
        for record in records:
            name = " ".join((record.name or "").split())
            key = f"{record.entity or ''}|{folded_name(name)}"
            if record.name != name:
                record.name = name
            if record.key != key:
                record.key = key

    @classmethod
    def check(cls, records: Sequence[Tag]) -> Iterable[Problem]:
        for record in records:
            if any(char in (record.name or "") for char in RESERVED) or (record.name or "").startswith(MARKS):
                yield Problem("name", _(
                    "A tag's name holds no comma or semicolon, and begins with neither # nor +"), "TAG_NAME", record)
        yield from _repeated([record for record in records if not record.archived])

    @classmethod
    def check_merge(cls, survivor: Tag, others: Sequence[Tag]) -> Iterable[Problem]:
        if survivor.entity is not None and any(other.entity != survivor.entity for other in others):
            yield Problem("entity", _("A tag for records of every kind, or of another, can't become part of this one"),
                          "MERGE_TAG", survivor)


def folded_name(name: str) -> str:
    """Give a name as it is compared: without case, blanks around it left out."""
    return " ".join(name.split()).casefold()


def _repeated(records: Sequence[Tag]) -> Iterable[Problem]:
    """Refuse a name that another tag has which is offered for the same records."""
    if not records:
        return
    table = Tag.__table__.c
    rows = session().work.connection.execute(
        select(table.id, table.name, table.entity).where(table.archived.is_(False))).all()
    held = {row.id: (folded_name(row.name), row.entity) for row in rows}
    held |= {record.id: (folded_name(record.name or ""), record.entity) for record in records}
    for record in records:
        name, entity = held[record.id]
        if any(id_ != record.id and other == name and (entity is None or whose is None or whose == entity)
               for id_, (other, whose) in held.items()):
            yield Problem("name", _("There is a tag {name} already", name=record.name), "DUPLICATE", record)


class Tagging(Base):
    """A tag that lies on a record."""

    __tablename__ = "kernel_tagging"
    __table_args__ = (
        Index("ix_kernel_tagging_tag", "tag_id", "entity", "record_id"), {"sqlite_with_rowid": False})

    record_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), primary_key=True)
    tag_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_tag.id"), primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)


take_along(Tagging)


@watch_tagged
def _offer(cls: type[Entity]) -> None:
    """Let a tag be kept for the records of one entity."""
    field = Tag.__fields__["entity"]
    Tag.__fields__["entity"] = set_choices(
        field, [*field.choices, Choice(cls.__entity__, cls.__plural__)])
