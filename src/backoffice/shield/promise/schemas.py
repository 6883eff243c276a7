"""What the doors take that make payouts and move them (contract, 3)."""

from pydantic import Field

from backoffice.kernel.identifiers import LONGEST
from backoffice.kernel.money import Dollars
from backoffice.kernel.web import In
from backoffice.shield.free_text import Reason, Words
from backoffice.shield.payout.rules import Method
from backoffice.shield.promise.rules import Action


class PayoutIn(In):
    claim_id: str = Field(min_length=1, max_length=LONGEST)
    amount: Dollars
    method: Method
    notes: Words | None = Field(None, max_length=2000)


class ActionIn(In):
    action: Action
    reason: Reason
