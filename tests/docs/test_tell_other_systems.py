"""The receiver that the how-to shows verifies what Trellis sends, and takes nothing else."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.hooks.carrying import carry_parcels
from kernel.sealing import set_secret
from kernel.webhooks import listeners  # noqa: F401  # as the registry does
from kernel.webhooks.services import WebhookInput, attempts, create_webhook
from kernel.webhooks.signing import make_secret, signed_headers
from kernel.webhooks.targets import allow_networks
from tests.kernel.hooks.shop import place

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "tell-other-systems.md"


@contextmanager
def running(secret: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run the page's receiver."""
    code, = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    process = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        for _ in range(200):
            with socket.socket() as knocking:
                if knocking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def post(port: int, headers: dict[str, str], body: bytes) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/", body, headers)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def port() -> Iterator[int]:
    set_secret("a secret of the tests")
    allow_networks("127.0.0.1/32")
    with socket.create_server(("127.0.0.1", 0)) as free:
        found = int(free.getsockname()[1])
    yield found
    allow_networks("")


def test_the_receiver_takes_what_trellis_sends(system: Actor, port: int) -> None:
    with unit_of_work(system):
        id_, secret = create_webhook(WebhookInput("x", f"http://127.0.0.1:{port}/", ["tests.order_placed"]))
    with running(secret, port) as process:
        with unit_of_work(system):
            order = place("one")[0]
        assert carry_parcels().delivered == 1
        assert process.stdout
        assert process.stdout.readline().startswith(f"tests.order_placed {{'order_id': {order.id}")
    with unit_of_work(system, reading=True):
        assert [each.code for each in attempts(id_)] == [204]


def test_the_receiver_takes_nothing_that_was_changed_is_old_or_signed_by_another(port: int) -> None:
    secret, body, now = make_secret(), b'{"type":"a","data":{}}', int(time.time())
    good = dict(signed_headers(secret, "evt_1", now, body))
    with running(secret, port):
        assert post(port, good, body) == 204
        assert post(port, {}, body) == 401
        assert post(port, good, b'{"type":"b","data":{}}') == 401
        assert post(port, {**good, "webhook-id": "evt_2"}, body) == 401
        assert post(port, dict(signed_headers(secret, "evt_1", now - 600, body)), body) == 401
        assert post(port, dict(signed_headers(make_secret(), "evt_1", now, body)), body) == 401
