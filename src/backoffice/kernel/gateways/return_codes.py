"""What the codes of a bank mean: returns (R), notifications of change (C), and of what kind of entry they speak.

Nacha Operating Rules, appendix four and five. Only a code that returns a credit says that our money came back: R61 to
R70 dishonor a return, R71 to R77 contest that, and others exist for debits, checks, enrolments, foreign payments alone.
"""

from dataclasses import dataclass
from enum import StrEnum


class Concern(StrEnum):
    """What a code of a return record is about."""

    PAYMENT = "payment"  # a credit like ours, or any entry: the money comes back
    DEBIT = "debit"
    CHECK = "check"
    CORPORATE = "corporate"
    ENROLMENT = "enrolment"
    DISHONORED = "dishonored"  # our bank refused a return: the payment stands
    CONTESTED = "contested"  # the other bank insists on its return
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Code:
    meaning: str
    concern: Concern
    unverifies: bool = False
    """Whether it says that there is no such account to pay: the next payment needs it verified anew."""


PAYMENT, DEBIT, CHECK, FOREIGN = Concern.PAYMENT, Concern.DEBIT, Concern.CHECK, Concern.FOREIGN
CORPORATE, ENROLMENT = Concern.CORPORATE, Concern.ENROLMENT
DISHONORED, CONTESTED = Concern.DISHONORED, Concern.CONTESTED
UNKNOWN = "Reason not in our list"
RETURNS = {
    "R01": Code("Insufficient funds", DEBIT),
    "R02": Code("Account closed", PAYMENT, unverifies=True),
    "R03": Code("No account, or unable to locate it", PAYMENT, unverifies=True),
    "R04": Code("Invalid account number", PAYMENT, unverifies=True),
    "R05": Code("Unauthorized debit to a consumer account", DEBIT),
    "R06": Code("Returned at the request of the originating bank", PAYMENT),
    "R07": Code("Authorization revoked by the customer", DEBIT),
    "R08": Code("Payment stopped", DEBIT),
    "R09": Code("Uncollected funds", DEBIT),
    "R10": Code("Customer advises the originator is not known or not authorized", DEBIT),
    "R11": Code("Entry not in accordance with the authorization", DEBIT),
    "R12": Code("Branch sold to another bank", PAYMENT),
    "R13": Code("Invalid routing number", PAYMENT, unverifies=True),
    "R14": Code("Representative payee deceased or unable to continue", PAYMENT),
    "R15": Code("Beneficiary or account holder deceased", PAYMENT),
    "R16": Code("Account frozen, or returned as the sanctions office ordered", PAYMENT),
    "R17": Code("File record edit criteria, or an entry under questionable circumstances", PAYMENT),
    "R18": Code("Improper effective entry date", PAYMENT),
    "R19": Code("Amount field error", PAYMENT),
    "R20": Code("Not a transaction account", PAYMENT, unverifies=True),
    "R21": Code("Invalid company identification", PAYMENT),
    "R22": Code("Invalid individual identification", PAYMENT),
    "R23": Code("Credit refused by the receiver", PAYMENT),
    "R24": Code("Duplicate entry", PAYMENT),
    "R25": Code("Addenda error", PAYMENT),
    "R26": Code("Mandatory field error", PAYMENT),
    "R27": Code("Trace number error", PAYMENT),
    "R28": Code("Check digit of the routing number is wrong", PAYMENT, unverifies=True),
    "R29": Code("Corporate customer advises not authorized", DEBIT),
    "R30": Code("Bank does not take part in check truncation", CHECK),
    "R31": Code("Permissible return of a corporate entry", CORPORATE),
    "R32": Code("Bank is not able to settle", PAYMENT),
    "R33": Code("Return of an XCK entry", CHECK),
    "R34": Code("Bank takes part with limits only", PAYMENT),
    "R35": Code("Return of an improper debit", DEBIT),
    "R36": Code("Return of an improper credit", PAYMENT),
    "R37": Code("Source document presented for payment", CHECK),
    "R38": Code("Stop payment on the source document", CHECK),
    "R39": Code("Improper source document", CHECK),
    "R40": Code("Return of an enrolment by a federal agency", ENROLMENT),
    "R41": Code("Invalid transaction code of an enrolment", ENROLMENT),
    "R42": Code("Routing number error of an enrolment", ENROLMENT),
    "R43": Code("Invalid account number of an enrolment", ENROLMENT),
    "R44": Code("Invalid individual identification of an enrolment", ENROLMENT),
    "R45": Code("Invalid name of an enrolment", ENROLMENT),
    "R46": Code("Invalid representative payee indicator of an enrolment", ENROLMENT),
    "R47": Code("Duplicate enrolment", ENROLMENT),
    "R50": Code("State law affecting acceptance of re-presented checks", CHECK),
    "R51": Code("Item or entry of a re-presented check is ineligible or improper", CHECK),
    "R52": Code("Stop payment on the item of a re-presented check", CHECK),
    "R53": Code("Item and re-presented check entry presented for payment", CHECK),
    "R61": Code("Dishonored: misrouted return", DISHONORED),
    "R62": Code("Dishonored: return of an erroneous or reversing debit", DISHONORED),
    "R67": Code("Dishonored: duplicate return", DISHONORED),
    "R68": Code("Dishonored: untimely return", DISHONORED),
    "R69": Code("Dishonored: field errors in the return", DISHONORED),
    "R70": Code("Dishonored: permissible return not accepted, or not requested by us", DISHONORED),
    "R71": Code("Contested: misrouted dishonored return", CONTESTED),
    "R72": Code("Contested: untimely dishonored return", CONTESTED),
    "R73": Code("Contested: the original return was timely", CONTESTED),
    "R74": Code("Contested: corrected return", CONTESTED),
    "R75": Code("Contested: the return was no duplicate", CONTESTED),
    "R76": Code("Contested: no errors found in the return", CONTESTED),
    "R77": Code("Contested: R62 dishonored return not accepted", CONTESTED),
    "R80": Code("Foreign payment: entry coding error", FOREIGN),
    "R81": Code("Foreign payment: bank does not take part", FOREIGN),
    "R82": Code("Foreign payment: invalid identification of the foreign bank", FOREIGN),
    "R83": Code("Foreign payment: foreign bank is unable to settle", FOREIGN),
    "R84": Code("Foreign payment: not processed by the gateway", FOREIGN),
    "R85": Code("Incorrectly coded outbound international payment", PAYMENT),
}
"""R85 returns what was sent as a payment inside the country, like ours."""
CORRECTIONS = {
    "C01": "Incorrect account number",
    "C02": "Incorrect routing number",
    "C03": "Incorrect routing number and account number",
    "C04": "Incorrect name",
    "C05": "Incorrect transaction code",
    "C06": "Incorrect account number and transaction code",
    "C07": "Incorrect routing number, account number and transaction code",
}
"""What a bank wants corrected in an account of a payment like ours."""
OTHER_CHANGES = {
    "C08": "Incorrect identification of the foreign receiving bank",
    "C09": "Incorrect individual identification",
    "C10": "Incorrect company name",
    "C11": "Incorrect company identification",
    "C12": "Incorrect company name and company identification",
    "C13": "Addenda format error",
    "C14": "Incorrect class of an outbound international payment",
    "C61": "Refused notification: misrouted",
    "C62": "Refused notification: incorrect trace number",
    "C63": "Refused notification: incorrect company identification",
    "C64": "Refused notification: incorrect individual identification",
    "C65": "Refused notification: incorrectly formatted corrected data",
    "C66": "Refused notification: incorrect discretionary data",
    "C67": "Refused notification: routing number not from the original entry",
    "C68": "Refused notification: account number not from the original entry",
    "C69": "Refused notification: incorrect transaction code",
}
"""Notifications that say nothing of the account: about us, or about a notification of ours."""
UNVERIFYING = frozenset(code for code, known in RETURNS.items() if known.unverifies)


def returns_payment(code: str) -> bool:
    """Whether this code, in a return of a credit of ours, says that the money came back."""
    known = RETURNS.get(code)
    return known is not None and known.concern is Concern.PAYMENT


def meaning(code: str) -> str:
    known = RETURNS.get(code)
    return known.meaning if known else CORRECTIONS.get(code) or OTHER_CHANGES.get(code) or UNKNOWN
