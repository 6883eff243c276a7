"""Our refunds beside the gateways' books: compared every night, what differs is listed until it is gone or closed.

Permissions refunds:list, refunds:approve. Audited: difference.found, .gone, .closed; refund.processed, where closing it
takes a gateway's amount; approval.agreed, .voided.
"""
