"""Countries and their regions, as addresses need them."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity
from kernel.entities.fields import link, text
from kernel.i18n import _

__all__ = ["Country", "Region"]


class Country(
    Entity, label=_("Country"), plural=_("Countries"), icon="world", company="none", unique=[("code",)]
):
    """A country by its ISO 3166 code; the calling code completes national phone numbers."""

    code: Mapped[str] = text(2, label=_("Code"), searchable=True, help=_("ISO 3166 code"))
    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
    calling_code: Mapped[str | None] = text(5, label=_("Calling code"), help=_("Such as 886, without a plus"))


class Region(
    Entity, label=_("Region"), plural=_("Regions"), icon="map", company="none", unique=[("country", "code")]
):
    """A state, province or county of a country."""

    country: Mapped[Country] = link(label=_("Country"))
    country_id: Mapped[int]
    code: Mapped[str] = text(10, label=_("Code"), searchable=True)
    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
