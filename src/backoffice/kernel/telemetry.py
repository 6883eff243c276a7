"""Logs and metrics: one structured line per event, secrets left out, numbers for Prometheus on a port of their own."""

import json
import logging
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import orjson
import structlog
from prometheus_client import Counter, Gauge, Histogram, start_http_server

from backoffice.kernel.failures import as_traceback, plain, without_details

REQUESTS = Counter("backoffice_requests", "Requests answered", ["product", "door", "status"])
LATENCY = Histogram(
    "backoffice_request_seconds",
    "Time from request to answer",
    ["product", "door"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
LEFT_ALONE = Gauge("backoffice_left_alone", "1 while something outside failed and is left alone", ["what"])
READS = Counter("backoffice_reads", "Reads answered, where replicas are read, by the server that answered", ["server"])
REPLICA_LAG = Gauge("backoffice_replica_lag_seconds", "How old what a replica shows may be; +Inf: unknown", ["server"])
POOL_WAITING = Gauge("backoffice_pool_waiting", "Requests waiting for a database connection")
POOL_IN_USE = Gauge("backoffice_pool_in_use", "Database connections of this process that somebody has")
POOL_SIZE = Gauge("backoffice_pool_size", "Database connections that this process may have")
LIMITED = Counter("backoffice_limited", "Calls refused because there were too many in a minute", ["kind"])
OUTSIDE = Histogram(
    "backoffice_outside_seconds",
    "Time that something outside took to answer, or not to",
    ["what", "outcome"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
JOBS = Histogram(
    "backoffice_job_seconds",
    "Time of one try of a job",
    ["job", "outcome"],
    buckets=(0.01, 0.1, 0.5, 1, 5, 30, 300),
)
BUILD = Gauge("backoffice_build_info", "Always 1", ["version", "schema"])


STARTED = time.monotonic()
"""When this process began, as far as it knows."""


@dataclass(slots=True)
class Tally:
    """Requests of one product that this process answered and nobody has folded yet; `failed` with 500 or above."""

    requests: int = 0
    failed: int = 0
    seconds: float = 0.0


TALLIES: defaultdict[str, Tally] = defaultdict(Tally)


@lru_cache(maxsize=4_096)
def _counters(product: str, door: str, status: int) -> tuple[Counter, Histogram]:
    """Looked up once: there are as many as doors and the statuses they answer with."""
    return REQUESTS.labels(product, door, status), LATENCY.labels(product, door)


def count_request(product: str, door: str, *, status: int, seconds: float) -> None:
    requests, latency = _counters(product, door, status)
    requests.inc()
    latency.observe(seconds)
    tally = TALLIES[product]
    tally.requests += 1
    tally.seconds += seconds
    if status >= 500:
        tally.failed += 1


@dataclass(slots=True)
class Timed:
    """Around a call of something outside: how long it took, and whether it answered. A refusal is an answer.

    No generator: leaving one sets the traceback of what was raised, and errors of some clients can't be changed.
    """

    what: str
    began: float = 0.0

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        outcome = "answered" if kind is None else "failed"
        OUTSIDE.labels(self.what, outcome).observe(time.perf_counter() - self.began)


SECRET_WORDS = ("password", "token", "secret", "authorization", "api_key", "encryption_keys", "database_url")


def hide_secrets(_: Any, __: str, event: dict[str, Any], /) -> dict[str, Any]:
    """Replace what a field's name says is secret, whatever its value."""
    for name in event:
        if _is_secret(name):
            event[name] = "[hidden]"
    return event


@lru_cache(maxsize=1_000)
def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET_WORDS)


def say_failure(_: Any, __: str, event: dict[str, Any], /) -> dict[str, Any]:
    """A failure as text under `exception`: no local variables, no details of the database; both hold people's data."""
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()
    if isinstance(failure, tuple):
        failure = failure[1]
    if isinstance(failure, BaseException):
        event["exception"] = as_traceback(failure)
    return event


def cut_details(_: Any, __: str, event: dict[str, Any], /) -> dict[str, Any]:
    """The last look at a line, whoever wrote it: what PostgreSQL quotes of rows, which are people's, stays out."""
    for name, value in event.items():
        if isinstance(value, str):
            if "DETAIL:" in value and name != "exception":
                event[name] = without_details(value)
        elif isinstance(value, BaseException):
            event[name] = plain(value)
    return event


def for_a_terminal(_: Any, __: str, event: dict[str, Any], /) -> dict[str, Any]:
    """A terminal obeys control characters, and a stranger's path may hold some: they are spelled instead."""
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            kept = "\n" if name == "exception" else ""
            event[name] = "".join(one if one.isprintable() or one in kept else repr(one)[1:-1] for one in value)
    return event


def as_json(event: dict[str, Any], **_: Any) -> bytes:
    """One line. What JSON has no word for stands as its repr, which hides secrets; half a character is spelled."""
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError:
        return json.dumps(event, default=repr, skipkeys=True).encode()


class SaidByUs(logging.Filter):
    """Drops what the queue says about the end of a job: our own line says it with the job's request."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "action", "") != "job_error"


def start_logging(*, style: Literal["auto", "console", "json"], level: str) -> None:
    """Configure structlog and the standard library's loggers to write the same lines to standard error.

    `auto` writes for people where somebody watches a terminal, else JSON, which costs half as much.
    """
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
        say_failure,
        cut_details,
        *([for_a_terminal] if console else []),
    ]
    line: Any = structlog.dev.ConsoleRenderer(colors=False) if console else structlog.processors.JSONRenderer(as_json)
    structlog.configure(
        processors=[*shared, line],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr)
        if console
        else structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    foreign = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, line, _as_text]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=foreign, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("procrastinate.worker").addFilter(SaidByUs())


def _as_text(_: Any, __: str, line: str | bytes, /) -> str:
    return line if isinstance(line, str) else line.decode()


def is_watched() -> bool:
    """Whether the log goes to a terminal: somebody reads there what `run` said, the first passwords among it."""
    return sys.stderr.isatty()


def serve_metrics(ports: Sequence[int], host: str) -> int | None:
    """Answer Prometheus from a thread: each process on the first of these ports that is free, which is returned."""
    for port in ports:
        try:
            start_http_server(port, addr=host)
        except OSError:
            continue
        return port
    structlog.get_logger("backoffice").warning("no port is left for metrics", first=ports[0], last=ports[-1])
    return None
