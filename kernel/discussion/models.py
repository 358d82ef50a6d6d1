"""Comments, mentions, attachments, follow-ups, stars, followers: the kernel's own, read with the record's rights.

Each names its record by entity and id, and by these columns goes with the record, or with the plugin it is of.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Boolean, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.discussion.activities import models as types  # noqa: F401  # follow-ups refer to their table
from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json

__all__ = ["ABOUT_RECORDS", "Attachment", "Comment", "FollowUp", "Follower", "FollowingChoice", "Mention", "Star"]


class Comment(Base):
    """What somebody said of a record."""

    __tablename__ = "kernel_comment"
    __table_args__ = (Index("ix_kernel_comment_record", "record_id", "entity", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    record_id: Mapped[int] = mapped_column(Id, nullable=False)
    user_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_user.id"), index=True)
    """Who said it; None where the system did."""
    by_plugin: Mapped[str | None] = mapped_column(String(60))
    """The plugin whose listener said it in the person's name."""
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    text: Mapped[str] = mapped_column(Text, nullable=False)
    mentioned: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """The names called in it, as they were written."""
    changed_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    """Since when only the mark is left that there was one: its text is gone."""


class Mention(Base):
    """Somebody called in a comment; `seen_at` tells whether it still stands in their inbox."""

    __tablename__ = "kernel_mention"
    __table_args__ = (
        Index("ix_kernel_mention_user", "user_id", "seen_at"), {"sqlite_with_rowid": False})

    comment_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_comment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    seen_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class Attachment(Base):
    """A file put with a record. Its content lies in the store of files, once however often it is attached."""

    __tablename__ = "kernel_attachment"
    __table_args__ = (Index("ix_kernel_attachment_record", "record_id", "entity", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    record_id: Mapped[int] = mapped_column(Id, nullable=False)
    name: Mapped[str] = mapped_column(String(200), nullable=False)
    size: Mapped[int] = mapped_column(BigInteger, nullable=False)
    media_type: Mapped[str] = mapped_column(String(120), nullable=False)
    """What a browser may show by itself, told from the content; else application/octet-stream."""
    sha256: Mapped[str] = mapped_column(String(64), nullable=False, index=True)
    user_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_user.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)


class FollowUp(Base):
    """An activity: what is to be done about a record, by whom, by which day; and what came of it."""

    __tablename__ = "kernel_follow_up"
    __table_args__ = (
        Index("ix_kernel_follow_up_record", "record_id", "entity"),
        Index("ix_kernel_follow_up_user", "user_id", "done_at", "due_on"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    record_id: Mapped[int] = mapped_column(Id, nullable=False)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), nullable=False)
    asked_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_user.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    due_on: Mapped[dt.date] = mapped_column(Date, nullable=False)
    note: Mapped[str] = mapped_column(String(500), nullable=False)
    told_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    """When its day came and the person was told so."""
    done_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    done_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_user.id"), index=True)
    kind_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("kernel_activity_type.id", ondelete="SET NULL"), index=True)
    """Its type; None for a plain reminder."""
    cancelled: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """Whether it was called off rather than done, at `done_at`."""
    result: Mapped[str] = mapped_column(Text, nullable=False)


class Star(Base):
    """A record that somebody keeps at hand."""

    __tablename__ = "kernel_star"
    __table_args__ = (
        Index("ix_kernel_star_record", "record_id", "entity"), {"sqlite_with_rowid": False})

    user_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), primary_key=True)
    record_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)


class Follower(Base):
    """Somebody who follows a record, or wants not to: whoever made or owns one follows it without a row here."""

    __tablename__ = "kernel_follower"
    __table_args__ = (
        Index("ix_kernel_follower_record", "record_id", "entity"), {"sqlite_with_rowid": False})

    user_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), primary_key=True)
    record_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    following: Mapped[bool] = mapped_column(Boolean, nullable=False)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)


class FollowingChoice(Base):
    """What makes somebody follow a record by itself; without a row, all of it does."""

    __tablename__ = "kernel_following_choice"

    user_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    made: Mapped[bool] = mapped_column(Boolean, nullable=False)
    owned: Mapped[bool] = mapped_column(Boolean, nullable=False)
    called: Mapped[bool] = mapped_column(Boolean, nullable=False)
    commented: Mapped[bool] = mapped_column(Boolean, nullable=False)


ABOUT_RECORDS = (Comment, Attachment, FollowUp, Star, Follower)
"""What goes when its record is deleted; a mention goes with its comment."""
