"""Messages to people by e-mail, SMS, push and inside an app: written with the write that they tell of, sent by a job,
each at most once by itself.

Recipient and text are sealed. Products own their texts; the kernel knows none. Audited: notification.resent.
"""
