"""Takedowns: a vendor asks to take a review down and shows why, staff decide, once more after an appeal.

What anybody outside may know lies in told.py, which has no place for notes of staff. It stands above reviews, whose
moves it asks for. Permission reviews:moderate; scope reviews:write. Audited: takedown.requested, takedown.resolved,
takedown.appealed, takedown.evidence_added, review.hidden, review.removed, review.restored.
"""
