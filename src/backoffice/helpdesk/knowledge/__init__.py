"""The knowledge base: questions with their answers, kept by staff, which the responder answers customers from.

Permission: knowledge:manage.
Audited: knowledge.entry_created, .entry_updated, .entry_deleted, .imported, .synced.
"""
