"""Have the peer serve, and read its orders the way its clients do: `search_read` by JSON-RPC."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import orjson

from benchmarks.peer import ENVIRONMENT, Peer
from benchmarks.serving import HOST, PORT, Client, Question, served

FIELDS = (
    "number", "party.rec_name", "state", "sale_date", "reference", "untaxed_amount_cache", "tax_amount_cache",
    "total_amount_cache",
)
"""What Trellis reads of an order, as far as Tryton has it in the table: nothing of it is computed."""
CHUNK = 500
LOGIN, PASSWORD = "admin", "bench"
NEWEST = [["id", "DESC"]]


@contextmanager
def served_peer(peer: Peer, orders: int, processes: int) -> Iterator[int]:
    """Give the peer so many orders and serve it under gunicorn; yields its port."""
    for _ in range(orders // CHUNK):
        peer.do("reading.fill", CHUNK)
    command = [
        str(ENVIRONMENT / "bin" / "gunicorn"), "--workers", str(processes), "--preload", "--bind", f"{HOST}:{PORT}",
        "--log-level", "error", "trytond.application:app",
    ]
    with served(command, 1, peer.environment | {"TRYTOND_DATABASE_NAMES": peer.database}) as (port,):
        yield port


class Desk:
    """A session of the peer's user, who asks by JSON-RPC."""

    def __init__(self, port: int, database: str) -> None:
        self._path = f"/{database}/rpc/"
        user, session = self._call(port, "common.db.login", [LOGIN, {"password": PASSWORD}, "en"], {})[:2]
        key = base64.b64encode(f"{LOGIN}:{user}:{session}".encode()).decode()
        self._headers = {"Authorization": f"Session {key}", "Content-Type": "application/json"}
        self._context = self._call(port, "model.res.user.get_preferences", [True, {}], self._headers)

    def question(self, method: str, given: Sequence[Any], expected: int) -> Question:
        """Make a call with the user's context; its result must have so many rows."""
        return Question(
            self._path, rows_in_result, expected, self._headers, _request(method, [*given, self._context]))

    def newest_orders(self, read: int) -> Question:
        """Make the call that reads the newest orders."""
        return self.question("model.sale.sale.search_read", [[], 0, read, NEWEST, list(FIELDS)], read)

    def one_order(self, id_: int) -> Question:
        """Make the call that reads an order."""
        return self.question("model.sale.sale.read", [[id_], list(FIELDS)], 1)

    def _call(self, port: int, method: str, given: list[Any], headers: dict[str, str]) -> Any:
        asked = Question(
            self._path, len, 0, {"Content-Type": "application/json"} | headers, _request(method, given))
        with closing(Client(port)) as client:
            return json.loads(client.answer(asked))["result"]


def rows_in_result(body: bytes) -> int:
    """Count the rows of an answer, or the one thing that it is; what went wrong has none."""
    return len(orjson.loads(body).get("result") or ())


def _request(method: str, given: list[Any]) -> bytes:
    return orjson.dumps({"id": 1, "method": method, "params": given})
