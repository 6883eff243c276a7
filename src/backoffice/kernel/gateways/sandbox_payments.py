"""A payment gateway that is only its books: a text for each refund, kept under its key, so that none is given twice.

What it does is told by how the payment's id ends, as a test or somebody who tries things out names it:

    fail         refuses                        late         answers after some seconds
    lose         gives, and its answer is lost  later        answers that it is underway; asked again later, it gave
    later_fail   the same, and then it did not give

As a real gateway it gives no more back of a payment than was captured, whoever asks at the same time: a payment's
refunds are numbered, and of two that come at once the second finds its number taken and looks again.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import orjson

from backoffice.kernel.errors import Unavailable
from backoffice.kernel.gateways.books import Books
from backoffice.kernel.gateways.payments import (
    GatewayUnavailable,
    Refunded,
    RefundNews,
    RefundOrder,
    RefundOutcome,
    Refused,
    Underway,
    check_amount,
    refuse_foreign,
)
from backoffice.kernel.write import outside_transaction

NAME = "sandbox"
LATE_SECONDS = 3.0
REFUSED = Refused("insufficient_balance", "The sandbox was told to refuse refunds of this payment")
TOO_MUCH = Refused("amount_too_large", "More would be given back than was captured")
OTHER_ORDER = Refused("key_reused", "This key names a refund of another payment or amount")
REFUNDED, NOT_REFUNDED = "refunded", "refused"


@dataclass(frozen=True, slots=True)
class Kept:
    """A refund as the books hold it. Until `settles_at`, in seconds since 1970, it is underway to its outcome.

    Books of before say no `currency`: it is that of the payment.
    """

    key: str
    payment: str
    amount_minor: int
    outcome: str
    settles_at: float = 0.0
    currency: str = ""


class SandboxGateway:
    """`behaviour` says by the end of a payment's id what happens to its refunds; `clock` tells seconds since 1970."""

    name = NAME
    key_lifetime = timedelta(days=36_500)

    def __init__(
        self,
        books: Books,
        *,
        behaviour: Mapping[str, str],
        late_seconds: float = LATE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._books = books
        self._behaviour = behaviour
        self._late = late_seconds
        self._clock = clock

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        outside_transaction("payment gateway")
        refuse_foreign(order, NAME)
        kind = next((kind for end, kind in self._behaviour.items() if order.payment.endswith(end)), "")
        if kind == "late":
            await asyncio.sleep(self._late)
        outcome, is_new = await self._give(order, kind)
        if kind == "lose" and is_new:
            raise GatewayUnavailable("the answer was lost")
        return outcome

    async def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        outside_transaction("payment gateway")
        refuse_foreign(order, NAME)
        kept = await self._find(order.key)
        if kept is None:
            return None
        if self._counts(kept):
            currency, reference = kept.currency or order.currency, _reference(kept.key)
            check_amount(order, kept.amount_minor, currency=currency, reference=reference, gateway="The sandbox")
        return self._outcome(kept)

    async def list_refunds(self, *, since: datetime) -> AsyncIterator[list[RefundNews]]:
        """Nothing: nobody but us can ask the sandbox for a refund, and each of ours is found by its key."""
        pages: tuple[list[RefundNews], ...] = ()
        for page in pages:
            yield page

    async def remember(self, order: RefundOrder, *, was_given: bool) -> None:
        """Put down what a demo says became of a refund, whatever the sandbox is told to do with others."""
        outside_transaction("payment gateway")
        await self._give(order, "" if was_given else "fail")

    async def ping(self) -> None:
        """It is always there."""

    def close(self) -> None:
        """It holds nothing open."""

    async def _give(self, order: RefundOrder, kind: str) -> tuple[RefundOutcome, bool]:
        """The refund's outcome, and whether it was given just now."""
        before: list[Kept] = []
        place = hashlib.sha256(order.payment.encode()).hexdigest()[:32]
        kept = await self._find(order.key)
        is_new = kept is None
        while kept is None:
            number = f"payments/{place}/{len(before):06}"
            if (other := await self._find(number)) is not None:
                before.append(other)
                kept, is_new = (other, False) if other.key == order.key else (None, True)
                continue
            new = self._new(order, kind)
            given = sum(one.amount_minor for one in before if self._counts(one))
            if self._counts(new) and given + order.amount_minor > order.captured_minor:
                return TOO_MUCH, True
            kept = new if await self._keep(number, new) else None
        if (kept.payment, kept.amount_minor) != (order.payment, order.amount_minor):
            return OTHER_ORDER, False
        await self._keep(kept.key, kept)
        return self._outcome(kept), is_new

    async def _keep(self, name: str, kept: Kept) -> bool:
        with _available():
            return await self._books.keep(f"{name}.json", orjson.dumps(asdict(kept)))

    async def _find(self, name: str) -> Kept | None:
        with _available():
            content = await self._books.find(f"{name}.json")
        return None if content is None else Kept(**orjson.loads(content))

    def _new(self, order: RefundOrder, kind: str) -> Kept:
        outcome = NOT_REFUNDED if kind in ("fail", "later_fail") else REFUNDED
        settles_at = self._clock() + self._late if kind in ("later", "later_fail") else 0.0
        return Kept(order.key, order.payment, order.amount_minor, outcome, settles_at, order.currency)

    def _counts(self, kept: Kept) -> bool:
        return kept.outcome == REFUNDED or kept.settles_at > self._clock()

    def _outcome(self, kept: Kept) -> RefundOutcome:
        reference = _reference(kept.key)
        if kept.settles_at > self._clock():
            return Underway(reference)
        return Refunded(reference) if kept.outcome == REFUNDED else REFUSED


def _reference(key: str) -> str:
    return f"rfnd_{key}"


@contextmanager
def _available() -> Iterator[None]:
    """Books that are away are a gateway that is."""
    try:
        yield
    except Unavailable as exc:
        raise GatewayUnavailable("the books of the sandbox are away") from exc
