"""What may move a wallet or loyalty points. Pure: no SQL, no clock, no HTTP."""

from enum import StrEnum


class Ledger(StrEnum):
    WALLET = "wallet"
    LOYALTY = "loyalty"


class Cause(StrEnum):
    REFERRAL = "referral"
    GOODWILL = "goodwill"
    REFUND = "refund"
    SPEND = "spend"
    EXPIRY = "expiry"
    CORRECTION = "correction"
    OPENING = "opening"
