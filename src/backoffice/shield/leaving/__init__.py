"""How members leave, at once or on a later day, and return: above members, plans and payouts, which all feel it.

Permissions: users:write. Audited: user.deactivation_scheduled, .deactivated, .deactivation_withdrawn, .reactivated,
user.plan_change_cancelled, payout.held.
"""
