"""Calls that block, such as those of a gateway's own SDK: in threads of their own, so many at once, each for so long.

calls = BlockingCalls("Stripe", places=8, seconds=20)
balance = await calls.make(lambda: client.v1.balance.retrieve())
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from backoffice.kernel.gateways.payments import GatewayUnavailable
from backoffice.kernel.telemetry import Timed
from backoffice.kernel.write import outside_transaction

T = TypeVar("T")
UNREADABLE_ANSWER = (ValueError, LookupError, TypeError, AttributeError)


class BlockingCalls:
    """`seconds` bounds the wait for a place and the call together; a call that hangs keeps its place until it ends."""

    def __init__(self, what: str, *, places: int, seconds: float) -> None:
        self._what = what
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(places, thread_name_prefix=what)

    async def make(self, call: Callable[[], T]) -> T:
        """What the call returns. GatewayUnavailable when it takes too long (it may still come to its end), and when
        the answer has another form than it should.
        """
        outside_transaction("payment gateway")
        made = asyncio.get_running_loop().run_in_executor(self._threads, call)
        try:
            with Timed(self._what):
                return await asyncio.wait_for(made, self._seconds)
        except TimeoutError:
            raise GatewayUnavailable(f"{self._what} gave no answer within {self._seconds:g} seconds") from None
        except UNREADABLE_ANSWER as exc:
            raise GatewayUnavailable(f"{self._what}'s answer can't be read") from exc

    def close(self) -> None:
        """Wait for the calls that run, and end the threads."""
        self._threads.shutdown(cancel_futures=True)
