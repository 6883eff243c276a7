"""Signing in to the marketplace, and who one is: an access token for 15 minutes, a refresh token for 7 days.

Permission: self:manage, which every role has. Audited by the kernel's identity.
"""
