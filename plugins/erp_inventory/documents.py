"""What the lines of all stock documents have in common: they take their unit from the product, which must be goods."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select

from kernel import AnyRef, Entity, Problem, Product, _, session

KEPT = frozenset({"goods", "supply", "asset"})
"""The kinds of product that are kept in stock; services are not."""
ZERO = Decimal(0)


def fill_units(lines: Sequence[Any]) -> None:
    """Give lines the unit of their product: one statement for all."""
    asking = [line for line in lines if id_of(line, "product") and _follows(line)]
    if not asking:
        return
    products = products_of({id_of(line, "product") for line in asking})
    for line in asking:
        if product := products.get(id_of(line, "product")):
            line.unit_id = product.unit_id


def check_products(lines: Sequence[Any]) -> Iterable[Problem]:
    """Refuse services on a stock document."""
    asking = [line for line in lines if id_of(line, "product") and _follows(line)]
    products = products_of({id_of(line, "product") for line in asking}) if asking else {}
    for line in asking:
        product = products.get(id_of(line, "product"))
        if product is not None and product.kind not in KEPT:
            yield Problem("product", _("{product} is a service: there is nothing of it to move", product=product.name),
                          "SERVICE", line)


def changed(record: Any, names: Iterable[str]) -> list[str]:
    """Name the fields of a stored record that are about to change."""
    state: Any = inspect(record)
    if not state.persistent:
        return []
    return [name for name in names if state.attrs[name].history.has_changes()]


def plain(quantity: Decimal) -> Decimal:
    """Give a quantity without trailing zeros, as refusals tell it."""
    return Decimal(format(quantity.normalize(), "f"))


def products_of(ids: Iterable[int]) -> dict[int, Product]:
    """Load products by id."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {each.id: each for each in session().scalars(select(Product).where(Product.id.in_(wanted)))}


def id_of(record: Any, link: str) -> Any:
    """Give a link's id, be it set as an id or as a record."""
    value = getattr(record, f"{link}_id")
    return value if value is not None else getattr(record.__dict__.get(link), "id", None)


def line_ref(entity: type[Entity], id_: int, number: str) -> AnyRef:
    """Refer to a line by its document's number."""
    return AnyRef(entity.__entity__, id_, number)


def _follows(line: Any) -> bool:
    state: Any = inspect(line)
    return not state.persistent or state.attrs["product_id"].history.has_changes() or line.unit_id is None
