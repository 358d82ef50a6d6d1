"""P2: 200 orders of 5 lines given at once to the services, each step for all of them, beside Tryton's batch."""

from __future__ import annotations

from benchmarks.figure import Figure, Part
from benchmarks.order_to_cash import contest

ORDERS = 200
PEER_ORDERS = 20
"""Tryton takes as long for each of 20 as for each of 100 or 200."""

FIGURE = Figure(
    code="P2",
    title="order to cash, 200 orders at once",
    parts=(Part("P2", "the same steps in bulk", "orders/s", peer_at_least=100, limit_at_most=10),),
    open=contest("P2", "batch", ORDERS, PEER_ORDERS),
)
