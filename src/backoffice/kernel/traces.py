"""Traces for OpenTelemetry: a span for each request, each job and each batch of statements.

    with span("job kernel.seal", request_id="job-7") as seen:
        seen.set_attribute("done", True)

They go to where OTEL_EXPORTER_OTLP_ENDPOINT says, over HTTP; its sisters (headers, sampler, name) count too.
Without it nothing of that is loaded, and a span is nothing. What sends them is an extra of the package, `traces`.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Tracer

log = structlog.get_logger("backoffice.traces")
FLUSH_MS = 2_000
LONGEST_TEXT = 500
WHERE = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
Fact = str | int | float | bool


class Seen(Protocol):
    """A span that is underway."""

    def set_attribute(self, key: str, value: Fact, /) -> None: ...
    def update_name(self, name: str, /) -> None: ...


class Unseen:
    """The span of a process that sends none."""

    def set_attribute(self, key: str, value: Fact, /) -> None:
        pass

    def update_name(self, name: str, /) -> None:
        pass


_NOTHING: AbstractContextManager[Seen] = nullcontext(Unseen())


class Traces:
    """Those of this process. `tracer` is None while nobody wants them."""

    def __init__(self) -> None:
        self.tracer: Tracer | None = None
        self._provider: TracerProvider | None = None

    def start(self, service: str, version: str) -> bool:
        """Send spans from now on, if the environment says where. Returns whether it does."""
        if not any(map(os.environ.get, WHERE)) or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
            return False
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        except ImportError:
            log.warning("traces are wanted, but what sends them is not installed: see requirements-traces.lock")
            return False

        self.send_to(BatchSpanProcessor(OTLPSpanExporter()), service, version=version)
        return True

    def send_to(self, processor: "SpanProcessor", service: str, *, version: str) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

        name = os.environ.get("OTEL_SERVICE_NAME") or f"backoffice-{service}"
        self._provider = TracerProvider(resource=Resource.create({"service.name": name, "service.version": version}))
        self._provider.add_span_processor(processor)
        self.tracer = self._provider.get_tracer("backoffice", version)

    def stop(self) -> None:
        """Send what is left, for two seconds at most. It blocks: call it in a thread."""
        provider, self.tracer, self._provider = self._provider, None, None
        if provider is not None:
            provider.force_flush(FLUSH_MS)
            provider.shutdown()


traces = Traces()


def span(name: str, /, **facts: Fact) -> AbstractContextManager[Seen]:
    """Around what shall be seen; within another span it is a part of that one."""
    return _NOTHING if traces.tracer is None else _seen(traces.tracer, name, facts)


def span_of_statements(first: str, count: int) -> AbstractContextManager[Seen]:
    """One batch of SQL: how many statements, and the text of the first. Their values are never told."""
    if traces.tracer is None:
        return _NOTHING
    text = " ".join(first.split())[:LONGEST_TEXT]
    facts: dict[str, Fact] = {"db.system.name": "postgresql", "db.query.text": text, "db.operation.batch.size": count}
    return _seen(traces.tracer, "statements", facts)


def span_of_request(parent: str | None, **facts: Fact) -> AbstractContextManager[Seen]:
    """One request; a part of the caller's trace where its header `traceparent` names one."""
    if traces.tracer is None:
        return _NOTHING
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    within = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
    return _seen(traces.tracer, "request", facts, within)


def tell_of_request(seen: Seen, *, method: str, path: str, status: int) -> None:
    """What is known of it once it is answered. `path` is its door's, without what stands there for ids."""
    if traces.tracer is not None:
        seen.update_name(f"{method} {path}")
        seen.set_attribute("http.request.method", method)
        seen.set_attribute("http.route", path)
        seen.set_attribute("http.response.status_code", status)


@contextmanager
def _seen(tracer: "Tracer", name: str, facts: Mapping[str, Fact], within: "Context | None" = None) -> Iterator[Seen]:
    """Of a failure only its kind is told: messages quote rows, which are people's."""
    from opentelemetry.trace import StatusCode  # noqa: PLC0415

    with tracer.start_as_current_span(
        name, within, attributes=facts, record_exception=False, set_status_on_exception=False
    ) as seen:
        try:
            yield seen
        except BaseException as failure:
            seen.set_attribute("error.type", type(failure).__name__)
            seen.set_status(StatusCode.ERROR)
            raise
