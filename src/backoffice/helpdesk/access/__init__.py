"""Signing in to the helpdesk (contract, "Authentication APIs"): login, refresh, who am I, password, logout, sessions.

Permission: self:manage, which every role has. Audited by the kernel's identity.
"""
