"""Our refunds beside the gateways' books: compared every night, what differs is listed until it is gone or closed.

Permissions refunds:list, refunds:approve. Audited: difference.found, .gone, .closed; approval.agreed, .voided; where
closing one takes a gateway's amount refund.processed, and refund.failed of what was approved and no longer fits.
"""
