"""Make products in Tryton, as many as it can take at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

AT_ONCE = 20
"""SQLite's parser has no room for the conditions that Tryton makes of many more."""


def make_products(pool: Any, names: Sequence[str], values: Mapping[str, object]) -> list[int]:
    """Make goods counted by the piece, with these further values; return their ids in order."""
    unit = pool.get("product.uom").search([("name", "=", "Unit")])[0].id
    rows = [
        {
            "name": name, "type": "goods", "default_uom": unit, "list_price": Decimal("10.0000"),
            "products": [("create", [{"code": name}])], **values,
        }
        for name in names
    ]
    template = pool.get("product.template")
    return [
        made.products[0].id
        for first in range(0, len(rows), AT_ONCE)
        for made in template.create(rows[first : first + AT_ONCE])
    ]


def stock(pool: Any, company: int, pieces: Mapping[int, int]) -> None:
    """Bring pieces of products into the storage, from the place where lost things are found."""
    unit = pool.get("product.uom").search([("name", "=", "Unit")])[0].id
    storage = pool.get("stock.location").search([("code", "=", "STO")])[0].id
    found = pool.get("stock.location").search([("type", "=", "lost_found")])[0].id
    today = pool.get("ir.date").today()
    moves = pool.get("stock.move")
    moves.do(moves.create([
        {
            "product": product, "quantity": float(quantity), "unit": unit, "from_location": found,
            "to_location": storage, "company": company, "effective_date": today,
        }
        for product, quantity in pieces.items()
    ]))
