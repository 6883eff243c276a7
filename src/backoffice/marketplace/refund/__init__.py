"""The one refund core: money given back by whichever door asked for it, once, and never more than was captured.

No doors here. Audited: refund.requested, refund.approved, refund.rejected, refund.processed, refund.failed;
lost_refund.settled, of what left before a restore.
"""
