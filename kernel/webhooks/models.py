"""The webhooks that were set up, and what came of each attempt to call one."""

import datetime as dt

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json, Sealed
from kernel.sealing import Secret

__all__ = ["Webhook", "WebhookAttempt"]


class Webhook(Base):
    """An address that is called when some signals are told."""

    __tablename__ = "kernel_webhook"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(String(80), nullable=False)
    url: Mapped[str] = mapped_column(String(500), nullable=False)
    secret: Mapped[Secret] = mapped_column(Sealed, nullable=False)
    """What calls are signed with."""
    signals: Mapped[list[str]] = mapped_column(Json, nullable=False)
    company_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_company.id", ondelete="CASCADE"), index=True)
    """Whose events it hears; None for those of all companies."""
    paused: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """What is told meanwhile waits."""
    made_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    made_by: Mapped[int | None] = mapped_column(Id)


class WebhookAttempt(Base):
    """One call of a webhook and what was answered."""

    __tablename__ = "kernel_webhook_attempt"
    __table_args__ = (Index("ix_kernel_webhook_attempt_latest", "webhook_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    webhook_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_webhook.id", ondelete="CASCADE"), nullable=False)
    event_id: Mapped[int] = mapped_column(Id, nullable=False)
    """The event; it may be gone by now, with the plugin that told it."""
    signal: Mapped[str] = mapped_column(String(120), nullable=False)
    attempt: Mapped[int] = mapped_column(Integer, nullable=False)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    took_ms: Mapped[int] = mapped_column(Integer, nullable=False)
    code: Mapped[int | None] = mapped_column(Integer)
    """The HTTP status that was answered; None where nothing was."""
    excerpt: Mapped[str] = mapped_column(String(500), nullable=False)
    """How the answer's body begins."""
    error: Mapped[str | None] = mapped_column(Text)
    """Why it does not count as taken; None where it was."""
