"""Members: who they are, how they are found, how they leave and return, what their platform tells of them.

Permissions: users:read, users:write; scope members:write. Audited: user.viewed, user.profile_update,
user.created,
user.deactivation_scheduled, user.deactivated, user.deactivation_withdrawn, user.reactivated; with these also
user.plan_change_cancelled and payout.held.
"""
