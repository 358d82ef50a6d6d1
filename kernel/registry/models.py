"""What an installation remembers of its plugins and settings."""

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Instant, Json

__all__ = ["PluginState", "SettingValue"]


class PluginState(Base):
    """One installed plugin; the kernel has a row too, whose fingerprint is that of the whole schema."""

    __tablename__ = "kernel_plugin"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    label: Mapped[str] = mapped_column(String(120), nullable=False)
    version: Mapped[str] = mapped_column(String(40), nullable=False)
    package: Mapped[str] = mapped_column(String(200), nullable=False)
    enabled: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    requires: Mapped[list[str]] = mapped_column(Json, nullable=False)
    tables: Mapped[dict[str, dict[str, str]]] = mapped_column(Json, nullable=False)
    """Its tables with the kind of each column: enough to archive and drop them when its code is gone."""
    slots: Mapped[dict[str, str]] = mapped_column(Json, nullable=False)
    """Its components: slot in the audit trail by extended entity, as in `{"kernel.party": "crm"}`."""
    fingerprint: Mapped[str] = mapped_column(String(64), nullable=False)
    installed_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    changed_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)


class SettingValue(Base):
    """A setting that was given another value than its default."""

    __tablename__ = "kernel_setting"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
