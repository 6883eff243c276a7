"""Background jobs as staff follow them: the list, how far each is, its end, a link to its result for a day.

Permission: self:manage, which every role has, for one's own, jobs:list for the list; those of others need
jobs:view_all, jobs:cancel, jobs:delete. Audited: task.cancelled, task.retried, task.deleted.
"""
