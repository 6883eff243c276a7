"""What the marketplace tells other systems by webhook: ids, words and times alone, nothing that somebody wrote."""

from enum import StrEnum


class Event(StrEnum):
    USER_SUSPENDED = "user.suspended"
    USER_REACTIVATED = "user.reactivated"
    USER_BANNED = "user.banned"
    USER_SESSIONS_ENDED = "user.sessions_ended"
    USER_ANONYMIZED = "user.anonymized"
    BOOKING_MOVED = "booking.moved"
    DISPUTE_CREATED = "dispute.created"
    DISPUTE_RESOLVED = "dispute.resolved"
    REVIEW_HIDDEN = "review.hidden"
    REVIEW_RESTORED = "review.restored"
    REVIEW_REMOVED = "review.removed"
    TAKEDOWN_RESOLVED = "takedown.resolved"
    REFERRAL_PAID = "referral.paid"
    REFERRAL_TAKEN_BACK = "referral.taken_back"
