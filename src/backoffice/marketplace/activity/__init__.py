"""Activity: sessions, sign-ins and what else customers did, as the platform tells it, and the log that staff read.

Bookings, payments, reviews and disputes stand in the log by themselves.
Permission: users:view; scope activity:write. Audited: user.profile_updated.
"""
