"""The record of who did what in the marketplace: the list with its filters, one entry, what there is to filter by.

Permission: audit:read. Entries are written by the acts themselves.
"""
