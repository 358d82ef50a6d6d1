"""Currencies and what they were worth on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity
from kernel.entities.fields import date, integer, link, quantity, text
from kernel.entities.types import Quantity
from kernel.errors import Problem
from kernel.i18n import _
from kernel.shared.ranges import within

__all__ = ["Currency", "CurrencyRate"]


class Currency(
    Entity, label=_("Currency"), plural=_("Currencies"), icon="coins", title="code", company="none", unique=[("code",)]
):
    """A currency by its ISO 4217 code; documents round their amounts to its decimals."""

    code: Mapped[str] = text(3, label=_("Code"), searchable=True, help=_("ISO 4217 code"))
    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
    symbol: Mapped[str | None] = text(8, label=_("Symbol"))
    decimals: Mapped[int] = integer(label=_("Decimals"), default=2)

    @classmethod
    def check(cls, records: Sequence[Currency]) -> Iterable[Problem]:
        for record in records:
            if record.code and not (len(record.code) == 3 and record.code.isalpha() and record.code.isupper()):
                yield Problem("code", _("A currency code has three capital letters, such as EUR"), "CODE", record)
            if not within(record.decimals, 0, 6):
                yield Problem("decimals", _("A currency has 0 to 6 decimals"), "DECIMALS", record)


class CurrencyRate(
    Entity, label=_("Exchange rate"), plural=_("Exchange rates"), icon="arrows-exchange", title="currency",
    unique=[("currency", "valid_from")],
):
    """What one unit of a currency is worth in the company's own, from a day until the next rate's."""

    currency: Mapped[Currency] = link(label=_("Currency"))
    currency_id: Mapped[int]
    valid_from: Mapped[dt.date] = date(label=_("Valid from"), index=True)
    rate: Mapped[Quantity] = quantity(label=_("Rate"), help=_("One unit of it in the company's currency"))

    @classmethod
    def check(cls, records: Sequence[CurrencyRate]) -> Iterable[Problem]:
        for record in records:
            if not within(record.rate, Decimal("0.000001")):
                yield Problem("rate", _("A rate is greater than zero"), "RATE", record)
