"""What deciding a refund needs beside the core's rules. Pure: no SQL, no clock, no HTTP."""

from backoffice.kernel.errors import Conflict


class DecidedByDispute(Conflict):
    """A dispute was resolved with this refund of {amount_cents} paise: another amount is decided there"""

    dispute_id: int
    amount_cents: int
