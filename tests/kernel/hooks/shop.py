"""A shop that tells of its orders, and a store that keeps goods for them: what the tests of hooks play with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy.orm import Mapped

from kernel.entities.base import Document
from kernel.entities.fields import text
from kernel.entities.work import session
from kernel.hooks import listeners as registry
from kernel.hooks.listeners import channels, on
from kernel.hooks.signals import Signal, signal


class ShopOrder(Document, label="Order"):
    name: Mapped[str] = text(80)


class ShopHold(Document, label="Hold"):
    name: Mapped[str] = text(80)


@dataclass(frozen=True)
class OrderedLine:
    product_id: int
    quantity: Decimal


@dataclass(frozen=True)
class OrderPlaced:
    """Somebody ordered."""

    order_id: int
    lines: tuple[OrderedLine, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class GoodsHeld:
    """Goods are kept for an order."""

    hold_id: int


class Placed(Protocol):
    order_id: int


placed: Signal[OrderPlaced] = signal("tests.order_placed", OrderPlaced, about=("tests.shop_order", "order_id"))
held: Signal[GoodsHeld] = signal("tests.goods_held", GoodsHeld, about=("tests.shop_hold", "hold_id"))


def place(*names: str) -> list[ShopOrder]:
    """Place orders and tell of them once."""
    orders = [ShopOrder(name=name) for name in names]
    session().add_all(orders)
    session().flush()
    placed.tell([OrderPlaced(order.id, (OrderedLine(7, Decimal("1.5")),)) for order in orders])
    return orders


@contextmanager
def listening(signal_name: str, function: Any, *, plugin: str = "tests", **options: Any) -> Iterator[None]:
    """Let a function of a plugin listen for the time of a block."""
    function.__module__ = function.__module__ if plugin == "tests" else f"plugins.{plugin}.listeners"
    on(signal_name, **options)(function)
    key = f"{signal_name} {plugin}.{options.get('name') or function.__name__}"
    try:
        yield
    finally:
        channels.signal(signal_name).disconnect(registry._listeners.pop(key))


def hold_goods(events: Sequence[Placed]) -> None:
    """Keep goods for each order, and tell of all at once."""
    holds = []
    for event in events:
        hold = ShopHold(name=f"for {event.order_id}")
        session().add(hold)
        holds.append(hold)
    held.tell([GoodsHeld(hold.id) for hold in holds], because=events)
