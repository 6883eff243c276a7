"""Testing mode: while it is on, only whitelisted numbers get the assistant, everybody else a fixed answer.

Permission: testing_mode:manage.
Audited: testing_mode.toggled, testing_mode.message_set, testing_mode.whitelist_changed.
"""
