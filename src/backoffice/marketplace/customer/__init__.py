"""Customers: who they are, what they did, how far they are trusted. The platform brings them, staff look after them.

Permission: users:view; scope customers:write. Audited: user.created, .viewed, referral.code_given,
.recorded.
"""
