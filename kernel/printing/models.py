"""The pictures at the head of printed documents."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id

__all__ = ["CompanyLogo"]


class CompanyLogo(Base):
    """A company's logo: small, so it lies in the database, with the company's other data."""

    __tablename__ = "kernel_company_logo"

    company_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_company.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(4), nullable=False)
    """png, jpg or svg: what the content was found to be."""
    content: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
