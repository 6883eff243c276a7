"""What the webhook's doors take and give; the body itself is read by payload.py."""

from datetime import datetime

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web import QueryString
from backoffice.kernel.web.paging import Paged


class ChallengeQuery(QueryString):
    """What Meta asks when a webhook is set up."""

    mode: str | None = Field(None, alias="hub.mode", max_length=100)
    verify_token: str | None = Field(None, alias="hub.verify_token", max_length=500)
    challenge: str = Field("", alias="hub.challenge", max_length=1000)


class LeftoversQuery(Paged, default=50, most=200):
    """A page of what nobody here knew, newest first."""


class LeftoverOut(TypedDict):
    """`kind` is the webhook's field, or what was wrong; `told` the part as WhatsApp wrote it, JSON."""

    id: int
    kind: str
    told: str
    received_at: datetime


class LeftoversPage(TypedDict):
    leftovers: list[LeftoverOut]


class ReceivedOut(TypedDict):
    success: bool
