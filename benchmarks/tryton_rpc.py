"""Have the peer serve, and read its orders the way its clients do: `search_read` by JSON-RPC."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


@contextmanager
def orders_by_rpc(peer: Peer, orders: int, read: int, processes: int) -> Iterator[tuple[Sequence[int], Question]]:
    """Give the peer so many orders and serve it under gunicorn; yields its port and the question for `read` of them."""
    for _ in range(orders // CHUNK):
        peer.do("reading.fill", CHUNK)
    command = [
        str(ENVIRONMENT / "bin" / "gunicorn"), "--workers", str(processes), "--preload", "--bind", f"{HOST}:{PORT}",
        "--log-level", "error", "trytond.application:app",
    ]
    with served(command, 1, peer.environment | {"TRYTOND_DATABASE_NAMES": peer.database}) as ports:
        yield ports, _question(ports[0], peer.database, read)


def _question(port: int, database: str, read: int) -> Question:
    """Sign in and give the question that reads the newest orders."""
    path = f"/{database}/rpc/"
    user, session = _call(port, path, "common.db.login", [LOGIN, {"password": PASSWORD}, "en"], {})[:2]
    key = base64.b64encode(f"{LOGIN}:{user}:{session}".encode()).decode()
    headers = {"Authorization": f"Session {key}"}
    context = _call(port, path, "model.res.user.get_preferences", [True, {}], headers)
    asked = [[], 0, read, [["id", "DESC"]], list(FIELDS), context]
    return Question(
        path, rows_in_result, read, headers | {"Content-Type": "application/json"},
        _request("model.sale.sale.search_read", asked))


def rows_in_result(body: bytes) -> int:
    """Count the rows of an answer; what went wrong has none."""
    return len(orjson.loads(body).get("result") or ())


def _call(port: int, path: str, method: str, given: list[Any], headers: dict[str, str]) -> Any:
    asked = Question(
        path, len, 0, headers | {"Content-Type": "application/json"}, _request(method, given))
    client = Client(port, asked)
    try:
        return json.loads(client.answer())["result"]
    finally:
        client.close()


def _request(method: str, given: list[Any]) -> bytes:
    return orjson.dumps({"id": 1, "method": method, "params": given})
