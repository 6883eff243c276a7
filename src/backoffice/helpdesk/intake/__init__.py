"""The way in: a webhook of WhatsApp is kept at once; its messages become jobs, and what nobody knows leftovers.

Permission: tickets:manage to read the leftovers. Audited: nothing, it is WhatsApp that writes.
"""
