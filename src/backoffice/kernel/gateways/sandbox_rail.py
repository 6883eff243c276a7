"""A payout rail that moves no money: it keeps what it is sent in its books and settles it by the banking calendar.

Workers on several machines may each have books of their own: what one sent, another can settle.

Told to, it returns what goes to account numbers of certain last digits, as a bank would.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

import orjson

from backoffice.kernel.errors import Unavailable
from backoffice.kernel.gateways.banking_days import banking_days_after, today
from backoffice.kernel.gateways.books import Books
from backoffice.kernel.gateways.rail import Accepted, RailUnavailable, Transfer
from backoffice.kernel.telemetry import Timed
from backoffice.kernel.write import outside_transaction

MARK, STANDS = ":", "stands"
"""A reference says how its transfer ends, so that a worker with another folder can settle it."""


class SandboxRail:
    """`settles_after` is in banking days, 0 for at once; `returns` maps the end of account numbers to a return code."""

    name = "sandbox"

    def __init__(self, books: Books, *, settles_after: int, returns: Mapping[str, str]) -> None:
        self._books = books
        self._settles_after = settles_after
        self._returns = returns

    async def send(self, transfer: Transfer) -> Accepted:
        outside_transaction("payout rail")
        with Timed("payout rail"):
            kept = await self._keep(transfer)
        end = kept["returns"] or STANDS
        return Accepted(f"{kept['reference']}{MARK}{end}", date.fromisoformat(kept["settles_on"]))

    async def find_return(self, reference: str) -> str | None:
        outside_transaction("payout rail")
        _, mark, end = reference.partition(MARK)
        if not mark:
            end = (await self._read(reference))["returns"]
        return None if end in ("", STANDS) else end

    async def _keep(self, transfer: Transfer) -> dict[str, str]:
        """Written once under the transfer's key; never the whole account number."""
        settles_on = banking_days_after(today(), self._settles_after) if self._settles_after else today()
        kept = {
            "reference": transfer.key,
            "amount_minor": str(transfer.amount_minor),
            "currency": transfer.currency,
            "trace_number": transfer.trace_number,
            "account_last_four": transfer.destination.account_number[-4:],
            "settles_on": settles_on.isoformat(),
            "returns": self._code_for(transfer.destination.account_number),
        }
        with _available():
            is_first = await self._books.keep(f"{transfer.key}.json", orjson.dumps(kept))
        return kept if is_first else await self._read(transfer.key)

    def _code_for(self, account_number: str) -> str:
        return next((code for end, code in self._returns.items() if account_number.endswith(end)), "")

    async def _read(self, reference: str) -> dict[str, str]:
        with _available():
            content = await self._books.find(f"{reference}.json")
        if content is None:
            raise RailUnavailable(f"nothing is kept of {reference}: another worker sent it, with another DATA_FOLDER")
        kept: dict[str, str] = orjson.loads(content)
        return kept


@contextmanager
def _available() -> Iterator[None]:
    """Books that are away are a rail that is."""
    try:
        yield
    except Unavailable as exc:
        raise RailUnavailable("the books of the sandbox are away") from exc
