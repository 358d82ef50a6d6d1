"""What signals leave behind: every event with its cause, and the deliveries that still wait."""

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json

__all__ = ["Event", "Outbox"]


class Event(Base):
    """One thing that was told: what, about which record, by whom, and which other event led to it."""

    __tablename__ = "kernel_event"
    __table_args__ = (Index("ix_kernel_event_subject", "subject_id", "subject_entity"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)
    """The signal's version when it was told: older payloads are raised by upcasters when they are read."""
    payload: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    subject_entity: Mapped[str | None] = mapped_column(String(120))
    subject_id: Mapped[int | None] = mapped_column(Id)
    cause_id: Mapped[int | None] = mapped_column(Id, index=True)
    """The event whose listener told this one; None where a person, a job or the system did."""
    user_id: Mapped[int | None] = mapped_column(Id)
    company_id: Mapped[int | None] = mapped_column(Id)
    plugin: Mapped[str | None] = mapped_column(String(60))
    """The plugin whose listener told it; None where the person did it themselves."""
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    request_id: Mapped[str | None] = mapped_column(String(40))


class Outbox(Base):
    """An event that a listener has yet to hear; gone once it has, in the same transaction."""

    __tablename__ = "kernel_outbox"
    __table_args__ = (
        UniqueConstraint("event_id", "listener"),
        Index("ix_kernel_outbox_due", "dead", "listener", "due_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_event.id", ondelete="CASCADE"), nullable=False)
    listener: Mapped[str] = mapped_column(String(160), nullable=False)
    attempts: Mapped[int] = mapped_column(Integer, nullable=False)
    due_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    error: Mapped[str | None] = mapped_column(Text)
    """What went wrong the last time."""
    dead: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """No more attempts are made until somebody replays it."""
    mended: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What this listener hears instead of the event's payload, where somebody mended it; the event stays as told."""
    mended_version: Mapped[int | None] = mapped_column(Integer)
