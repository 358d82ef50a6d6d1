"""P4: the same four acts with 1,000,000 rows in the tables of documents as with 10,000."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partial

from flask.testing import FlaskClient

from benchmarks.figure import Contest, Figure, Ground, Part, Work
from benchmarks.history import copied_number, fill
from benchmarks.trading import Trade, trade
from kernel import User, session
from kernel.config import Config
from kernel.entities.work import Actor, current_database, perform, set_database, unit_of_work
from kernel.identity.signing.passwords import set_password
from kernel.web.app import create_app
from plugins.erp_inventory.adjustments.models import Adjustment, AdjustmentLine
from plugins.erp_inventory.adjustments.services import post_adjustments
from plugins.erp_sales.orders.models import Order
from plugins.erp_sales.orders.services import confirm_orders

FEW, MANY, TEMPLATE = 10_000, 1_000_000, 1_000
TIMES = 10
LIST = "/erp_sales/order"
PASSWORD = "only for measuring"


class Grown:
    """An installation with so many rows in its tables, and what a clerk does there."""

    def __init__(self, trading: Trade, rows: int) -> None:
        self.database = current_database()
        self.trading = trading
        self.clerk = trading.clerk
        numbers: list[str] = []
        fill(lambda: numbers.extend(self._traded()), rows)
        self.searched = copied_number(numbers[TEMPLATE // 2], 5)
        self.client = self._signed_in()

    def works(self) -> dict[str, Work]:
        """Return what is measured, by part."""
        acts: dict[str, Callable[[], float]] = {
            "P4.post": self.post, "P4.confirm": self.confirm, "P4.list": partial(self.open, LIST),
            "P4.search": partial(self.open, f"/search?q={self.searched}"),
        }
        return {code: partial(self._here, act) for code, act in acts.items()}

    def post(self) -> float:
        """Post the move of something found; give the seconds it took."""
        product = self.trading.products[0]

        def found() -> None:
            adjustment = Adjustment(
                kind="found", reason="Found", lines=[AdjustmentLine(product_id=product, quantity=Decimal(1))])
            session().add(adjustment)
            session().flush()
            post_adjustments([adjustment])

        return _seconds(lambda: perform(self.clerk, found))

    def confirm(self) -> float:
        """Confirm a draft of 5 lines, which takes the credit check and keeps goods; give the seconds it took."""
        id_ = perform(self.clerk, lambda: self.trading.order(1)[0].id)
        return _seconds(lambda: perform(self.clerk, lambda: confirm_orders([session().get_one(Order, id_)])))

    def open(self, path: str) -> float:
        """Open a page; give the seconds until it was there."""
        started = time.perf_counter()
        answer = self.client.get(path)
        seconds = time.perf_counter() - started
        assert answer.status_code == 200, (path, answer.status_code)
        return seconds

    def _here(self, act: Callable[[], float]) -> float:
        """Do something several times in this installation; give the seconds one took."""
        set_database(self.database)
        return sum(act() for _ in range(TIMES)) / TIMES

    def _traded(self) -> list[str]:
        """Trade the orders that history consists of, a line each, and give their numbers."""
        return perform(self.clerk, lambda: [order.number for order in self.trading.carry(TEMPLATE, lines=1)])

    def _signed_in(self) -> FlaskClient:
        with unit_of_work(Actor(system=True, company_id=self.clerk.company_id)) as system:
            user = system.get_one(User, self.clerk.user_id)
            set_password(user, PASSWORD)
            login = user.login
        client = create_app(Config(secret_key="only for measuring")).test_client()
        token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/sign-in").text)
        assert token is not None
        answer = client.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf_token": token[1]})
        assert answer.status_code == 302, answer.status_code
        assert self.searched in client.get(f"/search?q={self.searched}").text
        return client


@contextmanager
def growth(ground: Ground) -> Iterator[Contest]:
    """Make one installation with few rows, which is the limit, and one with many."""
    with ExitStack() as stack:
        few = Grown(stack.enter_context(trade(ground.fresh("few"))), FEW)
        many = Grown(stack.enter_context(trade(ground.fresh("many"))), MANY)
        ground.gather_statistics()
        yield Contest(trellis=many.works(), limit=few.works())


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


FIGURE = Figure(
    code="P4",
    title="1,000,000 rows in the tables against 10,000",
    parts=(
        Part("P4.post", "post a stock move", "ms", limit_at_most=1.3),
        Part("P4.confirm", "confirm an order", "ms", limit_at_most=1.3),
        Part("P4.list", "open the list of orders", "ms", limit_at_most=1.3),
        Part("P4.search", "search for one number", "ms", limit_at_most=1.3),
    ),
    open=growth,
)
