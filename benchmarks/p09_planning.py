"""P9: plan a structure of bills and demands and write the plan, beside Tryton's supply run and bare arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

import sqlalchemy as sa

from benchmarks.figure import CannotRun, Contest, Figure, Ground, Part, Work
from benchmarks.installation import installation
from benchmarks.limits.planning import BarePlan
from benchmarks.limits.tables import plain_engine
from benchmarks.peer import tryton
from benchmarks.planning import ROLES, Planned
from benchmarks.structure import Structure, large, small
from kernel.entities.database import Database
from kernel.entities.work import current_database, set_database

STRUCTURES: dict[str, Callable[[], Structure]] = {"P9.small": small, "P9.large": large}


@contextmanager
def planning(ground: Ground) -> Iterator[Contest]:
    """Give the same structures to everybody; the large one is not for the peer, whom it would take days."""
    with ExitStack() as stack:
        contest = Contest(
            trellis={code: _ours(stack, ground, code, make) for code, make in STRUCTURES.items()},
            limit={code: _bare(stack, ground, code, make) for code, make in STRUCTURES.items()},
        )
        try:
            peer = stack.enter_context(tryton(ground, print))
        except CannotRun as reason:
            contest.notes.append(f"without the peer: {reason}")
        else:
            contest.peer = {"P9.small": peer.whole("supply.plan", len(small().demands))}
        yield contest


def _ours(stack: ExitStack, ground: Ground, code: str, make: Callable[[], Structure]) -> Work:
    """Return Trellis's work. What it needs is made at its first call, the warm-up: the large one takes minutes."""

    @cache
    def prepared() -> tuple[Planned, Database, int]:
        given = make()
        planned = Planned(stack.enter_context(installation(ground.fresh(_named("trellis", code)), ROLES)), given)
        ground.gather_statistics()
        orders, _ = BarePlan(sa.create_engine("sqlite://"), given).computed()
        return planned, current_database(), len(orders[0])

    def plan() -> float:
        planned, database, orders = prepared()
        set_database(database)
        seconds = planned.plan()
        written = planned.written()
        assert written["make"] + written["buy"] == orders, written
        return seconds

    return plan


def _bare(stack: ExitStack, ground: Ground, code: str, make: Callable[[], Structure]) -> Work:
    """Return the limit's work, prepared at its first call."""

    @cache
    def prepared() -> BarePlan:
        engine = plain_engine(ground.fresh(_named("bare", code)))
        stack.callback(engine.dispose)
        return BarePlan(engine, make())

    return lambda: prepared().plan()


def _named(who: str, code: str) -> str:
    return f"{who}_{code.lower().replace('.', '_')}"


FIGURE = Figure(
    code="P9",
    title="planning, the plan written to the database",
    parts=(
        Part("P9.small", "200 products in 5 levels, 100 demands", "ms", peer_at_least=100),
        Part("P9.large", "100,000 products in 8 levels, 1,000,000 demands", "ms", limit_at_most=3),
    ),
    open=planning,
)
