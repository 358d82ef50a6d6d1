"""Traces by OpenTelemetry, where they are switched on: requests, jobs, deliveries and their statements.

A request's id names its trace: one of hexadecimal digits is the trace's id, filled up with zeros in front, any other is
hashed into one. So whatever follows later, in another process too, belongs to the trace of the request that led to it,
with nothing stored but the request's id. Sent by OTLP as the standard OTEL_* variables say.

This module is loaded only where `TRELLIS_OTEL` is set: without it nothing of OpenTelemetry is.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
    use_span,
)
from sqlalchemy import Engine, event

from kernel.errors import UsageError
from kernel.i18n import _
from kernel.watching import Noting, trace_by

__all__ = ["ids_of", "switch_on"]

PROTOCOL = "http/protobuf"
TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_HEX = re.compile(r"[0-9a-f]{8,32}")
KINDS = {"request": SpanKind.SERVER, "delivery": SpanKind.CONSUMER, "job": SpanKind.CONSUMER}
FACTS = {"route": "http.route", "method": "http.request.method", "status": "http.response.status_code",
         "path": "url.path"}

_root: ContextVar[tuple[int, int] | None] = ContextVar("trace_root", default=None)


def ids_of(request_id: str) -> tuple[int, int]:
    """Give the ids of a request's trace and of the span that is its root."""
    hashed = hashlib.sha256(request_id.encode()).digest()
    trace = int(request_id, 16) if _HEX.fullmatch(request_id) else 0
    return trace or int.from_bytes(hashed[:16], "big"), int.from_bytes(hashed[16:24], "big") or 1


class _Ids(RandomIdGenerator):
    """Gives a request's span the ids that follow from the request's, and every other one of its own."""

    def generate_trace_id(self) -> int:
        root = _root.get()
        return root[0] if root else super().generate_trace_id()

    def generate_span_id(self) -> int:
        root = _root.get()
        return root[1] if root else super().generate_span_id()


class _Tracer:
    """Makes the spans of `kernel.watching`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("trellis")

    @contextmanager
    def __call__(self, kind: str, name: str, request_id: str | None, parent: str) -> Iterator[Noting]:
        span = self._begin(kind, name, request_id, parent)
        if request_id:
            span.set_attribute("trellis.request_id", request_id)

        def note(**facts: Any) -> None:
            for fact, value in facts.items():
                span.set_attribute(FACTS.get(fact, f"trellis.{fact}"), value)
            if int(facts.get("status", 0)) >= 500:
                span.set_status(Status(StatusCode.ERROR))

        with use_span(span, end_on_exit=True):
            yield note

    def _begin(self, kind: str, name: str, request_id: str | None, parent: str) -> Span:
        how, title = KINDS[kind], name if kind == "request" else f"{kind} {name}"
        if request_id is None:
            return self._tracer.start_span(title, Context(), how)
        trace, root = ids_of(request_id)
        if kind != "request":
            return self._tracer.start_span(title, self._under(trace, root, title), how)
        caller = _caller(parent)
        before = set_span_in_context(NonRecordingSpan(caller), Context()) if caller and caller.trace_id == trace else (
            Context())
        links = [Link(caller)] if caller and caller.trace_id != trace else []
        token = _root.set((trace, root))
        try:
            return self._tracer.start_span(title, before, how, links=links)
        finally:
            _root.reset(token)

    def _under(self, trace: int, root: int, title: str) -> Context:
        """Stand for a request's span that ended long ago: it was sampled, or not, by its trace's id."""
        decision = self._provider.sampler.should_sample(None, trace, title).decision
        sampled = decision is Decision.RECORD_AND_SAMPLE
        flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
        return set_span_in_context(NonRecordingSpan(SpanContext(trace, root, True, flags)), Context())

    def statement(
        self, connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, many: bool
    ) -> None:
        """Begin the span of a statement within something that is traced; its values stay out of it."""
        if get_current_span().is_recording():
            verb = statement.lstrip().split(None, 1)[0].upper() if statement.strip() else "SQL"
            context.trellis_span = self._tracer.start_span(verb, kind=SpanKind.CLIENT, attributes={
                "db.system.name": connection.dialect.name, "db.query.text": statement, "db.operation.name": verb,
                **({"db.operation.batch": True} if many else {})})

    def done(
        self, _connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool
    ) -> None:
        """End it."""
        if (span := getattr(context, "trellis_span", None)) is not None:
            span.end()

    def failed(self, met: Any) -> None:
        """End the span of a statement that the database refused."""
        if (span := getattr(met.execution_context, "trellis_span", None)) is not None:
            span.set_status(Status(StatusCode.ERROR, type(met.original_exception).__name__))
            span.end()


def _caller(parent: str) -> SpanContext | None:
    found = TRACEPARENT.fullmatch(parent)
    if found is None:
        return None
    made = SpanContext(int(found[1], 16), int(found[2], 16), True, TraceFlags(int(found[3], 16)))
    return made if made.is_valid else None


def switch_on() -> Callable[[], None]:
    """Trace from now on; gives what sends the rest and ends it. Raises UsageError for a protocol that isn't there."""
    for variable in ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        if os.environ.get(variable, PROTOCOL) != PROTOCOL:
            raise UsageError("OTEL", _("{variable} must be {protocol}: Trellis sends traces by no other",
                                       protocol=PROTOCOL, variable=variable))
    service = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: "trellis"}
    provider = TracerProvider(resource=Resource.create(service), id_generator=_Ids())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = _Tracer(provider)
    heard = (("before_cursor_execute", tracer.statement), ("after_cursor_execute", tracer.done),
             ("handle_error", tracer.failed))
    for name, hear in heard:
        event.listen(Engine, name, hear)
    trace_by(tracer)

    def switch_off() -> None:
        trace_by(None)
        for name, hear in heard:
            event.remove(Engine, name, hear)
        provider.shutdown()

    return switch_off
