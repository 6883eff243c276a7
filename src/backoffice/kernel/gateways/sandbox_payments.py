"""A payment gateway that is a folder: a file for each refund, kept under its key, so that none is given twice.

What it does is told by how the payment's id ends, as a test or somebody who tries things out names it.
"""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import orjson

from backoffice.kernel.gateways.payments import GatewayUnavailable, Refunded, RefundOrder, RefundOutcome, Refused
from backoffice.kernel.write import outside_transaction

LATE_SECONDS = 3.0


class SandboxGateway:
    """`behaviour` says by the end of a payment's id what happens to its refunds: fail, late or lose."""

    name = "sandbox"
    key_lifetime = timedelta(days=36_500)

    def __init__(self, folder: Path, *, behaviour: Mapping[str, str], late_seconds: float = LATE_SECONDS) -> None:
        self._folder = folder
        self._behaviour = behaviour
        self._late = late_seconds

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        outside_transaction("payment gateway")
        kind = next((kind for end, kind in self._behaviour.items() if order.payment.endswith(end)), "")
        if kind == "late":
            await asyncio.sleep(self._late)
        kept = await asyncio.to_thread(self._keep, order, "refused" if kind == "fail" else "refunded")
        if kind == "lose" and kept["is_new"]:
            raise GatewayUnavailable("the answer was lost")
        return _outcome(kept)

    async def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        outside_transaction("payment gateway")
        kept = await asyncio.to_thread(self._read, order.key)
        return None if kept is None else _outcome(kept)

    def _keep(self, order: RefundOrder, outcome: str) -> dict[str, object]:
        """Written once under the refund's key."""
        kept = {"payment": order.payment, "amount_minor": order.amount_minor, "outcome": outcome, "key": order.key}
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = self._folder / f".{secrets.token_hex(8)}"
        whole.write_bytes(orjson.dumps(kept))
        try:
            (self._folder / f"{order.key}.json").hardlink_to(whole)
        except FileExistsError:
            return {**(self._read(order.key) or kept), "is_new": False}
        finally:
            whole.unlink()
        return {**kept, "is_new": True}

    def _read(self, key: str) -> dict[str, object] | None:
        try:
            kept: dict[str, object] = orjson.loads((self._folder / f"{key}.json").read_bytes())
        except FileNotFoundError:
            return None
        return kept


def _outcome(kept: Mapping[str, object]) -> RefundOutcome:
    if kept["outcome"] == "refused":
        return Refused("insufficient_balance", "The sandbox was told to refuse refunds of this payment")
    return Refunded(f"rfnd_{kept['key']}")
