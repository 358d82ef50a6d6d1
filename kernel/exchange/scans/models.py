"""What was scanned on a document that isn't finished yet."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Exact, Id, Instant, Quantity

__all__ = ["Scan"]


class Scan(Base):
    """One scan of goods on a document; all of them go when the document's count is finished."""

    __tablename__ = "kernel_scan"
    __table_args__ = (
        Index("ix_kernel_scan_record", "record_id", "id"), Index("ux_kernel_scan_key", "user_id", "key", unique=True))

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(40), nullable=False)
    """Made by the page that sent it: the same scan sent twice counts once."""
    record_id: Mapped[int] = mapped_column(Id, nullable=False)
    """The document: ids are the same for no two records of any entity."""
    line_id: Mapped[int | None] = mapped_column(Id)
    """None where the document has no line of the product yet."""
    product_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_product.id", ondelete="CASCADE"), index=True)
    lot: Mapped[str] = mapped_column(String(60), nullable=False)
    serial: Mapped[str] = mapped_column(String(60), nullable=False)
    expires_on: Mapped[dt.date | None] = mapped_column(Date)
    quantity: Mapped[Quantity] = mapped_column(Exact(), nullable=False)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False, index=True)
