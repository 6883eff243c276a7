"""Where members are paid to. Numbers are sealed and bound to their row; only their last four digits are shown.

Permissions: users:read, users:write, banking:write, banking:override; scope banking:submit.
Audited: banking.viewed, banking.searched,
banking.info_updated, banking.confirmed, banking.deposits_sent, banking.deposits_refused, banking.verified,
banking.unverified, banking.correction_wanted; with these also payout.held and payout.released.
"""
