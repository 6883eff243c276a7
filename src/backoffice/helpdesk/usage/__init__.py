"""Usage: how much was received, answered and spent per day, for the dashboard's usage page.

Counters are appended with the write they belong to (`store.add_usage`) and folded into days by a job.
Permission: usage:view.
"""
