"""Reviews: what customers say of a booking, seen by everybody unless staff hide or remove it.

Permissions reviews:list, reviews:view, reviews:hide, reviews:moderate, reviews:remove; scope reviews:write. Audited:
review.created, review.answered, review.hidden, review.restored, review.removed.
"""
