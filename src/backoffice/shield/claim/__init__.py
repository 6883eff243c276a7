"""Claims: submitted with their documents by the platform, reviewed and decided by staff, paid by payouts.

Permissions: claims:read, claims:write, claims:approve; scope claims:submit. Audited: claim.status_update,
claim.amount_update, claim.assigned, claim.note_added, claim.document_verified, claim.submitted, claim.document_added.
"""
