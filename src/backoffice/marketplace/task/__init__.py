"""Background jobs as staff follow them: how far, what came of it, a link to the result for a day.

Permission: self:manage, which every role has; the jobs of others need jobs:view_all.
"""
