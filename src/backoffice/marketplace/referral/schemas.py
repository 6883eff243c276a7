"""What the doors of referrals take and give (remaining endpoints, 2). Amounts are minor units."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import LARGEST_ID, or_missing
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.fields import ReferralCode, Text
from backoffice.marketplace.product import Meta
from backoffice.marketplace.referral.rules import Decision, Ending, Flag, Payout, ReferralNotFound, Status

ReferralId = Annotated[UUID, or_missing(lambda written: ReferralNotFound(referral_id=written))]


class ReferralsQuery(Paged, default=25):
    """`min_amount` is of the reward; `held` shows those that wait for a decision, or the others."""

    status: Status | None = None
    referrer_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None
    referred_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None
    from_date: From | None = None
    to_date: Until | None = None
    min_amount: Annotated[int, Field(ge=0, le=LARGEST_ID)] | None = None
    held: bool | None = None

    _period = in_order("from_date", "to_date")


class ReleaseIn(In):
    reason: Text | None = None


class RejectIn(In):
    reason: Text


class NewCodeIn(In):
    """Without a code one is made up."""

    referral_code: ReferralCode | None = None


class NewReferralIn(In):
    """Who came by whose code, where it was not said when they registered."""

    user_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]
    referral_code: ReferralCode


class CodeOut(TypedDict):
    user_id: int
    referral_code: str


class ReferrerOut(TypedDict):
    id: int
    name: str | None
    email: str | None
    total_referrals: int
    total_earned_cents: int


class ReferredOut(TypedDict):
    id: int
    name: str | None
    email: str | None
    signup_date: datetime
    first_booking_date: datetime | None


class ConditionsOut(TypedDict):
    signup: bool
    email_verified: bool
    first_booking: bool
    minimum_spend: bool


class ReferralOut(TypedDict):
    """A reward that was taken back is `owed_cents` as far as the wallet didn't have it: set off against the next."""

    id: UUID
    referrer: ReferrerOut
    referred_user: ReferredOut
    referral_code: str
    status: Status
    reward_amount_cents: int
    currency: str
    completed_at: datetime | None
    credited_at: datetime | None
    payout_status: Payout
    created_at: datetime
    expires_at: datetime
    conditions_met: ConditionsOut
    minimum_spend_cents: int
    spent_cents: int
    is_held: bool
    flags: list[Flag]
    decision: Decision | None
    decided_by: int | None
    decided_at: datetime | None
    decision_reason: str | None
    ended_at: datetime | None
    ended_because: Ending | None
    taken_back_cents: int
    owed_cents: int


class RecordedOut(TypedDict):
    id: UUID
    referral_code: str
    referrer_id: int
    referred_id: int


class SummaryOut(TypedDict):
    """`completed` are all whose conditions were met, those that are paid among them; `held` wait for a decision."""

    pending: int
    completed: int
    expired: int
    paid: int
    held: int
    total_rewards_cents: int
    total_paid_cents: int


class ReferralMeta(Meta):
    summary: SummaryOut


class ReferralPage(TypedDict):
    success: bool
    data: list[ReferralOut]
    meta: ReferralMeta
