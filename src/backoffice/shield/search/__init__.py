"""One search over members, claims and payouts.

Everybody who works here may search; each finds what their role may see.
"""
