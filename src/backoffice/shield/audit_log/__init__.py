"""The record of who did what (contract, 6): the list with all its filters, and the export with the chain's proof.

Permission: audit:read. An export is audited (`audit.exported`). Entries are written by the acts themselves.
"""
