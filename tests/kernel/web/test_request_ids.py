"""A request's id: taken or made, answered, and in every line that is logged because of it, now and later."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from flask import Flask
from sqlalchemy import select

from kernel.config import Config
from kernel.entities.work import Actor, perform, unit_of_work
from kernel.hooks.models import Event
from kernel.hooks.outbox import deliver_outbox
from kernel.jobs import declare
from kernel.jobs.declare import enqueue, job
from kernel.jobs.doing import run_jobs
from kernel.logs import set_up_log
from tests.kernel.hooks.shop import OrderPlaced, listening, place

ROOT = Path(__file__).parents[3]
log = structlog.get_logger("tests")


@contextmanager
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, object]]]:
    """Collect the lines that are logged meanwhile, as a collector reads them."""
    before, stream = structlog.get_config(), io.StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "stderr", stream)
    lines: list[dict[str, object]] = []
    try:
        set_up_log(Config(log_format="json"), logging.INFO)
        yield lines
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**before)
        lines.extend(json.loads(line) for line in stream.getvalue().splitlines())


def test_one_id_goes_from_a_request_through_a_listener_and_a_job(
    app: Flask, system: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    @job("tests.follow", retries=0)
    def follow() -> None:
        log.info("follow.done")
        raise ValueError("after the line")

    def hear(events: Sequence[OrderPlaced]) -> None:
        log.info("hear.done")
        enqueue(follow)

    @app.post("/tests/place")
    def place_one() -> str:
        from flask import g
        perform(system, lambda: place("one"), request_id=g.request_id)
        log.info("place.done")
        return ""

    app.config["WTF_CSRF_ENABLED"] = False
    with logged(monkeypatch) as lines:
        try:
            with listening("tests.order_placed", hear, later=True):
                answer = app.test_client().post("/tests/place", headers={"X-Request-ID": "from-the-proxy-1"})
                deliver_outbox()
                run_jobs()
        finally:
            del declare._jobs["tests.follow"]
    assert answer.headers["X-Request-ID"] == "from-the-proxy-1"
    found = {str(line["event"]): line for line in lines}
    for name in ("place.done", "hear.done", "follow.done", "job.failed"):
        assert found[name]["request_id"] == "from-the-proxy-1", name
    assert found["hear.done"]["listener"] == "tests.hear"
    assert found["follow.done"]["job"] == "tests.follow"
    assert "ValueError: after the line" in str(found["job.failed"]["exception"])
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalar(select(Event.request_id)) == "from-the-proxy-1"


@pytest.mark.parametrize("given", ["short", "has blanks in it", "x" * 41, 'quote"quote"quote', ""])
def test_an_id_that_is_not_well_formed_is_replaced(app: Flask, given: str) -> None:
    made = app.test_client().get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert made != given
    assert len(made) == 16
    assert made != app.test_client().get("/healthz").headers["X-Request-ID"]


def test_what_other_libraries_log_is_json_too() -> None:
    program = (
        "import logging\nfrom kernel.config import Config\nfrom kernel.logs import set_up_log\n"
        "set_up_log(Config(log_format='json'))\n"
        "logging.getLogger('waitress.queue').warning('Task queue depth is %d', 3)\n")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    line = json.loads(done.stderr)
    assert (line["event"], line["logger"], line["level"]) == ("Task queue depth is 3", "waitress.queue", "warning")
