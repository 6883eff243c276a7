"""Traces: real spans on their way to a collector that speaks OTLP over HTTP on loopback; nothing of it without one."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import job
from backoffice.kernel.lanes import JobName, Lane, queue
from backoffice.kernel.traces import span, traces
from backoffice.kernel.web.front import Front

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
FAILING = JobName("kernel.fail_in_a_trace", Lane.BULK)


@dataclass
class Collector:
    """Where spans arrive, as protobuf."""

    port: int = 0
    spans: list[Any] = field(default_factory=list)
    services: set[str] = field(default_factory=set)

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {one.key: one.value.string_value for one in resource.resource.attributes}
            self.services.add(named["service.name"])
            self.spans += [one for scope in resource.scope_spans for one in scope.spans]

    def named(self, start: str) -> list[Any]:
        return [one for one in self.spans if one.name.startswith(start)]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Spans of this process go to it until `traces.stop()`."""
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            found.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_address[1]
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{found.port}")
        assert traces.start("of-a-test", "1")
        yield found
        traces.stop()
        server.shutdown()
        serving.join()


def facts(of: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in of.attributes}


async def test_a_request_and_its_statements_are_a_part_of_the_callers_trace(
    application: Front, house: House, collector: Collector
) -> None:
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test/helpdesk") as client:
        answer = await client.post(
            "/api/v1/auth/login",
            json={"username": "canary", "password": "Wrong123!"},
            headers={"traceparent": CALLER, "x-request-id": "seen-1"},
        )
    traces.stop()

    [request] = collector.named("POST /api/v1/auth/login")
    statements = collector.named("statements")
    assert answer.status_code == 401
    assert collector.services == {"backoffice-of-a-test"}
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == tuple(CALLER.split("-")[1:3])
    assert facts(request) | {"http.response.status_code": 401, "request_id": "seen-1"} == facts(request)
    assert statements
    assert {one.trace_id for one in statements} == {request.trace_id}
    assert any("kernel.staff" in facts(one)["db.query.text"] for one in statements)
    assert "canary" not in str(collector.spans)


async def test_a_job_that_fails_tells_its_kind_of_failure_and_nothing_of_what_it_says(
    house: House, collector: Collector
) -> None:
    async def fail(run: Any) -> None:
        raise ValueError("canary")

    declared = job(FAILING)(fail)
    assert declared is fail
    task = queue.tasks.pop(FAILING)
    context = type(
        "Context", (), {"job": type("Job", (), {"id": 7, "attempts": 0}), "additional_context": {"house": house}}
    )
    with pytest.raises(ValueError, match="canary"):
        await task.func(context, asked_by="seen-2")
    traces.stop()

    [seen] = collector.named("job kernel.fail_in_a_trace")
    assert facts(seen) == {
        "request_id": "job-7",
        "asked_by": "seen-2",
        "job": "kernel.fail_in_a_trace",
        "error.type": "ValueError",
    }
    assert "canary" not in str(collector.spans)


def test_without_an_endpoint_a_span_is_nothing_and_what_would_send_it_is_not_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)

    assert not traces.start("of-a-test", "1")
    assert span("one") is span("two")
    loads = "import sys, backoffice.application; print(any('opentelemetry.exporter' in name for name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "False"
