"""An open page hears what is new and how far its work is; it holds no transaction and keeps no request out."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from waitress.server import create_server

import kernel.notices.listeners
from kernel.config import Config
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.jobs.doing import run_jobs
from kernel.notices.services import on_told
from kernel.web.live import pages
from kernel.web.live.streams import Stream, Streams, make_room, streams_of
from tests.kernel.web.conftest import Browser, SignIn
from tests.kernel.web.garage import MECHANIC, Repair, Rider
from tests.kernel.web.test_imports import check, send

assert kernel.notices.listeners.tell_followers  # an installation loads the listeners by their files


@pytest.fixture(autouse=True)
def streams(app: Flask) -> Iterator[Streams]:
    made = app.extensions["trellis.streams"] = Streams(2)
    silence = on_told(made.wake)
    yield made
    silence()
    made.end()


class Listening:
    """A stream as a browser hears it, read piece by piece."""

    def __init__(self, browser: Browser, path: str = "/events") -> None:
        self.answer = browser.client.get(path, buffered=False)
        assert self.answer.status_code == 200, self.answer.status
        assert self.answer.mimetype == "text/event-stream"
        self._pieces = self.answer.iter_encoded()
        assert next(self._pieces).startswith(b"retry:")

    def heard(self) -> dict[str, Any]:
        """Wait for the next piece that says something; gives its events."""
        return parsed(next(piece for piece in self._pieces if not piece.startswith(b":")))

    def close(self) -> None:
        self.answer.close()


def parsed(piece: bytes) -> dict[str, Any]:
    return {name: json.loads(data) for name, data in re.findall(r"event: (\w+)\ndata: (.*)\n", piece.decode())}


@pytest.fixture
def ben(sign_in: SignIn) -> Browser:
    return sign_in("ben", *MECHANIC)


@pytest.fixture
def repair(system: Actor) -> str:
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        return f"/tests/repair/{records.create(Repair, [{'rider': rider}])[0].id}"


def test_the_count_arrives_as_soon_as_somebody_is_told(anna: Browser, ben: Browser, repair: str) -> None:
    listening = Listening(anna)
    assert listening.heard()["counts"]["news"] == 0
    ben.post(f"{repair}/comments", {"text": "@Anna look"})
    began = time.monotonic()
    counts = listening.heard()["counts"]
    assert (counts["news"], counts["count"]) == (1, 1)
    assert time.monotonic() - began < pages.BEAT / 2, "it was woken"
    listening.close()


def test_between_two_looks_a_stream_holds_no_transaction(anna: Browser, database: Any) -> None:
    listening = Listening(anna)
    listening.heard()
    pool = database.engine.pool
    assert getattr(pool, "checkedout", lambda: 0)() == 0
    with unit_of_work(Actor(system=True)):
        pass  # a writer isn't kept waiting
    listening.close()


def test_a_stream_ends_when_its_person_signs_out(anna: Browser, streams: Streams) -> None:
    listening = Listening(anna)
    listening.heard()
    assert len(streams) == 1
    anna.post("/sign-out")
    assert list(listening._pieces) == []
    listening.close()
    assert len(streams) == 0
    assert anna.get("/events").status_code == 302


def test_who_was_signed_out_elsewhere_hears_no_more_at_the_next_look(
    anna: Browser, monkeypatch: pytest.MonkeyPatch, system: Actor
) -> None:
    monkeypatch.setattr(pages, "BEAT", 0.05)
    listening = Listening(anna)
    listening.heard()
    with unit_of_work(system) as opened:
        opened.work.connection.exec_driver_sql("DELETE FROM kernel_session")
    assert listening.heard() == {"over": {}}
    assert list(listening._pieces) == []
    listening.close()


def test_there_are_so_many_streams_and_no_more_and_the_page_falls_back(
    anna: Browser, ben: Browser, admin: Browser, app: Flask
) -> None:
    open_ones = [Listening(anna), Listening(ben)]
    refused = admin.get("/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert admin.get("/inbox/count").json["news"] == 0  # type: ignore[index]
    open_ones.pop().close()  # the later first: in one thread their requests lie upon one another
    Listening(admin).close()
    open_ones.pop().close()
    assert "data-live" in admin.page("/")
    app.extensions["trellis.streams"] = Streams()
    assert "data-live" not in admin.page("/")
    assert admin.get("/events").status_code == 503, "another server than ours has no room for any"


def test_one_browser_has_so_many_streams_and_the_oldest_gives_way() -> None:
    streams = Streams(10)
    opened = [streams.open(1, 7) for _ in range(5)]
    assert all(opened)
    assert [each.ended for each in opened if each] == [True, False, False, False, False]
    other = streams.open(2, 8)
    assert other is not None
    streams.end(7)
    assert not other.ended


def test_a_stream_whose_page_has_gone_ends_by_itself() -> None:
    stream = Stream(1, 1)
    assert not stream.sleep(30, lambda: True)
    assert stream.ended


def test_progress_is_told_to_who_started_the_work_and_to_nobody_else(
    anna: Browser, ben: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.exchange.sheets.starting.AT_ONCE", 1)
    monkeypatch.setattr(pages, "QUICK", 0.01)
    there = send(anna, "Name\nTom\nUma\n")
    page = check(anna, there)
    found = re.search(r'data-work="([^"]+)"', page)
    assert found, page
    work = f"/events?work={found[1]}"
    assert ben.get(work).status_code == 404
    assert anna.get("/events?work=import/tests/rider/x").status_code == 404
    assert anna.get("/events?work=nothing").status_code == 404
    listening = Listening(anna, work)
    assert listening.heard()["progress"] == {"done": 0, "total": 2, "busy": True}
    run_jobs()
    assert listening.heard()["progress"]["busy"] is False
    listening.close()


@contextmanager
def serving(app: Flask, config: Config) -> Iterator[int]:
    """Serve on a port of this machine as `trellis run` does, with few threads."""
    server = create_server(
        app, host="127.0.0.1", port=0, threads=make_room(app, config), channel_request_lookahead=1)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        streams_of(app).end()
        server.close()
        thread.join(5)


def test_open_streams_keep_no_request_out_and_a_closed_one_makes_room(anna: Browser, app: Flask) -> None:
    cookie = anna.client.get_cookie("trellis")
    assert cookie
    headers = {"Cookie": f"trellis={cookie.value}"}

    def ask(port: int, path: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path, headers=headers)
        return connection, connection.getresponse()

    with serving(app, Config(threads=1, streams=2)) as port:
        first, heard = ask(port, "/events")
        assert heard.status == 200
        assert b"retry" in heard.fp.readline() + heard.fp.readline()
        second, _heard = ask(port, "/events")
        for _ in range(3):
            connection, answer = ask(port, "/inbox/count")
            assert answer.status == 200
            connection.close()
        connection, answer = ask(port, "/events")
        assert answer.status == 503
        connection.close()
        first.sock.shutdown(2) if first.sock else heard.close()
        first.close()
        heard.close()
        for _ in range(40):
            if len(streams_of(app)) < 2:
                break
            time.sleep(0.1)
        connection, answer = ask(port, "/events")
        assert answer.status == 200
        connection.close()
        second.close()
