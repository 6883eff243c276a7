"""What bank details are, when they count as changed, and who may change them. Pure: no SQL, no clock, no HTTP."""

import hmac
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backoffice.kernel.actor import Actor, ActorKind
from backoffice.kernel.audit.entry import Act, personal
from backoffice.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.shield.permissions import Shield

ACCOUNT_DIGITS, ROUTING_DIGITS = r"^[0-9]{4,17}$", r"^[0-9]{9}$"
BLIND_INDEX = "shield.bank_account.account_number"
"""What the key of the blind index is derived for."""
CHECKSUM_WEIGHTS = (3, 7, 1)
DETAILS = ("bank_name", "account_holder_name", "account_type", "account_number", "routing_number")
NUMBERS = ("account_number", "routing_number")
LABELS = frozenset({"bank_name"})
"""What can be corrected without the bank's correction being made."""
TELLING_DIGITS = 7
TRIES = 3
"""How often a pair of micro-deposits may be guessed."""
WRONG_CHECKSUM = (
    "The routing number's checksum is wrong: the account is kept, but it stays unverified and can't be paid"
)


class AccountType(StrEnum):
    CHECKING = "checking"
    SAVINGS = "savings"


class VerificationMethod(StrEnum):
    MICRO_DEPOSITS = "micro_deposits"
    OVERRIDE = "override"


class BankingAct(Act):
    VIEWED = "banking.viewed"
    SEARCHED = "banking.searched"
    INFO_UPDATED = "banking.info_updated"
    VERIFIED = "banking.verified"
    UNVERIFIED = "banking.unverified"
    CONFIRMED = "banking.confirmed"
    CORRECTION_WANTED = "banking.correction_wanted"
    DEPOSITS_SENT = "banking.deposits_sent"
    DEPOSITS_REFUSED = "banking.deposits_refused"


class AccountNotFound(NotFound):
    """User {user_id} has no bank account"""

    user_id: str


class NumberInReason(Invalid):
    """The reason is kept for good in the audit log: it must not hold an account or routing number"""


class DetailsMissing(Invalid):
    """The user has no bank account yet; a new one needs {fields}"""

    fields: str


class MayNotChange(Forbidden):
    """Changing bank accounts needs the permission banking:write"""


class MayNotOverride(Forbidden):
    """Skipping the verification of a bank account needs the permission banking:override"""


class Unconfirmed(Conflict):
    """The bank account was changed since the claim was approved, or by its approver: somebody else must confirm it"""


class ChangedMeanwhile(Conflict):
    """The bank account is another version by now: look at it again before you confirm it"""


class OwnChange(Forbidden):
    """Who ever changed a bank account does not confirm it"""


class OwnClaim(Forbidden):
    """Who approved a claim does not confirm where its payouts go"""


class RoutingInvalid(Conflict):
    """The routing number's checksum is wrong: nothing can be sent to this account"""


class AlreadyVerified(Conflict):
    """The bank account is verified already"""


class NoDeposits(Conflict):
    """No micro-deposits wait for confirmation: send a new pair"""


class NoTriesLeft(Conflict):
    """These micro-deposits were guessed wrong too often: send a new pair"""


def check_may_change(actor: Actor, *, skips_verification: bool) -> None:
    """Staff need a permission of their own for each; the platform's key was checked at its door."""
    if actor.kind is not ActorKind.STAFF:
        return
    if not actor.can(Shield.BANKING_WRITE):
        raise MayNotChange
    if skips_verification and not actor.can(Shield.BANKING_OVERRIDE):
        raise MayNotOverride


def is_valid_routing(number: str) -> bool:
    """The checksum of American routing numbers: weights 3, 7, 1 over nine digits, a multiple of ten."""
    total = sum(int(digit) * CHECKSUM_WEIGHTS[place % 3] for place, digit in enumerate(number))
    return total > 0 and total % 10 == 0


def warning(*, routing_is_valid: bool) -> str | None:
    return None if routing_is_valid else WRONG_CHECKSUM


def last_digits(number: str) -> str:
    """The last four; of a number shorter than eight digits no more than half."""
    return number[-min(4, len(number) // 2) :]


def masked_number(last: str) -> str:
    return f"****{last}"


def hold_until(now: datetime, *, hours: int) -> datetime:
    return now + timedelta(hours=hours)


def audited(values: Mapping[str, Any]) -> dict[str, Any]:
    """Changed details as an entry keeps them: numbers masked, and everything about the person marked as personal."""
    shown = {
        name: masked_number(last_digits(value)) if value is not None and name.endswith("_number") else value
        for name, value in values.items()
    }
    return {name: personal(value) if name in DETAILS else value for name, value in shown.items()}


def makes_correction(changed: Collection[str]) -> bool:
    """Whether a change can be the one that the bank asked for."""
    return not LABELS.issuperset(changed)


def canonical(amounts: tuple[int, int]) -> bytes:
    """Two amounts in cents, whatever their order."""
    low, high = sorted(amounts)
    return f"{low:02d} {high:02d}".encode()


def are_same(sent: bytes, said: bytes) -> bool:
    """In the same time, whether nothing of it is right or nearly all."""
    return hmac.compare_digest(sent, said)


def check_reason(reason: str | None, *, numbers: Iterable[str]) -> None:
    """Also a number that is written in groups; one of few digits may be there by chance."""
    written = re.sub(r"(?<=\d)[ .-]+(?=\d)", "", reason or "")
    if any(number in written for number in numbers if len(number) >= TELLING_DIGITS):
        raise NumberInReason
