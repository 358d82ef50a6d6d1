"""/metrics: what this installation does and what waits, as Prometheus reads it.

Counters are the process's own; where the environment names PROMETHEUS_MULTIPROC_DIR, all processes that share that
folder keep theirs in it and any of them answers for all. What waits is asked of the database, so it is the same from
everywhere.
Labels are names from the code (routes, jobs, listeners), never what a visitor sent.
"""

import hmac
import os
import platform
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address
from typing import Any
from weakref import WeakSet

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import SQLAlchemyError

from kernel.config import Config
from kernel.entities.database import Database
from kernel.entities.work import current_database, session, unit_of_work
from kernel.errors import Refusal
from kernel.hooks.models import Event, Outbox
from kernel.jobs.models import WaitingJob
from kernel.watching import watch

__all__ = ["blueprint", "measure", "watch_process"]

blueprint = Blueprint("metrics", __name__)
SHARED = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types; a moment beside each figure helps nobody
registry = CollectorRegistry()
REQUESTS = Counter(
    "trellis_http_requests", "Requests answered, by route, method and status.", ("route", "method", "status"),
    registry=registry)
DURATION = Histogram(
    "trellis_http_request_duration_seconds", "How long requests took, by route and method.", ("route", "method"),
    buckets=BUCKETS, registry=registry)
IN_USE = Gauge(
    "trellis_database_connections_in_use", "Connections that work is using now.", registry=registry,
    multiprocess_mode="livesum")
LIMIT = Gauge(
    "trellis_database_connections_limit", "Connections that may be open at most.", registry=registry,
    multiprocess_mode="livesum")
HAPPENED = {
    "job": Counter("trellis_jobs", "Jobs, by how they ended: done, failed, dead.", ("name", "outcome"),
                   registry=registry),
    "delivery": Counter("trellis_deliveries", "Deliveries of signals to later listeners, by how they ended.",
                        ("listener", "outcome"), registry=registry),
    "work": Counter("trellis_units_of_work", "Units of work, by kind and how they ended.", ("kind", "outcome"),
                    registry=registry),
    "retry": Counter("trellis_unit_of_work_retries", "Units of work done again, since the database gave way.",
                     registry=registry),
    "sign_in": Counter("trellis_sign_ins", "What the door saw: success, failure, locked and others.", ("what",),
                       registry=registry),
}


def _count(what: str, times: int, which: dict[str, str]) -> None:
    counter = HAPPENED.get(what)
    if counter is not None:
        (counter.labels(**which) if which else counter).inc(times)


_watched: WeakSet[Engine] = WeakSet()
_counting: list[Callable[[], None]] = []


def watch_process(database: Database) -> None:
    """Count from now on what happens in this process, and the connections it uses; once per process and database."""
    if not _counting:
        _counting.append(watch(_count))
    if database.engine not in _watched:
        _watched.add(database.engine)
        _watch_pool(database.engine)
        LIMIT.set(database.most_connections)


def _watch_pool(engine: Engine) -> None:
    @event.listens_for(engine, "checkout")
    def taken(*about: object) -> None:
        IN_USE.inc()

    @event.listens_for(engine, "checkin")
    def given_back(*about: object) -> None:
        IN_USE.dec()


def measure(app: Flask) -> None:
    """Count the requests of an application and how long they took."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(answer: Response) -> Response:
        began = g.pop("began", None)
        if began is not None:
            route = str(request.url_rule.rule) if request.url_rule is not None else "none"
            method = request.method if request.method in METHODS else "other"
            REQUESTS.labels(route, method, str(answer.status_code)).inc()
            DURATION.labels(route, method).observe(time.perf_counter() - began)
        return answer


class _Waiting(Collector):
    """What waits and what was given up, as the database has it now; without a database only that it is away."""

    def collect(self) -> Iterator[Metric]:
        try:
            with unit_of_work(reading=True):
                found = list(_counts())
        except (SQLAlchemyError, Refusal):
            found = []
        yield _gauge("trellis_database_up", "Whether the database could be asked.", 1 if found else 0)
        for name, about, value in found:
            yield _gauge(name, about, value)


def _counts() -> Iterator[tuple[str, str, float]]:
    current = session()
    letters = dict(current.work.connection.execute(select(Outbox.dead, func.count()).group_by(Outbox.dead)).all())
    jobs = dict(current.work.connection.execute(
        select(WaitingJob.dead, func.count()).group_by(WaitingJob.dead)).all())
    oldest = current.work.connection.scalar(
        select(func.min(Event.at)).join(Outbox, Outbox.event_id == Event.id).where(Outbox.dead.is_(False)))
    yield "trellis_outbox_waiting", "Deliveries that wait or are being retried.", letters.get(False, 0)
    yield "trellis_outbox_dead", "Deliveries that were given up.", letters.get(True, 0)
    yield ("trellis_outbox_oldest_seconds", "How long the oldest waiting delivery has waited; 0 where none waits.",
           (current.now - oldest).total_seconds() if oldest else 0)
    yield "trellis_jobs_waiting", "Jobs that wait or are being retried.", jobs.get(False, 0)
    yield "trellis_jobs_dead", "Jobs that were given up.", jobs.get(True, 0)


def _gauge(name: str, about: str, value: float) -> Metric:
    made = GaugeMetricFamily(name, about)
    made.add_metric([], value)
    return made


class _About(Collector):
    """Which version runs, on what."""

    def collect(self) -> Iterator[Metric]:
        made = GaugeMetricFamily("trellis_info", "Which version runs, on what.",
                                 labels=("version", "python", "database"))
        made.add_metric([_version(), platform.python_version(), current_database().url.get_backend_name()], 1)
        yield made


def _version() -> str:
    try:
        return version("trellis-kernel")
    except PackageNotFoundError:
        return "unknown"


@blueprint.get("/metrics")
def metrics() -> Response:
    """Answer with all figures, to whoever may have them."""
    refused = _refusal()
    if refused is not None:
        return refused
    every: Any = CollectorRegistry()
    every.register(_About())
    every.register(_Waiting())
    if os.environ.get(SHARED):
        MultiProcessCollector(every)  # type: ignore[no-untyped-call]  # it has no types
        body = generate_latest(every)
    else:
        body = generate_latest(registry) + generate_latest(every)
    return Response(body, content_type=CONTENT_TYPE_LATEST)


def _refusal() -> Response | None:
    """Refuse whoever is neither on this machine nor has the token; a proxy's visitors are not on this machine."""
    config: Config = current_app.extensions["trellis.config"]
    given = request.headers.get("Authorization", "")
    if config.metrics_token and given:
        wanted = f"Bearer {config.metrics_token}"
        return None if hmac.compare_digest(given.encode(), wanted.encode()) else Response("", 401)
    if _is_loopback(request.remote_addr) and not any(name in request.headers for name in FORWARDED):
        return None
    return Response("", 404)


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False
