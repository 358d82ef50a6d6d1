"""P1: an order of 5 lines from its creation to the posted invoice, one commit each, beside Tryton and the bare rows."""

from __future__ import annotations

from benchmarks.figure import Figure, Part
from benchmarks.order_to_cash import contest

EACH, PEER_EACH = 20, 2

FIGURE = Figure(
    code="P1",
    title="order to cash, one by one",
    parts=(
        Part(
            "P1", "create, confirm, reserve, ship, invoice, post", "orders/s", peer_at_least=80,
            limit_at_most={"sqlite": 8, "postgresql": 4},
        ),
    ),
    open=contest("P1", "each", EACH, PEER_EACH),
)
