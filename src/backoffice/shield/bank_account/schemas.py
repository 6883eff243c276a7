"""What the doors of bank accounts take and give (contract, 4). Whole numbers come in and never go out."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, StrictBool, WithJsonSchema
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID
from backoffice.shield.audit_log.schemas import AuditEntryOut
from backoffice.shield.bank_account.rules import (
    ACCOUNT_DIGITS,
    DETAILS,
    ROUTING_DIGITS,
    AccountType,
    VerificationMethod,
)
from backoffice.shield.free_text import Reason, Words
from backoffice.shield.member.schemas import BankingOut as AccountOut
from backoffice.shield.product import Pagination


def _is_account(number: SecretStr) -> SecretStr:
    if not re.fullmatch(ACCOUNT_DIGITS, number.get_secret_value(), re.ASCII):
        raise ValueError("must be 4 to 17 digits")
    return number


def _is_routing(number: SecretStr) -> SecretStr:
    if not re.fullmatch(ROUTING_DIGITS, number.get_secret_value(), re.ASCII):
        raise ValueError("must be nine digits")
    return number


AccountNumber = Annotated[
    SecretStr, AfterValidator(_is_account), WithJsonSchema({"type": "string", "pattern": ACCOUNT_DIGITS})
]
"""Secret, so that no log and no traceback shows it."""
RoutingNumber = Annotated[
    SecretStr, AfterValidator(_is_routing), WithJsonSchema({"type": "string", "pattern": ROUTING_DIGITS})
]
Line = Annotated[Words, Field(min_length=1, max_length=100)]
Cents = Annotated[int, Field(ge=1, le=99, strict=True)]


class Details(In):
    """Bank details in a body. No error repeats what was sent."""

    model_config = ConfigDict(hide_input_in_errors=True)

    def details(self) -> dict[str, str]:
        """What was sent, by the contract's names."""
        sent = {name: getattr(self, name) for name in DETAILS if getattr(self, name) is not None}
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in sent.items()
        }


class BankingIn(Details):
    """What is absent or null stays. `skip_verification` verifies the account at once."""

    bank_name: Line | None = None
    account_holder_name: Line | None = None
    account_type: AccountType | None = None
    account_number: AccountNumber | None = None
    routing_number: RoutingNumber | None = None
    change_reason: Reason
    skip_verification: StrictBool = False


class ConfirmIn(In):
    """`version` as it stands in the account that was looked at: another one that came meanwhile is not confirmed."""

    version: int = Field(ge=1, le=LARGEST_ID)
    reason: Reason


class BankAccountIn(Details):
    bank_name: Line
    account_holder_name: Line
    account_type: AccountType
    account_number: AccountNumber
    routing_number: RoutingNumber


class AmountsIn(In):
    """Two amounts in cents, in any order."""

    amounts: Annotated[list[Cents], Field(min_length=2, max_length=2)]

    @property
    def pair(self) -> tuple[int, int]:
        return self.amounts[0], self.amounts[1]


class SearchIn(In):
    """In a body, because addresses are logged by every proxy on their way."""

    model_config = ConfigDict(hide_input_in_errors=True)

    account_number: AccountNumber
    page: int = Field(1, ge=1, le=10_000)
    limit: int = Field(20, ge=1, le=100)


class BankingOut(AccountOut):
    """No payout leaves to the account before `hold_until`, nor while the bank's correction is pending.

    `version` is another one with every change.
    """

    user_id: str
    version: int
    verification_method: VerificationMethod | None
    last_updated: datetime
    hold_until: datetime | None
    correction_pending: bool


class KeptOut(BankingOut):
    """With a warning where the routing number can't be right."""

    warning: str | None


class UpdatedOut(KeptOut):
    """Without an audit entry when nothing that was sent differs."""

    audit_entry: AuditEntryOut | None


class DestinationOut(BankingOut):
    """`held_payouts` are of claims that whoever confirmed had approved: they wait for another person."""

    released_payouts: list[str]
    held_payouts: list[str]
    audit_entry: AuditEntryOut | None


class FoundOut(TypedDict):
    id: str
    user_id: str
    user_name: str
    user_email: str
    bank_name: str
    account_number_masked: str
    routing_number_masked: str
    verified: bool


class FoundPage(TypedDict):
    accounts: list[FoundOut]
    pagination: Pagination


class SentOut(TypedDict):
    user_id: str
    tries_left: int


class ConfirmedOut(TypedDict):
    user_id: str
    verified: bool
    verification_method: Literal["micro_deposits"] | None
    tries_left: int
