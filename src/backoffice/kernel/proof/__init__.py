"""The chain of seals over the audit log, and the proof that no entry was changed, taken out or slipped in."""
