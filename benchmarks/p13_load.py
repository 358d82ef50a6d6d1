"""P13: a hundred users of mixed roles for five minutes, all asking as fast as they are answered."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import orjson
from sqlalchemy import bindparam, select, update

from benchmarks.figure import CannotRun, Contest, Figure, Ground, Part
from benchmarks.history import fill
from benchmarks.p06_api_reads import FIELDS, rows_in_data
from benchmarks.peer import tryton
from benchmarks.serving import Client, Question, at_once, quantile, served_trellis
from benchmarks.trading import Trade, trade
from benchmarks.tryton_rpc import Desk, served_peer
from kernel import Party, insert_rows
from kernel.api.naming import address_of
from kernel.api.tokens import create_token
from kernel.entities.work import Actor, perform, unit_of_work
from kernel.identity.models import User
from kernel.permissions.roles import give_roles
from plugins.erp_sales.orders.models import Order

ORDERS, TEMPLATE, PARTIES = 10_000, 1_000, 10_000
READ, FOUND = 50, 10
TENS = range(1, PARTIES // FOUND)
"""What numbers of parties begin with, all but their last figure: ten have it."""
PROCESSES = 2
SECONDS, WARM_UP, PEER_SECONDS = 300.0, 10.0, 60.0
"""How long it goes on; of the peer a minute tells the rate."""
STAFF: Mapping[str, int] = {"erp_sales.agent": 70, "erp_sales.manager": 15, "erp_finance.accountant": 15}
"""How many users have each role."""
DAY: Mapping[str, str] = {
    "erp_sales.agent": "list list list order order find",
    "erp_sales.manager": "list list order find new new",
    "erp_finance.accountant": "find find parties",
}
"""What they ask again and again, each in an order of their own: newest orders, one of them, parties, a new party."""

Asked = Callable[[str], Question]
"""Puts the question of a kind anew, as a user of either contestant."""


class Load:
    """Let users ask until the time is up, and keep what their answers took."""

    def __init__(self, ports: Sequence[int], users: Sequence[tuple[str, Asked]], seconds: float) -> None:
        self._ports, self._users, self._seconds = ports, users, seconds
        self._warm = False
        self._taken: list[float] = []

    def seconds_per_answer(self) -> float:
        """Run the whole load, a short one the first time; give the seconds an answer took, all users together."""
        seconds = self._seconds if self._warm else WARM_UP
        self._warm = True
        started = time.perf_counter()
        self._taken = at_once(
            len(self._users), self._ports, lambda number, client: self._day(number, client, started + seconds))
        return (time.perf_counter() - started) / len(self._taken)

    def quantile(self, percent: int) -> float:
        """Give the quantile of what the answers of the last run took."""
        return quantile(self._taken, percent)

    def _day(self, number: int, client: Client, until: float) -> list[float]:
        role, ask = self._users[number]
        kinds = DAY[role].split()
        random.Random(number).shuffle(kinds)
        taken: list[float] = []
        for kind in itertools.cycle(kinds):
            if time.perf_counter() >= until:
                return taken
            taken.append(client.time(ask(kind)))
        return taken


@contextmanager
def load(ground: Ground) -> Iterator[Contest]:
    """Fill an installation with orders, customers and users, and serve it; the peer has as many of the first two."""
    with ExitStack() as stack:
        contest = Contest()
        url = ground.fresh("trellis")
        trading = stack.enter_context(trade(url))
        fill(lambda: _trade(trading), ORDERS)
        users = _hire(trading)
        ground.gather_statistics()
        ours = Load(stack.enter_context(served_trellis(url, PROCESSES)), users, SECONDS)
        contest.trellis = {"P13.rate": ours.seconds_per_answer, "P13.p95": lambda: ours.quantile(95)}
        contest.limit = {"P13.p95": lambda: ours.quantile(50)}
        try:
            peer = stack.enter_context(tryton(ground, print))
            port = stack.enter_context(served_peer(peer, ORDERS, PROCESSES))
            theirs = Load([port], [(role, _peers(Desk(port, peer.database))) for role in _roles()], PEER_SECONDS)
            contest.peer = {"P13.rate": theirs.seconds_per_answer}
        except CannotRun as reason:
            contest.notes.append(f"without the peer: {reason}")
        yield contest


def _trade(trading: Trade) -> None:
    perform(trading.clerk, lambda: trading.carry(TEMPLATE, lines=1))


def _roles() -> list[str]:
    return [role for role, count in STAFF.items() for _ in range(count)]


def _hire(trading: Trade) -> list[tuple[str, Asked]]:
    """Employ the users, share the orders out among those of sales, and give each what they ask by."""
    company = trading.clerk.company_id
    with unit_of_work(Actor(system=True, company_id=company)) as system:
        insert_rows(Party, [{"name": f"Party N{number:06}"} for number in range(PARTIES)])
        users = [(role, User(login=f"user{number}", name=f"User {number}", home_company_id=company))
                 for number, role in enumerate(_roles())]
        system.add_all(user for _role, user in users)
        system.flush()
        for role in STAFF:
            give_roles([user for has, user in users if has == role], [role])
        sellers = [user.id for role, user in users if role.startswith("erp_sales")]
        orders = system.scalars(select(Order.id)).all()
        system.work.connection.execute(
            update(Order).where(Order.id == bindparam("order")).values(owner_id=bindparam("seller")),
            [{"order": id_, "seller": sellers[at % len(sellers)]} for at, id_ in enumerate(orders)])
        mine = {seller: orders[at::len(sellers)] for at, seller in enumerate(sellers)}
        return [
            (role, _ours(create_token(user.id, "Benchmarks", company_id=company), mine.get(user.id, [])))
            for role, user in users]


def _ours(token: str, orders: Sequence[int]) -> Asked:
    """Ask Trellis as the user a token belongs to, who has these orders."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    chosen, names = random.Random(token), itertools.count()
    parties, placed, fields = f"/api/v1{address_of(Party)}", f"/api/v1{address_of(Order)}", ",".join(FIELDS)

    def ask(kind: str) -> Question:
        match kind:
            case "list":
                return Question(f"{placed}?limit={READ}&sort=-id&fields={fields}", rows_in_data, READ, headers)
            case "order":
                return Question(f"{placed}/{chosen.choice(orders)}?fields={fields}", _is_record, 1, headers)
            case "find":
                return Question(
                    f"{parties}?search=N{chosen.choice(TENS):05}&limit={READ}&fields=name",
                    rows_in_data, FOUND, headers)
            case "parties":
                return Question(f"{parties}?limit={READ}&sort=-id&fields=name", rows_in_data, READ, headers)
        body = orjson.dumps({"name": f"New {token[-6:]} {next(names)}"})
        return Question(parties, _is_record, 1, headers, body)

    return ask


def _is_record(body: bytes) -> int:
    return int("id" in orjson.loads(body))


def _peers(desk: Desk) -> Asked:
    """Ask the peer the same, whose user may see everything."""
    chosen, names = random.Random(id(desk)), itertools.count()
    newest = [["id", "DESC"]]

    def ask(kind: str) -> Question:
        match kind:
            case "list":
                return desk.newest_orders(READ)
            case "order":
                return desk.one_order(chosen.randrange(1, ORDERS))
            case "find":
                name = f"Party {chosen.choice(TENS):05}%"
                return desk.question(
                    "model.party.party.search_read", [[["name", "like", name]], 0, READ, None, ["name"]], FOUND)
            case "parties":
                return desk.question("model.party.party.search_read", [[], 0, READ, newest, ["name"]], READ)
        return desk.question("model.party.party.create", [[{"name": f"New {next(names)}"}]], 1)

    return ask


FIGURE = Figure(
    code="P13",
    title=f"{sum(STAFF.values())} users of mixed roles for {SECONDS / 60:g} minutes, {PROCESSES} processes",
    parts=(
        Part("P13.rate", "answers, all users together", "answers/s", peer_at_least=10),
        Part("P13.p95", "p95, of p50", "ms", limit_at_most=4),
    ),
    open=load,
    databases=("postgresql",),
    rounds=1,
)
