"""What imports remember, of a mapping file's rows and of a person's own file; and the views of lists people saved.

The tables of a person's import hold its file while it is being prepared, its wrong rows, and what it made and changed,
so that it can be undone.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json

__all__ = [
    "FileImport", "FilePart", "ImportKey", "ImportProgress", "ImportStep", "ImportedRecord", "KnownMapping",
    "SavedView", "SavedViewDefault", "WrongRow",
]


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


class FileImport(Base):
    """A file that somebody brings in through an entity's page, from its upload until long after."""

    __tablename__ = "kernel_file_import"
    __table_args__ = (
        Index("ix_kernel_file_import_entity", "entity", "company_id", "id"), Index("ix_kernel_file_import_at", "at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    company_id: Mapped[int | None] = mapped_column(Id)
    user_id: Mapped[int | None] = mapped_column(Id)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    """When its state changed last."""
    file_name: Mapped[str] = mapped_column(String(200), nullable=False)
    state: Mapped[str] = mapped_column(String(20), nullable=False)
    """uploaded, checking, checked, running, done, undoing, undone."""
    content: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    """What the file says of itself: header, the first rows, how many rows, the sheets of a workbook."""
    choices: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    """How the person wants it read (`kernel.exchange.sheets.choices.Choices`)."""
    report: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    """The counts of the last check, of the import, and of its being undone; why it failed."""


class FilePart(Base):
    """A piece of an import's file, there until the import is done."""

    __tablename__ = "kernel_file_part"
    __table_args__ = ({"sqlite_with_rowid": False},)

    import_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_file_import.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)


class WrongRow(Base):
    """A row that an import could not take: its cells, and what is wrong with which of them."""

    __tablename__ = "kernel_wrong_row"
    __table_args__ = ({"sqlite_with_rowid": False},)

    import_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_file_import.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cells: Mapped[list[str]] = mapped_column(Json, nullable=False)
    problems: Mapped[list[list[str]]] = mapped_column(Json, nullable=False)
    """Pairs of a column ("" for the row as such) and what is wrong with its cell."""


class ImportedRecord(Base):
    """A record that an import made or changed."""

    __tablename__ = "kernel_imported_record"
    __table_args__ = ({"sqlite_with_rowid": False},)

    import_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_file_import.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    """No foreign key: the record may be of any entity, and may be deleted later."""
    version: Mapped[int] = mapped_column(Integer, nullable=False)
    """The record's version when the import was done."""
    changes: Mapped[dict[str, list[Any]] | None] = mapped_column(Json)
    """`{field: [old, new]}`; None for a record that the import made."""


class KnownMapping(Base):
    """How a file with certain columns was last brought in, for the next one like it."""

    __tablename__ = "kernel_known_mapping"
    __table_args__ = ({"sqlite_with_rowid": False},)

    entity: Mapped[str] = mapped_column(String(120), primary_key=True)
    header: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A digest of the columns' names."""
    choices: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)


class ImportProgress(Base):
    """How far an import has come, written beside its own transaction."""

    __tablename__ = "kernel_import_progress"

    import_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_file_import.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    done: Mapped[int] = mapped_column(Integer, nullable=False)


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
