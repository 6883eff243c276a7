"""The chain of seals over the audit log, the proof that no entry was changed or taken out, and the export with it.

Audited: audit.exported, by the doors that export; audit.cut, by the command that cuts off the oldest months.
"""
