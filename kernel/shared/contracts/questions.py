"""Questions that several plugins need answered and none owns. Each is asked for many records at once.

An answer is a sequence as long as the question's, None where the plugin doesn't know. Ask with

    for answer in ask.unit_price(questions=questions): ...

which gives one sequence per plugin that answers, the latest registered first; the module's `first_known` and
`summed` put them together.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeVar

from kernel.hooks.specifications import spec
from kernel.i18n import Text

__all__ = [
    "AvailabilityQuestion", "BalanceQuestion", "MergeQuestion", "PriceAnswer", "PriceQuestion", "PromiseQuestion",
    "QualityQuestion", "availability", "first_known", "held_up", "merge_objection", "open_balance", "promise_date",
    "quality_hold", "stock_value", "summed", "supply_planned", "unit_price",
]

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class PriceQuestion:
    """What one unit of a product costs a party on a day, in a quantity and currency; `party_id` None for anybody."""

    product_id: int
    quantity: Decimal
    unit_id: int
    day: dt.date
    party_id: int | None = None
    currency: str | None = None
    """ISO 4217 code; the company's where None."""
    side: Literal["sale", "purchase"] = "sale"


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """A price for one unit before tax, in the question's currency, and where it comes from, for "why this price?"."""

    price: Decimal
    why: Text
    discount: Decimal = Decimal(0)
    """Percent off that the party is granted anyway."""


@dataclass(frozen=True, slots=True)
class AvailabilityQuestion:
    """How much of a product may still be promised, in the product's unit, by a day (today where None)."""

    product_id: int
    day: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PromiseQuestion:
    """When a quantity of a product, in its unit, could be delivered; `wanted` is the day the customer asks for."""

    product_id: int
    quantity: Decimal
    wanted: dt.date | None = None


@dataclass(frozen=True, slots=True)
class QualityQuestion:
    """Whether a product (or one lot of it) is held back by quality control."""

    product_id: int
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class BalanceQuestion:
    """What a party owes beyond open orders, on a day: invoices not yet paid less receipts not yet applied."""

    party_id: int
    day: dt.date
    currency: str | None = None
    """ISO 4217 code the answer is in; the company's where None."""


@dataclass(frozen=True, slots=True)
class MergeQuestion:
    """Whether records of an entity may become part of another, the survivor."""

    entity: str
    survivor_id: int
    merged_ids: tuple[int, ...]


@spec
def unit_price(questions: Sequence[PriceQuestion]) -> Sequence[PriceAnswer | None]:  # type: ignore[empty-body]
    """Give the price of one unit for each question; the first plugin that knows one decides."""


@spec
def availability(questions: Sequence[AvailabilityQuestion]) -> Sequence[Decimal | None]:  # type: ignore[empty-body]
    """Give the quantity that can still be promised: on hand, less reserved, plus expected before the day."""


@spec
def promise_date(questions: Sequence[PromiseQuestion]) -> Sequence[dt.date | None]:  # type: ignore[empty-body]
    """Give the first day on which the quantity could be delivered; the latest of all answers counts."""


@spec
def quality_hold(questions: Sequence[QualityQuestion]) -> Sequence[Text | None]:  # type: ignore[empty-body]
    """Say why goods are held back, or None where they aren't; one reason is enough to hold them."""


@spec
def open_balance(questions: Sequence[BalanceQuestion]) -> Sequence[Decimal | None]:  # type: ignore[empty-body]
    """Give what a party owes; the answers of all plugins add up. Negative where the company owes the party."""


@spec
def supply_planned(products: Sequence[int]) -> Sequence[bool | None]:  # type: ignore[empty-body]
    """Say whether a plan cares for the supply of products, by id; others then leave their reordering to it."""


@spec
def stock_value(companies: Sequence[int]) -> Sequence[Decimal | None]:  # type: ignore[empty-body]
    """Give what the stock of companies, by id, is worth in all, in their currency; the answers of plugins add up."""


@spec
def merge_objection(questions: Sequence[MergeQuestion]) -> Sequence[Text | None]:  # type: ignore[empty-body]
    """Say why records can't become one and what to do instead, or None where they can; one reason is enough."""


@spec
def held_up(entity: str, ids: Sequence[int]) -> Sequence[Text | None]:  # type: ignore[empty-body]
    """Say in a few words what keeps records of an entity, by id, from being done; None where one knows nothing of it.

    Asked of what is late in a trace, with the reader's own rights; "{number} 3 days late: ..." goes before it.
    """


def first_known(answers: Iterable[Sequence[A | None]], count: int) -> list[A | None]:
    """Take for each of `count` questions the first answer that isn't None."""
    found: list[A | None] = [None] * count
    for answer in answers:
        for place, value in enumerate(answer):
            if found[place] is None:
                found[place] = value
    return found


def summed(answers: Iterable[Sequence[Decimal | None]], count: int) -> list[Decimal]:
    """Add up the answers to each of `count` questions; what nobody knows counts as nothing."""
    total = [Decimal(0)] * count
    for answer in answers:
        for place, value in enumerate(answer):
            total[place] += value or 0
    return total
