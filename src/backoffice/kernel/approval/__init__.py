"""Acts that need several different people: each agrees to exactly the same, then the act may happen, once.

    standing = await agree(tx, Proposal(Approve.REFUND, refund.id, {"amount_minor": amount}, quorum=2))
    if standing.is_reached: ...                    the act itself, in the same write

Nobody is exempt, super admins neither. Who agrees to another amount voids what others agreed to before; who loses the
permission takes their vote along, and who asks without it has not agreed. What waits for somebody is a list:
`listing.APPROVALS.page(db, query, call, **listing.of(call.caller, is_waiting=True))`.
"""

from backoffice.kernel.approval.actions import VOTE_ERRORS, agree, withdraw
from backoffice.kernel.approval.rules import AgreedAlready, NotIndependent, Proposal, Standing

__all__ = ["VOTE_ERRORS", "AgreedAlready", "NotIndependent", "Proposal", "Standing", "agree", "withdraw"]
