"""Goods to start a test with, and what the books say of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.fields import AnyRef
from kernel.entities.work import session
from plugins.erp_inventory.api import Movement, Need, Posting, post
from plugins.erp_inventory.moves.models import Balance, Move, Valuation

_ids = count(900_000_001)


def paper(title: str = "X-1", entity: str = "other.paper") -> AnyRef:
    """Refer to a document of a plugin that isn't there."""
    return AnyRef(entity, next(_ids), title)


def bring(product: int, quantity: object, value: object = None, **more: Any) -> Any:
    """Take goods in; gives what was moved."""
    amount = None if value is None else Decimal(str(value))
    day = more.pop("day", None)
    line = Movement(product, Decimal(str(quantity)), amount, **more)
    return post([Posting(paper("IN"), "opening", [line], day=day)])[0][0]


def take(product: int, quantity: object, *, day: dt.date | None = None, **more: Any) -> Any:
    """Take goods out; gives what was moved."""
    return post([Posting(paper("OUT"), "issue", [Movement(product, Decimal(str(quantity)), **more)], day=day)])[0][0]


def need(product: int, quantity: object, needed_on: dt.date | None = None) -> Need:
    """Need goods for a line of its own document."""
    return Need(paper("WO-1"), paper("WO-1"), product, Decimal(str(quantity)), needed_on)


def on_hand(product: int) -> tuple[Decimal, Decimal]:
    """Give what is there of a product and how much of it is kept."""
    rows = session().execute(select(Balance.on_hand, Balance.reserved).where(Balance.product_id == product)).all()
    return sum((row[0] for row in rows), Decimal(0)), sum((row[1] for row in rows), Decimal(0))


def worth(product: int) -> tuple[Decimal, Decimal]:
    """Give quantity and value of a product in the books."""
    row = session().execute(
        select(Valuation.quantity, Valuation.value).where(Valuation.product_id == product)).one()
    return row.quantity, row.value


def moves(product: int) -> list[tuple[str, str, Decimal, Decimal]]:
    """List a product's moves: kind, direction, quantity, value."""
    return [(row.kind, row.direction, row.quantity, row.value) for row in session().execute(
        select(Move.kind, Move.direction, Move.quantity, Move.value).where(Move.product_id == product)
        .order_by(Move.id))]


ASIDE = (
    "kernel_id", "kernel_number_counter", "SAVEPOINT", "UPDATE erp_inventory_delivery SET",
    "UPDATE erp_inventory_receipt SET")
"""Blocks of ids and numbers are taken now and then; a header's new state is the ORM's, one by one for its version."""


def sent(counter: Any) -> list[str]:
    """Give the statements a piece of work sent, those aside that come by chance or by the header."""
    return [each for each in counter.statements if not any(words in each for words in ASIDE)]


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what says nothing about the database: refusals and pages."""
