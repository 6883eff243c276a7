"""What the doors of gateway events take and give."""

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web.paging import Paged
from backoffice.marketplace.gateway.rules import Status
from backoffice.marketplace.payment.rules import Gateway


class EventsQuery(Paged, default=25):
    """`about` is our id of a payment or a refund."""

    status: Status | None = None
    gateway: Gateway | None = None
    about: str | None = Field(None, max_length=128)


class ReceivedOut(TypedDict):
    success: bool


class BodyOut(TypedDict):
    """The event as the gateway wrote it."""

    id: str
    body: str
