"""What Prometheus reads: from this machine or with the token, with few labels, from several processes at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from kernel.config import Config
from kernel.entities.work import Actor, unit_of_work
from kernel.hooks.models import Outbox
from kernel.hooks.outbox import deliver_outbox
from kernel.jobs import declare
from kernel.jobs.declare import enqueue, job
from kernel.jobs.doing import run_jobs
from kernel.web.app import create_app
from tests.kernel.hooks.shop import OrderPlaced, listening, place
from tests.kernel.web.conftest import Browser, SignIn

ROOT = Path(__file__).parents[3]


def figures(app: Flask) -> dict[str, float]:
    """Read all figures as Prometheus would: by name and labels."""
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    return parsed(answer.text)


def parsed(text: str) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _blank, value in lines}


def test_requests_are_counted_by_route_and_not_by_address(app: Flask, admin: Browser) -> None:
    before = figures(app)
    for path in ("/kernel/party/11", "/kernel/party/12", "/nowhere/at/all/really", "/healthz"):
        admin.get(path)
    admin.client.open("/healthz", method="BREW")
    after = figures(app)
    record = 'trellis_http_requests_total{method="GET",route="/<plugin>/<name>/<int:id_>",status="404"}'
    assert after[record] - before.get(record, 0) == 2
    health = 'trellis_http_request_duration_seconds_count{method="GET",route="/healthz"}'
    assert after[health] - before.get(health, 0) == 1
    assert any('method="other"' in name for name in after)
    assert not any("BREW" in name or "really" in name or "party/11" in name for name in after)


def test_jobs_deliveries_and_what_waits_are_counted(app: Flask, system: Actor) -> None:
    @job("tests.measured", retries=0)
    def measured(fails: bool) -> None:
        if fails:
            raise ValueError("no")

    def unwilling(events: Sequence[OrderPlaced]) -> None:
        raise ValueError("no")

    before = figures(app)
    try:
        with listening("tests.order_placed", unwilling, later=True):
            with unit_of_work(system):
                place("one", "two")
                enqueue(measured, False)
                enqueue(measured, True)
            run_jobs()
            deliver_outbox()
            with unit_of_work(system) as work:
                work.work.connection.execute(update(Outbox).where(
                    Outbox.id == work.query(Outbox.id).limit(1).scalar_subquery()).values(dead=True))
            after = figures(app)
    finally:
        del declare._jobs["tests.measured"]

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert grown('trellis_jobs_total{name="tests.measured",outcome="done"}') == 1
    assert grown('trellis_jobs_total{name="tests.measured",outcome="dead"}') == 1
    assert grown('trellis_deliveries_total{listener="tests.unwilling",outcome="failed"}') == 2
    assert grown('trellis_units_of_work_total{kind="writing",outcome="rolled_back"}') >= 1
    assert (after["trellis_outbox_waiting"], after["trellis_outbox_dead"], after["trellis_jobs_dead"]) == (1, 1, 1)
    assert after["trellis_outbox_oldest_seconds"] > 0
    assert after["trellis_database_connections_in_use"] == before["trellis_database_connections_in_use"]
    assert after["trellis_database_connections_limit"] > 0
    assert after["trellis_database_up"] == 1
    assert any(re.match(r'trellis_info\{database="(sqlite|postgresql)"', name) for name in after)


def test_failed_sign_ins_are_counted(app: Flask, sign_in: SignIn) -> None:
    anna = sign_in("anna")
    before = figures(app).get('trellis_sign_ins_total{what="failure"}', 0)
    anna.client.delete_cookie("trellis")
    anna.post("/sign-in", {"login": "anna", "password": "wrong"}, token_from="/sign-in")
    assert figures(app)['trellis_sign_ins_total{what="failure"}'] == before + 1


def test_it_is_open_to_this_machine_alone_and_not_to_what_a_proxy_brings(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert client.get(
        "/metrics", headers={"Authorization": "Bearer "}, environ_base={"REMOTE_ADDR": "203.0.113.9"}
    ).status_code == 404


def test_with_a_token_it_is_open_to_whoever_sends_it(system: Actor, tmp_path: Path) -> None:
    app = create_app(Config(secret_key="not a secret", data_dir=str(tmp_path), metrics_token="tok-1"))
    away = {"REMOTE_ADDR": "203.0.113.9"}
    client = app.test_client()
    good = client.get("/metrics", headers={"Authorization": "Bearer tok-1"}, environ_base=away)
    assert good.status_code == 200
    assert "trellis_info" in good.text
    assert client.get("/metrics", headers={"Authorization": "Bearer tok-2"}, environ_base=away).status_code == 401
    assert client.get("/metrics", environ_base=away).status_code == 404
    assert client.get("/metrics").status_code == 200


PROGRAM = """
from kernel.entities.database import Database
from kernel.entities.work import set_database
import kernel.web.metrics as metrics
from kernel.watching import happened
database = Database("sqlite://")
metrics.watch_process(database)
happened("job", 3, name="tests.one", outcome="done")
"""
READER = """
from kernel.config import Config
from kernel.entities.database import Database
from kernel.entities.work import set_database
from flask import Flask
import kernel.web.metrics as metrics
set_database(Database("sqlite://"))
app = Flask("reader")
app.extensions["trellis.config"] = Config()
app.register_blueprint(metrics.blueprint)
print(app.test_client().get("/metrics").text)
"""


@pytest.mark.slow
def test_any_process_answers_for_all_that_share_a_folder(tmp_path: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _process in range(2):
        subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, check=True)
    done = subprocess.run(
        [sys.executable, "-c", READER], cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    read = parsed(done.stdout)
    assert read['trellis_jobs_total{name="tests.one",outcome="done"}'] == 6
    assert read["trellis_database_up"] == 0  # this one has no tables
