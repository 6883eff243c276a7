"""Members: who they are, how they are found, what their platform tells of them. They come and go in `leaving`.

Permissions: users:read, users:write; scope members:write. Audited: user.created, .viewed, .profile_update.
"""
