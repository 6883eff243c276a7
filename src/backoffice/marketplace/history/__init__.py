"""One customer's history: what they booked, paid for and reviewed, each as a list with its summary.

Permission: users:view.
"""
