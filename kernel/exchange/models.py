"""What an import remembers of each row it took over, and the views of lists that people saved."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json

__all__ = ["ImportKey", "ImportStep", "SavedView", "SavedViewDefault"]


class ImportStep(Base):
    """One step of one source's mapping, as last imported."""

    __tablename__ = "kernel_import_step"
    __table_args__ = (Index("ux_kernel_import_step_source_step", "source", "step", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(120), nullable=False)
    """The other system's name, as its mapping gives it."""
    step: Mapped[str] = mapped_column(String(120), nullable=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    fields: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """The fields in the order of the checksums in `ImportKey.digest`."""
    imported_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)


class ImportKey(Base):
    """The record that one row of the source became."""

    __tablename__ = "kernel_import_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    step_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_import_step.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(400), primary_key=True)
    """The row's key columns, joined by "|"."""
    record_id: Mapped[int] = mapped_column(Id, nullable=False)
    """No foreign key: the record may be of any entity, and may be deleted here later."""
    digest: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    """A CRC-32 of each field's source cell, 4 bytes each, in the step's order of fields."""


class SavedView(Base):
    """A state of a list, board or calendar that somebody named: its filters, search, order, columns and groups."""

    __tablename__ = "kernel_saved_view"
    __table_args__ = (
        Index("ux_kernel_saved_view_name", "entity", "user_id", "name", unique=True),
        Index("ix_kernel_saved_view_user", "user_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), nullable=False)
    name: Mapped[str] = mapped_column(String(60), nullable=False)
    page: Mapped[str] = mapped_column(String(20), nullable=False)
    """Where it is shown: list, board or calendar."""
    shared: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """Whether everybody who may read the entity finds it; else its owner alone."""
    state: Mapped[list[list[str]]] = mapped_column(Json, nullable=False)
    """The pairs of its address."""


class SavedViewDefault(Base):
    """The saved view that a person's list of an entity opens with."""

    __tablename__ = "kernel_saved_view_default"
    __table_args__ = (Index("ix_kernel_saved_view_default_view", "view_id"),)

    user_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), primary_key=True)
    view_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_saved_view.id", ondelete="CASCADE"), nullable=False)
