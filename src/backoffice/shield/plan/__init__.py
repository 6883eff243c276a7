"""Plans and who is on which: enrolment, exact proration, changes now or later, premiums the platform collected.

Permissions: users:read, plans:write; scope members:write. Audited: user.enrolled, user.enrolment_began,
user.premium_recorded, user.plan_changed, user.plan_change_scheduled, user.plan_change_cancelled.
"""
