"""One search over tickets, customers and the team.

Everybody who works here may search; each finds what their role may see, agents their own tickets only.
"""
