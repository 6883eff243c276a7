"""What staff do with a customer's account: suspend, ban, reactivate, judge its trust, write to its customer.

Permission: users:manage; scope customers:read. Audited: user.suspended, .suspension_ended, .reactivated, .banned,
.trust_set, .notified.
"""
