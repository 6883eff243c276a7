"""What a line may be: the body of the door for one, with the platform's own names where it needs another thing."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field, StrictInt, model_validator
from typing_extensions import TypedDict

from backoffice.kernel.errors import Refusal
from backoffice.kernel.web.inputs import LARGEST_ID, Form, Moment
from backoffice.marketplace.booking import rules as booking_rules
from backoffice.marketplace.booking.rules import MovedBy, Status
from backoffice.marketplace.booking.schemas import BookingFacts, MoveIn
from backoffice.marketplace.catalogue.schemas import ServiceFacts
from backoffice.marketplace.customer.schemas import NewCustomerIn
from backoffice.marketplace.fields import ExternalId, Text
from backoffice.marketplace.payment.schemas import NewPaymentIn
from backoffice.marketplace.review.schemas import NewReviewIn
from backoffice.marketplace.vendor.schemas import NewVendorIn

Ours = Annotated[int, Field(ge=1, le=LARGEST_ID, strict=True)]
Named = Ours | ExternalId
"""An id of ours, or the platform's own name as text."""


def _either(name: str, named: int | str) -> dict[str, Any]:
    return {f"{name}_id": named if isinstance(named, int) else None, name: named if isinstance(named, str) else None}


class CustomerLine(NewCustomerIn):
    def facts(self) -> dict[str, Any]:
        return self.model_dump()


class VendorLine(NewVendorIn):
    def facts(self) -> dict[str, Any]:
        return self.model_dump()


class ServiceLine(ServiceFacts):
    vendor_id: Named

    def facts(self) -> dict[str, Any]:
        return {**self.model_dump(), **_either("vendor", self.vendor_id)}


class PastMove(MoveIn):
    at: Moment


class BookingLine(BookingFacts):
    """With `created_at` and `moves` it is history: what it went through, from its making on."""

    user_id: Named
    created_at: Moment | None = None
    moves: Annotated[tuple[PastMove, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _may_have_been(self) -> "BookingLine":
        """Every move is one that the door for one would have made, in the order of time."""
        if self.moves and self.created_at is None:
            raise ValueError("moves need the created_at of the booking")
        status, before = Status.PENDING, self.created_at
        for move in self.moves:
            try:
                booking_rules.check_move(status, move.status)
            except Refusal as refusal:
                raise ValueError(refusal.sentence) from None
            if before is not None and move.at < before:
                raise ValueError("moves must be in the order of time")
            if move.status is Status.CANCELLED and not move.cancellation_reason:
                raise ValueError(booking_rules.CancellationReasonMissing().sentence)
            status, before = move.status, move.at
        if before is not None and before > datetime.now(UTC):
            raise ValueError("what has happened can't lie in the future")
        return self

    def facts(self) -> dict[str, Any]:
        last = self.moves[-1] if self.moves else None
        off = last if last is not None and last.status is Status.CANCELLED else None
        return {
            **self.columns(),
            **_either("user", self.user_id),
            "service": self.service_id,
            "status": last.status if last else Status.PENDING,
            "cancellation_reason": off.cancellation_reason if off else None,
            "cancelled_by": off.by if off else None,
            "cancelled_at": off.at if off else None,
            "completed_at": next((move.at for move in self.moves if move.status is Status.COMPLETED), None),
            "created_at": self.created_at,
            "updated_at": last.at if last else self.created_at,
            "moves": [
                {"became": Status.PENDING, "by": MovedBy.CUSTOMER, "at": self.created_at},
                *({"became": move.status, "by": move.by, "at": move.at} for move in self.moves),
            ],
        }


class PaymentLine(NewPaymentIn):
    created_at: Moment | None = None

    def facts(self) -> dict[str, Any]:
        return {**self.model_dump(), "booking": self.booking_id, "amount_minor": self.amount_cents}


class ReviewLine(NewReviewIn):
    """With what the vendor answered, where they did."""

    helpful_count: Annotated[StrictInt, Field(ge=0, le=1_000_000_000)] = 0
    response: Text | None = None
    responded_at: Moment | None = None

    def facts(self) -> dict[str, Any]:
        return self.model_dump()


class BatchForm(Form):
    """`all_or_nothing`: with a refused line nothing comes in. Otherwise the lines that are right do."""

    all_or_nothing: bool = False


class RefusedOut(TypedDict):
    line: int
    reason: str


class BroughtOut(TypedDict):
    """`known` were here already and stayed as they are."""

    imported: int
    known: int
    refused: list[RefusedOut]
