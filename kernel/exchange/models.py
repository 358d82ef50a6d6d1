"""What an import remembers: which record came from which row of which system, and what that row said."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json

__all__ = ["ImportKey", "ImportStep"]


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
