"""Prepare the contest of P1 and P2: Trellis with all plugins, Tryton, and the bare rows, one by one or in a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Literal

from benchmarks.figure import CannotRun, Contest, Ground
from benchmarks.limits.order_to_cash import BareOrders
from benchmarks.limits.tables import plain_engine
from benchmarks.peer import tryton
from benchmarks.trading import trade


def contest(
    code: str, way: Literal["each", "batch"], count: int, peer_count: int
) -> Callable[[Ground], AbstractContextManager[Contest]]:
    """Return what opens the contest for the part `code`, carrying `count` orders a round."""

    @contextmanager
    def opened(ground: Ground) -> Iterator[Contest]:
        with ExitStack() as stack:
            found = Contest()
            ours = stack.enter_context(trade(ground.fresh("trellis")))
            engine = plain_engine(ground.fresh("bare"))
            stack.callback(engine.dispose)
            bare = BareOrders(engine)
            ground.gather_statistics()
            found.trellis = {code: lambda: getattr(ours, way)(count)}
            found.limit = {code: lambda: getattr(bare, way)(count)}
            try:
                peer = stack.enter_context(tryton(ground, print))
            except CannotRun as reason:
                found.notes.append(f"without the peer: {reason}")
            else:
                found.peer = {code: peer.work(f"orders.{way}", peer_count)}
            yield found

    return opened
