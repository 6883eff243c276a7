"""Customers as a file (users and disputes, 16): asked for here, written by a job, fetched by the job's link.

Permission: users:list; without users:view_pii names, e-mail addresses and phone numbers are masked.
Audited: export.requested.
"""
