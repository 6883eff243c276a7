"""Who works in the marketplace, and what their roles may do: roles as rows, and the accounts of staff.

Permissions: roles:list, roles:manage, accounts:manage. What gives power asks for a fresh code of the second factor.
Audited by the kernel's identity.
"""
