"""Where refunds are asked for and decided: by the queue, by a payment, by the platform for a customer or a vendor.

It stands above disputes, because a decided refund settles the dispute that waited for it. The core that gives money
back is below, in refund/. Permissions refunds:list, refunds:approve, payments:refund; scope refunds:write.
Audited: refund.requested, .approved, .rejected, .processed; what follows from it: dispute.updated, booking.moved.
"""
