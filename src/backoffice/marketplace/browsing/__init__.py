"""What customers look for on the platform and open there: counts by day, and nothing of who it was.

The platform tells of it in batches. Words that look like an address or a number are counted without the words, and all
is forgotten after 400 days. Permission: analytics:view; scope: activity:write.
"""
