"""Which record another one became part of: the old one's address leads there for ever."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.discussion.leaving import take_along
from kernel.entities.base import Base
from kernel.entities.types import Id, Instant

__all__ = ["MergedRecord"]


class MergedRecord(Base):
    """A record that was merged into another: archived it keeps its number, its fields and its history."""

    __tablename__ = "kernel_merged_record"
    __table_args__ = (
        Index("ix_kernel_merged_record_into", "into_id", "entity"), {"sqlite_with_rowid": False})

    record_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    into_id: Mapped[int] = mapped_column(Id, nullable=False)
    """The survivor; one that is merged itself later passes this on, so that one step always leads to a living one."""
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    user_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_user.id"), index=True)


take_along(MergedRecord)
