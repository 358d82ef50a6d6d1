"""The mailboxes that are read, and the mails that came."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.discussion.leaving import take_along
from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json, Sealed
from kernel.sealing import Secret

__all__ = ["IncomingMail", "Mailbox"]


class Mailbox(Base):
    """A folder of a mail server that new mail is read from, and how far it was read."""

    __tablename__ = "kernel_mailbox"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(String(80), nullable=False)
    company_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_company.id", ondelete="CASCADE"), nullable=False, index=True)
    """The company whose records its mails are filed to."""
    host: Mapped[str] = mapped_column(String(200), nullable=False)
    port: Mapped[int] = mapped_column(Integer, nullable=False)
    tls: Mapped[str] = mapped_column(String(10), nullable=False)
    user: Mapped[str] = mapped_column(String(200), nullable=False)
    password: Mapped[Secret] = mapped_column(Sealed, nullable=False)
    folder: Mapped[str] = mapped_column(String(200), nullable=False)
    done_folder: Mapped[str] = mapped_column(String(200), nullable=False)
    """Where mails are moved to once they were taken in; empty where they stay."""
    address: Mapped[str] = mapped_column(String(200), nullable=False)
    """Where answers to mails about this company's records shall go; empty where nothing is said of it."""
    plus: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """Whether the server takes office+anything@example.com as office@example.com."""
    most_mb: Mapped[int] = mapped_column(Integer, nullable=False)
    """Megabytes that a mail may have; a larger one is put aside unread."""
    paused: Mapped[bool] = mapped_column(Boolean, nullable=False)
    begun_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    """Mails that the server got before are left alone; None where all are taken in."""
    uid_validity: Mapped[int] = mapped_column(BigInteger, nullable=False)
    last_uid: Mapped[int] = mapped_column(BigInteger, nullable=False)
    """How far it was read under that UIDVALIDITY."""
    fetched_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What was wrong when it was last read, as `keeping.kept` puts it; None where nothing was."""


class IncomingMail(Base):
    """A mail from outside, filed to a record or not yet. Nothing in it was verified, and nothing is done for it."""

    __tablename__ = "kernel_incoming_mail"
    __table_args__ = (
        UniqueConstraint("company_id", "key"),
        Index("ix_kernel_incoming_mail_record", "record_id", "entity", "id"),
        Index("ix_kernel_incoming_mail_state", "company_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    mailbox_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("kernel_mailbox.id", ondelete="SET NULL"), index=True)
    company_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_company.id", ondelete="CASCADE"), nullable=False)
    key: Mapped[str] = mapped_column(String(64), nullable=False)
    """Tells it apart: a digest of its Message-ID with sender, date and subject."""
    message_id: Mapped[str] = mapped_column(String(998), nullable=False)
    thread: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """The Message-IDs it refers to, the oldest first."""
    sender_name: Mapped[str] = mapped_column(String(200), nullable=False)
    sender: Mapped[str] = mapped_column(String(320), nullable=False)
    subject: Mapped[str] = mapped_column(String(500), nullable=False)
    text: Mapped[str] = mapped_column(Text, nullable=False)
    automatic: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """Whether a machine wrote it: an out-of-office note, a report of a mail that could not be delivered."""
    sent_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    """When it was taken in."""
    state: Mapped[str] = mapped_column(String(10), nullable=False)
    """waiting, filed, aside (something is wrong with it) or away (nobody needs it)."""
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Why it was put aside, as `keeping.kept` puts it."""
    files: Mapped[list[int]] = mapped_column(Json, nullable=False)
    """The attachments that came with it."""
    entity: Mapped[str | None] = mapped_column(String(120))
    record_id: Mapped[int | None] = mapped_column(Id)
    how: Mapped[str] = mapped_column(String(10), nullable=False)
    """What it was filed by: reply, number, sender or hand; empty where it wasn't."""
    filed_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    filed_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_user.id"), index=True)


take_along(IncomingMail)
