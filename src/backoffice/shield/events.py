"""What shield tells other systems by webhook. The data of each is at its `publish`, as the contract shows it."""

from enum import StrEnum


class Event(StrEnum):
    USER_DEACTIVATED = "user.deactivated"
    CLAIM_STATUS_CHANGED = "claim.status_changed"
    PAYOUT_COMPLETED = "payout.completed"
