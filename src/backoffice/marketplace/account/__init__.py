"""What staff do with a customer's account: suspend, ban, reactivate, end its sessions, judge its trust, write to them.

Permission: users:manage; scope customers:read. Audited: user.suspended, .suspension_ended, .reactivated, .banned,
.logged_out, .trust_set, .notified.
"""
