"""One staff directory: people, their membership per product, passwords, sessions, tokens.

A session is a row: signing out, a password change, deactivation and a change of role take effect at the next request.
Audited: session.started, session.refused, session.ended, session.revoked, staff.password_changed, staff.password_reset.
"""
