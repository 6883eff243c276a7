"""What the webhook's doors take and give; the body itself is read by payload.py."""

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web import Query


class ChallengeQuery(Query):
    """What Meta asks when a webhook is set up."""

    mode: str | None = Field(None, alias="hub.mode", max_length=100)
    verify_token: str | None = Field(None, alias="hub.verify_token", max_length=500)
    challenge: str = Field("", alias="hub.challenge", max_length=1000)


class ReceivedOut(TypedDict):
    success: bool
