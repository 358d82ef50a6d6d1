"""A call is over within seconds, follows no redirect, proves the receiver's name and says what was answered."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from kernel.webhooks import calling
from kernel.webhooks.calling import call
from kernel.webhooks.signing import make_secret, signature
from tests.kernel.webhooks.receiver import Receiver


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "PATIENCE", 0.5)


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    assert signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                     b'{"test": 2432232314}') == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert make_secret() != make_secret()


def test_what_is_answered_is_said_with_how_its_body_begins(receiver: Receiver) -> None:
    receiver.says = "收到 \x00\x1b[31m".encode() + b"x" * 10_000
    answer = call(receiver.url, b"{}", {"webhook-id": "evt_1"})
    assert (answer.code, answer.error, answer.away) == (200, "", False)
    assert answer.excerpt.startswith("收到")
    assert len(answer.excerpt) <= 500
    assert answer.excerpt.isprintable()
    assert receiver.got[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("code", [400, 401, 404, 410, 429, 500, 503])
def test_an_error_is_not_taken(receiver: Receiver, code: int) -> None:
    receiver.code = code
    answer = call(receiver.url, b"{}", {})
    assert (answer.code, answer.error, answer.away) == (code, f"It answered {code}", False)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.code, receiver.headers = 302, {"Location": receiver.url.replace("/hook", "/inside")}
    assert "redirects are not followed" in call(receiver.url, b"{}", {}).error
    assert [each.path for each in receiver.got] == ["/hook"]


@pytest.mark.usefixtures("impatient")
def test_one_who_never_answers_is_given_up_in_time(receiver: Receiver) -> None:
    gone = threading.Event()
    receiver.before = lambda: bool(gone.wait(5)) and None
    started = time.monotonic()
    answer = call(receiver.url, b"{}", {})
    gone.set()
    assert time.monotonic() - started < 2
    assert (answer.code, answer.away) == (None, True)
    assert "No answer within" in answer.error


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends a byte of its headers now and then, so that no single wait is long."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        taken, _address = listening.accept()
        with taken:
            taken.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not over.wait(0.05):
                try:
                    taken.sendall(b"a")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    over.set()
    thread.join(5)
    listening.close()


@pytest.mark.usefixtures("impatient")
def test_one_who_answers_byte_by_byte_is_cut_off_in_time(dripping: str) -> None:
    started = time.monotonic()
    answer = call(dripping, b"{}", {})
    assert time.monotonic() - started < 3
    assert (answer.code, answer.away) == (None, True)


def test_one_who_is_not_there_or_speaks_no_tls_is_away(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert call(f"http://127.0.0.1:{port}/", b"{}", {}).away
    answer = call(receiver.url.replace("http://", "https://"), b"{}", {})
    assert answer.away
    assert "SSL" in answer.error
