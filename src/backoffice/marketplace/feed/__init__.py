"""Thousands of rows at once: the platform's batches, and files of history on the command line. No door beside a door:

every line is read by the model of the door for one, and what that door would refuse is refused here with its line.
Known things stay as they are, so a file may be brought again. Audited: feed.brought, payment.recorded.
"""
