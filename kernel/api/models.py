"""Bearer tokens and answers kept for repeated requests: the kernel's own tables, which no door shows."""

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json

__all__ = ["ApiToken", "KeptAnswer"]


class ApiToken(Base):
    """A token a program signs in with for a user; only its hash is kept."""

    __tablename__ = "kernel_api_token"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), index=True)
    company_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_company.id"))
    """The company it works in; the user's home company where None."""
    label: Mapped[str] = mapped_column(String(80), nullable=False)
    hash: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    scopes: Mapped[list[str] | None] = mapped_column(Json)
    """What it may do at most, as `entity:action`; None for all its user may."""
    created_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    expires_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    revoked: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    used_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    """When it was last used, to within some minutes."""
    used_from: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    """The address it was last used from."""


class KeptAnswer(Base):
    """The answer to a request that came with an Idempotency-Key, written in the request's own transaction."""

    __tablename__ = "kernel_idempotency"

    user_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False, index=True)
    request: Mapped[str] = mapped_column(String(64), nullable=False)
    """Hash of method, address and body: the key answers for this very request only."""
    status: Mapped[int] = mapped_column(Integer, nullable=False)
    headers: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    body: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
