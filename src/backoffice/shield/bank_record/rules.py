"""What a bank's record is to us, what staff may decide about it, and what it wants corrected. Pure: no SQL, no clock.

carried_out       a return or correction that did what it says
open --> closed   an exception: kept, shown, acted on by nobody before a person decided it
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Forbidden, NotFound
from backoffice.kernel.gateways.nacha_reader import CHANGE_ADDENDA, RETURN_ADDENDA
from backoffice.kernel.gateways.return_codes import CORRECTIONS, OTHER_CHANGES, RETURNS, Concern
from backoffice.kernel.moves import Transitions
from backoffice.shield.bank_account.rules import ACCOUNT_DIGITS, ROUTING_DIGITS, is_valid_routing
from backoffice.shield.free_text import masked
from backoffice.shield.payout.rules import AttemptStatus

TEXT_INDEX = "shield.bank_record.text"
"""What the key of the blind index is derived for."""
NAME_LONGEST = 22
LONG_NUMBER = re.compile(r"\d(?:[^\w\n]{0,3}\d){4,}")


class Status(StrEnum):
    CARRIED_OUT = "carried_out"
    OPEN = "open"
    CLOSED = "closed"


TRANSITIONS: Transitions[Status] = {
    Status.CARRIED_OUT: frozenset(),
    Status.OPEN: frozenset({Status.CLOSED}),
    Status.CLOSED: frozenset(),
}


class Cause(StrEnum):
    """What a record is: a return that was carried out, or why it is not."""

    RETURN = "return"
    CORRECTION = "correction"
    SECOND_CORRECTION = "second_correction"
    OTHER_NOTICE = "other_notice"
    DISHONORED = "dishonored"
    CONTESTED = "contested"
    OTHER_KIND = "other_kind"
    UNKNOWN_CODE = "unknown_code"
    WRONG_RECORD = "wrong_record"
    OTHER_AMOUNT = "other_amount"
    SECOND_RETURN = "second_return"
    FILE_REJECTED = "file_rejected"
    UNKNOWN_TRACE = "unknown_trace"
    BALANCING_ENTRY = "balancing_entry"
    NO_REASON = "no_reason"
    UNREADABLE = "unreadable"


SENTENCES: Mapping[Cause, str] = {
    Cause.RETURN: "The bank returned the payment: the payout failed",
    Cause.CORRECTION: "The bank paid, and asks for other data next time: the account waits for its correction",
    Cause.SECOND_CORRECTION: "The bank asks for another correction of the same payment",
    Cause.OTHER_NOTICE: "The bank notifies us of something that is not about the member's account",
    Cause.DISHONORED: "Our bank refused the return of this payment: the money stays with the member",
    Cause.CONTESTED: "The member's bank insists on its return after our bank refused it",
    Cause.OTHER_KIND: "This code returns another kind of entry than our credits",
    Cause.UNKNOWN_CODE: "No rule knows this code",
    Cause.WRONG_RECORD: "This code does not belong into this kind of record",
    Cause.OTHER_AMOUNT: "The returned amount is not ours",
    Cause.SECOND_RETURN: "This payment came back before: the bank returns it once more",
    Cause.FILE_REJECTED: "The file of this payment was rejected as a whole, and the bank speaks of it: call the bank",
    Cause.UNKNOWN_TRACE: "No payment of ours has this trace number",
    Cause.BALANCING_ENTRY: "The bank returned the debit that balances a file of ours: call the bank",
    Cause.NO_REASON: "The entry is neither a return nor a notification of change",
    Cause.UNREADABLE: "The record can't be read",
}
APPLIED_BY_DOOR = frozenset({Cause.CORRECTION, Cause.SECOND_CORRECTION})
ABOUT_DATA = APPLIED_BY_DOOR | {Cause.OTHER_NOTICE}
"""What says nothing about the money of a payout."""

MAY_BE_MONEY_BACK = frozenset({Cause.OTHER_KIND, Cause.UNKNOWN_CODE, Cause.WRONG_RECORD, Cause.CONTESTED})
"""What may mean that the money is back although no rule says so; a person who asked the bank decides."""


class Decision(StrEnum):
    """What staff decide. `payment_stands` and `money_returned` move the payout, the others nothing."""

    NO_ACTION = "no_action"
    SETTLED_WITH_BANK = "settled_with_bank"
    PAYMENT_STANDS = "payment_stands"
    MONEY_RETURNED = "money_returned"
    APPLIED = "applied"  # by the door that applies a correction, never by hand


class ExceptionAct(Act):
    OPENED = "payout.exception_opened"
    CLOSED = "payout.exception_closed"


class ExceptionNotFound(NotFound):
    """Payout exception {exception_id} not found"""

    exception_id: str


class AlreadyClosed(Conflict):
    """This exception was closed before: {decision}"""

    decision: str


class NotAboutAPayout(Conflict):
    """This exception is about no payout of ours: nothing can stand or come back by it"""


class MayNotBeMoneyBack(Conflict):
    """An exception of this kind does not say that money came back: settle it with the bank"""


class NotACorrection(Conflict):
    """This exception asks for no correction of an account"""


class CorrectionUnclear(Conflict):
    """What the bank wants can't be read from its record: correct the account by hand, then close the exception"""


class AccountReplaced(Conflict):
    """The user has another account by now than the one the bank speaks of: close the exception instead"""


class OwnCorrection(Forbidden):
    """Whoever changed the account last or approved the claim does not apply the bank's correction"""


class OwnPromise(Forbidden):
    """Whoever promised a payout of this claim that waits does not decide that it may leave"""


@dataclass(frozen=True, slots=True)
class Said:
    """What one record of the bank says, as far as deciding goes."""

    kind: str
    code: str
    amount_minor: int
    is_debit: bool


@dataclass(frozen=True, slots=True)
class Ours:
    """The try that a record speaks of."""

    status: AttemptStatus
    amount_minor: int


def cause_of(said: Said, ours: Ours | None, *, is_offset: bool) -> Cause:
    """What a record is to us. A payment comes back only by a known code of a credit, in its record, with our amount."""
    if ours is None:
        return Cause.BALANCING_ENTRY if is_offset else Cause.UNKNOWN_TRACE
    if said.kind == RETURN_ADDENDA:
        return _return_cause(said, ours)
    if said.kind != CHANGE_ADDENDA:
        return Cause.NO_REASON
    if said.code in CORRECTIONS:
        return Cause.FILE_REJECTED if ours.status is AttemptStatus.REJECTED else Cause.CORRECTION
    if said.code in OTHER_CHANGES:
        return Cause.OTHER_NOTICE
    return Cause.WRONG_RECORD if said.code in RETURNS else Cause.UNKNOWN_CODE


BY_CONCERN = {Concern.PAYMENT: None, Concern.DISHONORED: Cause.DISHONORED, Concern.CONTESTED: Cause.CONTESTED}


def _return_cause(said: Said, ours: Ours) -> Cause:
    known = RETURNS.get(said.code)
    if known is None:
        return Cause.WRONG_RECORD if said.code in CORRECTIONS or said.code in OTHER_CHANGES else Cause.UNKNOWN_CODE
    if (other := BY_CONCERN.get(known.concern, Cause.OTHER_KIND)) is not None:
        return other
    if said.is_debit:
        return Cause.OTHER_KIND
    if ours.status is AttemptStatus.REJECTED:
        return Cause.FILE_REJECTED
    if ours.status is AttemptStatus.RETURNED:
        return Cause.SECOND_RETURN
    return Cause.RETURN if said.amount_minor == ours.amount_minor else Cause.OTHER_AMOUNT


@dataclass(frozen=True, slots=True)
class Correction:
    """What the bank wants, by the names of an account's details; they show in no representation."""

    details: Mapping[str, str] = field(repr=False)


ACCOUNT_TYPES = {"2": "checking", "3": "savings"}


def correction_in(code: str | None, corrected: str) -> Correction | None:
    """The fields of a notification's corrected data; None where they can't be told apart or can't be right."""
    words = corrected.split()
    match code, words:
        case "C01", [account]:
            found = {"account_number": account}
        case "C02", [routing]:
            found = {"routing_number": routing}
        case "C03", _ if len(corrected) > 9:
            found = {"routing_number": corrected[:9], "account_number": corrected[9:].strip()}
        case "C04", [_, *_]:
            found = {"account_holder_name": " ".join(words)[:NAME_LONGEST]}
        case "C05", [kind]:
            found = {"account_type": _account_type(kind)}
        case "C06", [account, kind]:
            found = {"account_number": account, "account_type": _account_type(kind)}
        case "C07", [*_, kind] if len(corrected) > 11:
            account = corrected[9:].removesuffix(kind).strip()
            found = {"routing_number": corrected[:9], "account_number": account, "account_type": _account_type(kind)}
        case _:
            return None
    return Correction(found) if _is_sound(found) else None


def _account_type(transaction_code: str) -> str:
    return ACCOUNT_TYPES.get(transaction_code[:1], "") if re.fullmatch(r"[23][0-9]", transaction_code) else ""


def _is_sound(found: Mapping[str, str]) -> bool:
    routing = found.get("routing_number")
    if routing is not None and not (re.fullmatch(ROUTING_DIGITS, routing) and is_valid_routing(routing)):
        return False
    account = found.get("account_number")
    return (account is None or bool(re.fullmatch(ACCOUNT_DIGITS, account))) and all(found.values())


def shown_text(text: str) -> str:
    """A record as staff see it: of every long number only the last four digits, also where blanks or dashes part it."""
    return LONG_NUMBER.sub(lambda found: masked(found[0]), text)
