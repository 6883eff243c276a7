"""What a piece of work says to PostgreSQL and hears from it, counted in libpq's own trace of the protocol."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile

from psycopg import AsyncConnection, pq


@dataclass
class Heard:
    """`round_trips`: how often somebody waited for the server to be done with all it was sent."""

    round_trips: int = 0


@contextmanager
def on_the_wire(connection: AsyncConnection[tuple[object, ...]]) -> Iterator[Heard]:
    """Count what goes over this connection while the block runs."""
    heard = Heard()
    with TemporaryFile() as trace:
        connection.pgconn.trace(trace.fileno())
        connection.pgconn.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        try:
            yield heard
        finally:
            connection.pgconn.untrace()
        trace.seek(0)
        heard.round_trips = sum(b"\tReadyForQuery" in line for line in trace)
