"""Leaves alone for a while what failed several times in a row, so that nobody waits for what is known to be away.

breaker = Breaker("redis", StorageError)
with breaker.closed():          LeftAlone at once while it rests
    await storage.incr(...)     three StorageErrors in a row: it rests for ten seconds, then one more try decides
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from circuitbreaker import CircuitBreaker

from backoffice.kernel.telemetry import LEFT_ALONE

FAILURES = 3
REST_SECONDS = 10
log = structlog.get_logger("backoffice.breaker")


class LeftAlone(Exception):
    """It was not called: it failed a moment ago, and is tried again in `seconds`."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(f"{what} failed and is left alone for {seconds} more seconds")
        self.seconds = seconds


class Breaker:
    """One for each thing outside that can be away. `failures` are the exceptions that mean that it is.

    After `in_a_row` of them it rests.
    """

    def __init__(
        self, what: str, *failures: type[Exception], rest_seconds: float = REST_SECONDS, in_a_row: int = FAILURES
    ) -> None:
        self.what = what
        self._circuit = CircuitBreaker(in_a_row, rest_seconds, failures, name=what)
        self._away = False

    @property
    def away(self) -> bool:
        """Whether it rests, or has not answered since."""
        return self._away

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Around one call. LeftAlone instead of the call while it rests."""
        if self._circuit.opened:
            raise LeftAlone(self.what, max(1, self._circuit.open_remaining))
        try:
            with self._circuit:
                yield
        finally:
            self._note()

    def _note(self) -> None:
        """Say it once when it goes, and once when it is back."""
        away = not self._circuit.closed
        if away and not self._away:
            failure = self._circuit.last_failure
            log.warning("left alone", what=self.what, cause=repr(failure and (failure.__cause__ or failure)))
        elif self._away and not away:
            log.warning("back", what=self.what)
        if away != self._away:
            self._away = away
            LEFT_ALONE.labels(self.what).set(int(away))
