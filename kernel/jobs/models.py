"""The jobs that wait, and when the regular ones are due."""

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json

__all__ = ["Schedule", "WaitingJob"]


class WaitingJob(Base):
    """A job that has yet to be done; gone once it is, in the transaction of what it did."""

    __tablename__ = "kernel_job"
    __table_args__ = (Index("ix_kernel_job_due", "dead", "due_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(160), nullable=False)
    plugin: Mapped[str] = mapped_column(String(60), nullable=False)
    """Whose job it is."""
    arguments: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    user_id: Mapped[int | None] = mapped_column(Id)
    company_id: Mapped[int | None] = mapped_column(Id)
    system: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """Whether it is done as the system; otherwise with the rights of the user, or of the plugin that wanted it."""
    wanted_by: Mapped[str | None] = mapped_column(String(60))
    """The plugin whose listener wanted it; None where a person or the system did."""
    cause_id: Mapped[int | None] = mapped_column(Id)
    """The event that was being heard when it was wanted."""
    request_id: Mapped[str | None] = mapped_column(String(40))
    attempts: Mapped[int] = mapped_column(Integer, nullable=False)
    due_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    error: Mapped[str | None] = mapped_column(Text)
    """What went wrong the last time."""
    dead: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """No more attempts are made until somebody has it done again."""


class Schedule(Base):
    """When a regular job is due next, and what came of it last. Whoever moves the time on puts the job by."""

    __tablename__ = "kernel_schedule"

    name: Mapped[str] = mapped_column(String(160), primary_key=True)
    plugin: Mapped[str] = mapped_column(String(60), nullable=False)
    due_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    ran_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    took_ms: Mapped[int | None] = mapped_column(Integer)
    failed: Mapped[bool | None] = mapped_column(Boolean)
    """How the last run ended; None where there was none yet."""
    error: Mapped[str | None] = mapped_column(Text)
