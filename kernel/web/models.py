"""What the web UI keeps of how people want to see things: the kernel's own tables, which no door shows."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json

__all__ = ["DashboardArrangement", "SavedCard"]


class DashboardArrangement(Base):
    """How a person arranged a dashboard."""

    __tablename__ = "kernel_dashboard_arrangement"
    __table_args__ = ({"sqlite_with_rowid": False},)

    user_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    dashboard: Mapped[str] = mapped_column(String(120), primary_key=True)
    """"home", or the plugin whose dashboard it is."""
    places: Mapped[list[tuple[str, int, bool]]] = mapped_column(Json, nullable=False)
    """The cards in order: name, width in twelfths, whether it is shown."""


class SavedCard(Base):
    """A pivot or chart that somebody put on a dashboard, for themselves or for all who may read its records."""

    __tablename__ = "kernel_saved_card"
    __table_args__ = (Index("ix_kernel_saved_card_dashboard_shared", "dashboard", "shared"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), index=True)
    dashboard: Mapped[str] = mapped_column(String(120), nullable=False)
    label: Mapped[str] = mapped_column(String(80), nullable=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    query: Mapped[str] = mapped_column(String(2000), nullable=False)
    """What the pivot's address asks for."""
    width: Mapped[int] = mapped_column(Integer, nullable=False)
    shared: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    created_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
