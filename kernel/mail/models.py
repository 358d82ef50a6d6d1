"""The mail server, the mails that wait or were sent, and the addresses that servers refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.discussion.leaving import take_along
from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json, Sealed
from kernel.sealing import Secret

__all__ = ["MailServerSetting", "OutgoingMail", "RefusedAddress"]


class MailServerSetting(Base):
    """The server that mails go through; one row, none where nothing is mailed."""

    __tablename__ = "kernel_mail_server"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    host: Mapped[str] = mapped_column(String(200), nullable=False)
    port: Mapped[int] = mapped_column(Integer, nullable=False)
    tls: Mapped[str] = mapped_column(String(10), nullable=False)
    user: Mapped[str] = mapped_column(String(200), nullable=False)
    password: Mapped[Secret] = mapped_column(Sealed, nullable=False)
    sender: Mapped[str] = mapped_column(String(200), nullable=False)
    base_url: Mapped[str] = mapped_column(String(300), nullable=False)
    """Where people open this installation: what links in mails begin with."""


class OutgoingMail(Base):
    """A mail that waits to be sent, was sent, or could not be."""

    __tablename__ = "kernel_mail"
    __table_args__ = (Index("ix_kernel_mail_record", "record_id", "entity"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    user_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), index=True)
    """The user it goes to; None for somebody outside."""
    address: Mapped[str] = mapped_column(String(200), nullable=False)
    sender: Mapped[str] = mapped_column(String(120), nullable=False)
    """The name it comes from: the company's."""
    subject: Mapped[str] = mapped_column(String(300), nullable=False)
    text: Mapped[str] = mapped_column(Text, nullable=False)
    html: Mapped[str] = mapped_column(Text, nullable=False)
    headers: Mapped[dict[str, str]] = mapped_column(Json, nullable=False)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(Json, nullable=False)
    """Files of the store: name, media type, sha256."""
    entity: Mapped[str | None] = mapped_column(String(120))
    record_id: Mapped[int | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(10), nullable=False, index=True)
    """waiting, sent or refused."""
    error: Mapped[str | None] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    sent_at: Mapped[dt.datetime | None] = mapped_column(Instant)


take_along(OutgoingMail)


class RefusedAddress(Base):
    """An address that a server would not take mail for, and why; gone once a mail went through again."""

    __tablename__ = "kernel_refused_address"

    address: Mapped[str] = mapped_column(String(200), primary_key=True)
    reason: Mapped[str] = mapped_column(Text, nullable=False)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
