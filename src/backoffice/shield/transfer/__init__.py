"""How a promised payout leaves by a rail, settles or comes back. No doors: jobs and files bring it about.

Audited: payout.processing, payout.held, lost_payout.settled. Locks: as a payout's, then the trace sequence.
"""
