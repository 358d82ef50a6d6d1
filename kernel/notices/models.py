"""The notifications of each person, and how they want which kinds: tables of the kernel's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.discussion.leaving import take_along
from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json

__all__ = ["Notification", "NotificationChoice"]


class Notification(Base):
    """Something that somebody is told, in the app or by mail; read with the record's rights at that time."""

    __tablename__ = "kernel_notification"
    __table_args__ = (
        Index("ix_kernel_notification_user", "user_id", "in_app", "seen_at", "id"),
        Index("ix_kernel_notification_record", "record_id", "entity"),
        Index("ix_kernel_notification_mail", "mail", "mailed_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), nullable=False)
    kind: Mapped[str] = mapped_column(String(120), nullable=False)
    plugin: Mapped[str] = mapped_column(String(60), nullable=False)
    """Whose kind it is."""
    entity: Mapped[str | None] = mapped_column(String(120))
    record_id: Mapped[int | None] = mapped_column(Id)
    comment_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("kernel_comment.id", ondelete="CASCADE"), index=True)
    """The comment it is about: what that says now is shown, not what it said."""
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_user.id"), index=True)
    """Who did it; None where the system or time did."""
    company_id: Mapped[int | None] = mapped_column(Id)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    facts: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    """What its sentence is filled with."""
    in_app: Mapped[bool] = mapped_column(Boolean, nullable=False)
    mail: Mapped[str] = mapped_column(String(10), nullable=False)
    """"now", "daily", or "" for not by mail."""
    seen_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    mailed_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    """When it was put into a mail, or left out of one because the person may not read the record."""


take_along(Notification)


class NotificationChoice(Base):
    """How somebody wants a kind of notification; without a row, as the kind's declaration says."""

    __tablename__ = "kernel_notification_choice"
    __table_args__ = ({"sqlite_with_rowid": False},)

    user_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(120), primary_key=True)
    plugin: Mapped[str] = mapped_column(String(60), nullable=False)
    in_app: Mapped[bool] = mapped_column(Boolean, nullable=False)
    mail: Mapped[str] = mapped_column(String(10), nullable=False)
