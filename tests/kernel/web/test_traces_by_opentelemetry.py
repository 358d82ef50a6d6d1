"""One trace goes from a request through the outbox to its listeners, and nothing is loaded where it is off."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import UsageError
from kernel.hooks.outbox import deliver_outbox
from kernel.jobs.declare import enqueue
from kernel.jobs.doing import run_jobs
from kernel.watching import _UNTRACED, spanned
from tests.kernel.hooks.shop import Placed, hold_goods, listening, place
from tests.kernel.jobs.test_jobs import write
from tests.kernel.web.conftest import Browser

telemetry = pytest.importorskip("kernel.telemetry")
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: E402

ROOT = Path(__file__).parents[3]


class Collector:
    """An OTLP receiver on this machine."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self.off = lambda: None

    def sent(self) -> list[Any]:
        """Have everything sent, and give it."""
        self.off()
        self.off = lambda: None
        return self.spans

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services |= {
                each.value.string_value for each in resource.resource.attributes if each.key == "service.name"}
            for scope in resource.scope_spans:
                self.spans += scope.spans


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.take(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_rest: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    found.off = telemetry.switch_on()
    yield found
    found.off()
    server.shutdown()
    server.server_close()


def facts(span: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_one_trace_goes_from_a_request_through_the_outbox_to_its_listener_and_jobs(
    admin: Browser, system: Actor, collector: Collector
) -> None:
    request = "00f067aa0ba902b7"
    assert admin.get("/settings/jobs", headers={"X-Request-ID": request}).status_code == 200
    with listening("tests.order_placed", hold_goods, later=True):
        with unit_of_work(system, request_id=request):
            place("one")
            enqueue(write, ("job",))
        deliver_outbox()
        run_jobs()
    spans = collector.sent()
    assert collector.services == {"trellis"}
    trace = bytes.fromhex(request.zfill(32))
    mine = [each for each in spans if each.trace_id == trace]
    root, = [each for each in mine if each.name == "GET /settings/jobs"]
    assert facts(root)["trellis.request_id"] == request
    assert (facts(root)["http.response.status_code"], facts(root)["http.route"]) == (200, "/settings/jobs")
    assert root.parent_span_id == b""
    delivery, = [each for each in mine if each.name == "delivery tests.hold_goods"]
    job, = [each for each in mine if each.name == "job tests.write"]
    assert delivery.parent_span_id == job.parent_span_id == root.span_id
    assert facts(delivery)["trellis.signal"] == "tests.order_placed"
    for parent, verb in ((root, "SELECT"), (delivery, "INSERT"), (job, "INSERT")):
        inside = [each for each in mine if each.parent_span_id == parent.span_id and "db.query.text" in facts(each)]
        assert verb in {each.name for each in inside}, parent.name
        assert all("db.system.name" in facts(each) for each in inside)
    assert not any("job 0" in facts(each).get("db.query.text", "") for each in mine), "values stay out"


def test_a_request_goes_on_in_its_callers_trace(admin: Browser, collector: Collector) -> None:
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    parent = f"00-{trace}-{span}-01"
    assert admin.get("/settings/jobs", headers={"traceparent": parent}).headers["X-Request-ID"] == trace
    admin.get("/settings/hooks", headers={"traceparent": parent, "X-Request-ID": "order-4711"})
    spans = collector.sent()
    goes_on, = [each for each in spans if each.name == "GET /settings/jobs"]
    assert (goes_on.trace_id.hex(), goes_on.parent_span_id.hex()) == (trace, span)
    linked, = [each for each in spans if each.name == "GET /settings/hooks"]
    assert linked.trace_id.hex() != trace
    assert [each.trace_id.hex() for each in linked.links] == [trace]
    assert int.from_bytes(linked.trace_id, "big") == telemetry.ids_of("order-4711")[0]


def test_what_fails_is_an_error_in_its_trace(system: Actor, collector: Collector) -> None:
    def fail(events: Sequence[Placed]) -> None:
        raise ValueError("no such shelf")

    with listening("tests.order_placed", fail, later=True):
        with unit_of_work(system, request_id="0123456789abcdef"):
            place("one")
        assert deliver_outbox().failed == 1
    failed, = [each for each in collector.sent() if each.name == "delivery tests.fail"]
    assert failed.status.code == 2
    assert [each.name for each in failed.events] == ["exception"]


def test_another_protocol_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with pytest.raises(UsageError, match="http/protobuf"):
        telemetry.switch_on()
    assert spanned("job", "x") is _UNTRACED


def test_nothing_is_loaded_and_no_span_made_where_it_is_off() -> None:
    code = ("import sys, kernel.web.app, kernel.cli.serve, kernel.jobs.doing\n"
            "from kernel.config import Config\n"
            "from kernel.logs import set_up_traces\n"
            "from kernel.watching import spanned\n"
            "set_up_traces(Config())\n"
            "assert spanned('job', 'x') is spanned('request', 'y')\n"
            "loaded = ('kernel.telemetry', 'opentelemetry.sdk.trace', 'opentelemetry.exporter', 'boto3')\n"
            "assert not [name for name in sys.modules if name.startswith(loaded)]")  # Redis's client has metrics itself
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
