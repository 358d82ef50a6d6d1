"""P3: what permissions, audit and validation cost on parties, beside Tryton and the plain ORM."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import cast

import sqlalchemy as sa

from benchmarks.figure import CannotRun, Contest, Figure, Ground, Part, Work
from benchmarks.installation import installation
from benchmarks.limits.parties import PlainParties
from benchmarks.peer import tryton
from kernel.entities.bulk import insert_rows
from kernel.entities.work import Actor, perform, session, unit_of_work
from kernel.exchange.listing import Query
from kernel.shared.models.parties import Party

FILLED = 10_000
EACH, MANY, PAGE, BULK = 300, 2_000, 500, 10_000
PEER_EACH, PEER_CHANGES, PEER_BULK = 20, 50, 500


class Parties:
    """Create, change and list parties as a clerk with a role, each piece of work in its unit of work."""

    def __init__(self, clerk: Actor) -> None:
        self.clerk = clerk
        self.numbers = itertools.count(1)
        self.bulk(FILLED)
        with unit_of_work(clerk, reading=True) as opened:
            self.ids = list(opened.scalars(sa.select(Party.id).order_by(Party.id).limit(FILLED)))
        self.next_to_change = 0

    def create_each(self, count: int) -> float:
        """Create `count` parties, a unit of work each; give the seconds one took."""
        names = [self._name() for _ in range(count)]
        started = time.perf_counter()
        for name in names:
            perform(self.clerk, partial(self._create, [name]))
        return (time.perf_counter() - started) / count

    def create_many(self, count: int) -> float:
        """Create `count` parties as instances in one unit of work; give the seconds one took."""
        names = [self._name() for _ in range(count)]
        started = time.perf_counter()
        perform(self.clerk, partial(self._create, names))
        return (time.perf_counter() - started) / count

    def change_each(self, count: int) -> float:
        """Load and change `count` parties, a unit of work each; give the seconds one took."""
        ids = self._take(count)
        started = time.perf_counter()
        for id_ in ids:
            perform(self.clerk, partial(self._rename_one, id_))
        return (time.perf_counter() - started) / count

    def change_many(self, count: int) -> float:
        """Load and change `count` parties in one unit of work; give the seconds one took."""
        ids = self._take(count)
        started = time.perf_counter()
        chosen = sa.select(Party).where(Party.id.between(ids[0], ids[-1]))
        perform(self.clerk, lambda: self._rename(session().scalars(chosen)))
        return (time.perf_counter() - started) / count

    def list_page(self, count: int) -> float:
        """Read one page of `count` parties with all their fields, as a list does; give the seconds it took."""
        started = time.perf_counter()
        page = perform(self.clerk, Query(Party, limit=count).page, reading=True)
        assert len(page.rows) == count
        return time.perf_counter() - started

    def bulk(self, count: int) -> float:
        """Create `count` parties from rows by the bulk verb; give the seconds one took."""
        rows = [{"name": self._name()} for _ in range(count)]
        started = time.perf_counter()
        perform(self.clerk, lambda: insert_rows(Party, rows))
        return (time.perf_counter() - started) / count

    def _create(self, names: Sequence[str]) -> None:
        session().add_all([Party(name=name) for name in names])

    def _rename_one(self, id_: int) -> None:
        self._rename([session().get_one(Party, id_)])

    def _rename(self, parties: sa.ScalarResult[Party] | list[Party]) -> None:
        for party in parties:
            party.name = f"Changed {next(self.numbers):06}"

    def _take(self, count: int) -> list[int]:
        start = self.next_to_change if self.next_to_change + count <= len(self.ids) else 0
        self.next_to_change = start + count
        return self.ids[start : start + count]

    def _name(self) -> str:
        return f"Party {next(self.numbers):06}"


@contextmanager
def kernel_overhead(ground: Ground) -> Iterator[Contest]:
    """Fill three databases with 10,000 parties each: Trellis's, the plain ORM's and the peer's."""
    with ExitStack() as stack:
        contest = Contest()
        ours = Parties(stack.enter_context(installation(ground.fresh("trellis"), ["kernel.masters"])))
        plain = PlainParties(ground.fresh("plain"), cast(sa.Table, Party.__table__), FILLED)
        stack.callback(plain.close)
        ground.gather_statistics()
        contest.trellis = _works(ours)
        contest.limit = _works(plain)
        try:
            peer = stack.enter_context(tryton(ground, print))
        except CannotRun as reason:
            contest.notes.append(f"without the peer: {reason}")
        else:
            contest.peer = {
                "P3.create": peer.work("parties.create", PEER_EACH),
                "P3.change": peer.work("parties.change", PEER_CHANGES),
                "P3.list": peer.whole("parties.page", PAGE),
                "P3.bulk": peer.work("parties.bulk", PEER_BULK),
            }
        yield contest


def _works(parties: Parties | PlainParties) -> dict[str, Work]:
    return {
        "P3.create": lambda: parties.create_each(EACH),
        "P3.create_many": lambda: parties.create_many(MANY),
        "P3.change": lambda: parties.change_each(EACH),
        "P3.change_many": lambda: parties.change_many(MANY),
        "P3.list": lambda: parties.list_page(PAGE),
        "P3.bulk": lambda: parties.bulk(BULK),
    }


FIGURE = Figure(
    code="P3",
    title="kernel overhead on 10,000 parties",
    parts=(
        Part("P3.create", "one by one", "parties/s", peer_at_least=5, limit_at_most=2.5),
        Part("P3.create_many", "in one transaction", "parties/s", limit_at_most=2.5),
        Part("P3.change", "one by one", "parties/s", peer_at_least=5, limit_at_most=2.5),
        Part("P3.change_many", "in one transaction", "parties/s", limit_at_most=2.5),
        Part("P3.list", "500 with all fields", "ms", peer_at_least=5, limit_at_most=1.3),
        Part("P3.bulk", "rows in bulk", "parties/s", peer_at_least=100, limit_at_most=2),
    ),
    open=kernel_overhead,
)
