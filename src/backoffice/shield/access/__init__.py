"""Signing in to shield (contract, 8): a token lives twelve hours and ends when nobody used it for sixty minutes.

Permission: self:manage, which every role has. Audited by the kernel's identity.
"""
