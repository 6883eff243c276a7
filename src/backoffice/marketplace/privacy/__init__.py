"""What customers may ask for themselves: everything that is kept of them, and to be forgotten.

Permission: users:view_pii, users:anonymize. Audited: user.record_exported, .anonymized.
"""
