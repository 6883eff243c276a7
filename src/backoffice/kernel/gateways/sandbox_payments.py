"""A payment gateway that is a folder: a file for each refund, kept under its key, so that none is given twice.

What it does is told by how the payment's id ends, as a test or somebody who tries things out names it:

    fail         refuses                        late         answers after some seconds
    lose         gives, and its answer is lost  later        answers that it is underway; asked again later, it gave
    later_fail   the same, and then it did not give

As a real gateway it gives no more back of a payment than was captured, whoever asks at the same time.
"""

import asyncio
import fcntl
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import orjson

from backoffice.kernel.gateways.payments import (
    GatewayUnavailable,
    Refunded,
    RefundOrder,
    RefundOutcome,
    Refused,
    Underway,
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
    """A refund as its file holds it. Until `settles_at`, in seconds since 1970, it is underway to its outcome."""

    key: str
    payment: str
    amount_minor: int
    outcome: str
    settles_at: float = 0.0


class SandboxGateway:
    """`behaviour` says by the end of a payment's id what happens to its refunds; `clock` tells seconds since 1970."""

    name = NAME
    key_lifetime = timedelta(days=36_500)

    def __init__(
        self,
        folder: Path,
        *,
        behaviour: Mapping[str, str],
        late_seconds: float = LATE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._behaviour = behaviour
        self._late = late_seconds
        self._clock = clock

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        outside_transaction("payment gateway")
        refuse_foreign(order, NAME)
        kind = next((kind for end, kind in self._behaviour.items() if order.payment.endswith(end)), "")
        if kind == "late":
            await asyncio.sleep(self._late)
        outcome, is_new = await asyncio.to_thread(self._give, order, kind)
        if kind == "lose" and is_new:
            raise GatewayUnavailable("the answer was lost")
        return outcome

    async def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        outside_transaction("payment gateway")
        refuse_foreign(order, NAME)
        kept = await asyncio.to_thread(_read, self._folder / f"{order.key}.json")
        return None if kept is None else self._outcome(kept)

    async def ping(self) -> None:
        """It is always there."""

    def close(self) -> None:
        """It holds nothing open."""

    def _give(self, order: RefundOrder, kind: str) -> tuple[RefundOutcome, bool]:
        """The refund's outcome, and whether it was given just now. Of a payment one at a time."""
        place = self._place(order)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(place / "lock"):
            known = _read(place / f"{order.key}.json")
            if known is not None and (known.payment, known.amount_minor) != (order.payment, order.amount_minor):
                return OTHER_ORDER, False
            kept = known or self._new(order, kind)
            given = sum(one.amount_minor for one in map(_read, place.glob("*.json")) if one and self._counts(one))
            if known is None and self._counts(kept) and given + order.amount_minor > order.captured_minor:
                return TOO_MUCH, True
            self._keep(place, kept)
        return self._outcome(kept), known is None

    def _keep(self, place: Path, kept: Kept) -> None:
        """With its payment's others first, by which it counts; then under its key, by which it is found."""
        file, found = place / f"{kept.key}.json", self._folder / f"{kept.key}.json"
        if not file.exists():
            _write(file, kept)
        with suppress(FileExistsError):
            found.hardlink_to(file)

    def _new(self, order: RefundOrder, kind: str) -> Kept:
        outcome = NOT_REFUNDED if kind in ("fail", "later_fail") else REFUNDED
        settles_at = self._clock() + self._late if kind in ("later", "later_fail") else 0.0
        return Kept(order.key, order.payment, order.amount_minor, outcome, settles_at)

    def _counts(self, kept: Kept) -> bool:
        return kept.outcome == REFUNDED or kept.settles_at > self._clock()

    def _outcome(self, kept: Kept) -> RefundOutcome:
        reference = f"rfnd_{kept.key}"
        if kept.settles_at > self._clock():
            return Underway(reference)
        return Refunded(reference) if kept.outcome == REFUNDED else REFUSED

    def _place(self, order: RefundOrder) -> Path:
        """A folder for each payment: an id may hold what no file name can."""
        return self._folder / "payments" / hashlib.sha256(order.payment.encode()).hexdigest()[:32]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _read(file: Path) -> Kept | None:
    try:
        return Kept(**orjson.loads(file.read_bytes()))
    except FileNotFoundError:
        return None


def _write(file: Path, kept: Kept) -> None:
    """Whole or not at all."""
    whole = file.with_name(f".{secrets.token_hex(8)}")
    whole.write_bytes(orjson.dumps(asdict(kept)))
    whole.replace(file)
