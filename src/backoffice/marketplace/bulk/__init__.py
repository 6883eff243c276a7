"""Bulk acts on what a list shows: the rows that are named, or all that fit its filter; a preview, a job, its undo.

Permission: that of the list, and for each row that of the act's own door. Audited: bulk.started, bulk.undo_started, and
each row as its own door audits it.
"""
