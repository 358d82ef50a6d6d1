"""P9: plan a structure of bills and demands and write the plan, beside Tryton's supply run and bare arrays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import sqlalchemy as sa

from benchmarks.figure import CannotRun, Contest, Figure, Ground, Part, Work
from benchmarks.installation import installation
from benchmarks.limits.planning import BarePlan
from benchmarks.limits.tables import plain_engine
from benchmarks.peer import tryton
from benchmarks.planning import ROLES, Planned
from benchmarks.structure import Structure, large, small
from kernel.entities.work import current_database, set_database


@contextmanager
def planning(ground: Ground) -> Iterator[Contest]:
    """Give the same structures to everybody; the large one is not for the peer, whom it would take days."""
    with ExitStack() as stack:
        structures = {"P9.small": small(), "P9.large": large()}
        contest = Contest(
            trellis={code: _ours(stack, ground, code, given) for code, given in structures.items()},
            limit={code: _bare(stack, ground, code, given) for code, given in structures.items()},
        )
        ground.gather_statistics()
        try:
            peer = stack.enter_context(tryton(ground, print))
        except CannotRun as reason:
            contest.notes.append(f"without the peer: {reason}")
        else:
            contest.peer = {"P9.small": peer.whole("supply.plan", len(structures["P9.small"].demands))}
        yield contest


def _ours(stack: ExitStack, ground: Ground, code: str, given: Structure) -> Work:
    planner = stack.enter_context(installation(ground.fresh(_named("trellis", code)), ROLES))
    database = current_database()
    planned = Planned(planner, given)
    known = len(BarePlan(sa.create_engine("sqlite://"), given).computed()[0][0])

    def plan() -> float:
        set_database(database)
        seconds = planned.plan()
        assert planned.written().total() - planned.written()["pegs"] == known, planned.written()
        return seconds

    return plan


def _bare(stack: ExitStack, ground: Ground, code: str, given: Structure) -> Work:
    engine = plain_engine(ground.fresh(_named("bare", code)))
    stack.callback(engine.dispose)
    return partial(BarePlan.plan, BarePlan(engine, given))


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
