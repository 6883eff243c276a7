"""A payout rail that moves no money: it keeps what it is sent in a folder and settles it by the banking calendar.

Workers on several machines may each have a folder of their own: what one sent, another can settle.

Told to, it returns what goes to account numbers of certain last digits, as a bank would.
"""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import orjson

from backoffice.kernel.gateways.banking_days import banking_days_after, today
from backoffice.kernel.gateways.rail import Accepted, RailUnavailable, Transfer
from backoffice.kernel.write import outside_transaction

MARK, STANDS = ":", "stands"
"""A reference says how its transfer ends, so that a worker with another folder can settle it."""


class SandboxRail:
    """`settles_after` is in banking days, 0 for at once; `returns` maps the end of account numbers to a return code."""

    name = "sandbox"

    def __init__(self, folder: Path, *, settles_after: int, returns: Mapping[str, str]) -> None:
        self._folder = folder
        self._settles_after = settles_after
        self._returns = returns

    async def send(self, transfer: Transfer) -> Accepted:
        outside_transaction("payout rail")
        kept = await asyncio.to_thread(self._keep, transfer)
        end = kept["returns"] or STANDS
        return Accepted(f"{kept['reference']}{MARK}{end}", date.fromisoformat(kept["settles_on"]))

    async def find_return(self, reference: str) -> str | None:
        outside_transaction("payout rail")
        _, mark, end = reference.partition(MARK)
        if not mark:
            end = (await asyncio.to_thread(self._read, reference))["returns"]
        return None if end in ("", STANDS) else end

    def _keep(self, transfer: Transfer) -> dict[str, str]:
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
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = self._folder / f".{secrets.token_hex(8)}"
        whole.write_bytes(orjson.dumps(kept))
        try:
            (self._folder / f"{transfer.key}.json").hardlink_to(whole)
        except FileExistsError:
            return self._read(transfer.key)
        finally:
            whole.unlink()
        return kept

    def _code_for(self, account_number: str) -> str:
        return next((code for end, code in self._returns.items() if account_number.endswith(end)), "")

    def _read(self, reference: str) -> dict[str, str]:
        try:
            kept: dict[str, str] = orjson.loads((self._folder / f"{reference}.json").read_bytes())
        except FileNotFoundError as exc:
            raise RailUnavailable(
                f"{self._folder} keeps nothing of {reference}: another worker sent it, with another DATA_FOLDER"
            ) from exc
        return kept
