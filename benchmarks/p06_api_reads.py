"""P6: read 50 of 10,000 orders by API, one client and eight at once, from two serving processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import orjson

from benchmarks.figure import CannotRun, Contest, Figure, Ground, Part, Work
from benchmarks.history import fill
from benchmarks.peer import tryton
from benchmarks.serving import PORT, Question, python, quantile_work, served, served_trellis
from benchmarks.trading import Trade, trade
from benchmarks.tryton_rpc import Desk, served_peer
from kernel.api.naming import address_of
from kernel.api.tokens import create_token
from kernel.entities.work import Actor, perform, unit_of_work
from plugins.erp_sales.orders.models import Order

ORDERS, TEMPLATE, READ = 10_000, 1_000, 50
PROCESSES = 2
CLIENTS: Mapping[str, tuple[int, int]] = {"one": (1, 60), "eight": (8, 20)}
"""How many clients, and how often each of them asks."""
PERCENTS = (50, 95)
FIELDS = ("number", "customer", "state", "order_date", "channel", "subtotal", "tax_amount", "total")
"""What is read of an order, with its id and version: the limit reads the columns they lie in."""


@contextmanager
def api_reads(ground: Ground) -> Iterator[Contest]:
    """Fill an installation with orders, then serve it by Trellis and by the bare application, and the peer its own."""
    with ExitStack() as stack:
        contest = Contest()
        url = ground.fresh("trellis")
        trading = stack.enter_context(trade(url))
        fill(lambda: _trade(trading), ORDERS)
        ground.gather_statistics()
        ours = served_trellis(url, PROCESSES)
        bare = served(python("-m", "benchmarks.limits.orders_api", url, PORT), PROCESSES)
        contest.trellis = _works(stack.enter_context(ours), _by_token(trading.clerk))
        contest.limit = _works(stack.enter_context(bare), Question(f"/orders?limit={READ}", rows_in_data, READ))
        try:
            peer = stack.enter_context(tryton(ground, print))
            port = stack.enter_context(served_peer(peer, ORDERS, PROCESSES))
            contest.peer = _works([port], Desk(port, peer.database).newest_orders(READ))
        except CannotRun as reason:
            contest.notes.append(f"without the peer: {reason}")
        yield contest


def rows_in_data(body: bytes) -> int:
    """Count the rows of an answer that has them under `data`."""
    return len(orjson.loads(body)["data"])


def _trade(trading: Trade) -> None:
    perform(trading.clerk, lambda: trading.carry(TEMPLATE, lines=1))


def _by_token(clerk: Actor) -> Question:
    """Ask as the clerk, who sees their own orders and no others."""
    assert clerk.user_id is not None
    user = clerk.user_id
    with unit_of_work(Actor(system=True, company_id=clerk.company_id)):
        token = create_token(user, "Benchmarks", company_id=clerk.company_id)
    path = f"/api/v1{address_of(Order)}?limit={READ}&sort=-id&fields={','.join(FIELDS)}"
    return Question(path, rows_in_data, READ, {"Authorization": f"Bearer {token}"})


def _works(ports: Sequence[int], question: Question) -> dict[str, Work]:
    return {
        f"P6.{name}_p{percent}": quantile_work(percent, clients, times, ports, question)
        for name, (clients, times) in CLIENTS.items() for percent in PERCENTS
    }


FIGURE = Figure(
    code="P6",
    title=f"read {READ} of {ORDERS:,} orders by API, {PROCESSES} processes",
    parts=tuple(
        Part(f"P6.{name}_p{percent}", f"{name} at a time, p{percent}", "ms", peer_at_least=5, limit_at_most=3)
        for name in CLIENTS for percent in PERCENTS
    ),
    open=api_reads,
)
