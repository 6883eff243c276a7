"""Disputes: a customer complains about a booking, the vendor answers, staff decide, perhaps money goes back.

What anybody outside may know lies in told.py and becomes what they see in outside.py; notes of staff lie in notes.py.
Permissions: disputes:view, disputes:manage, disputes:refund; scope disputes:write. Audited: dispute.created,
dispute.updated, dispute.assigned, dispute.message_added, dispute.note_added, dispute.evidence_added,
dispute.vendor_responded, dispute.escalated, refund.requested, refund.approved, refund.rejected,
refund.processed, booking.moved.
"""
