"""What our webhook refuses, and how much it takes at once. Pure."""

from backoffice.kernel.errors import Forbidden, Unauthenticated

LARGEST_WEBHOOK_BYTES = 3_000_000
"""What Meta may send in one call: https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks."""
MOST_WISHES_HEARD = 50
"""Wishes like STOP that one webhook has heard at once; more of them become jobs."""
TRIES_BEFORE_THE_LAST = 5
"""How often a webhook that met another about the same people is taken in again, before Meta has to repeat it."""
SUBSCRIBE = "subscribe"


class WrongSignature(Unauthenticated):
    """The X-Hub-Signature-256 header is missing or does not match the body."""


class WrongVerifyToken(Forbidden):
    """The verify token is not the one configured here."""
