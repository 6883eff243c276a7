"""Disputes: a customer complains about a booking, the vendor answers, staff decide, perhaps money goes back.

Permissions: disputes:view, disputes:manage, disputes:refund; scope disputes:write. Audited: dispute.created,
dispute.updated, refund.requested, refund.approved, refund.rejected, refund.processed, booking.moved.
"""
