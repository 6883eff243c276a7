"""Reviews: what customers say of a booking, seen by everybody unless staff hide or remove it.

Scope reviews:write. Audited: review.created, review.answered.
"""
