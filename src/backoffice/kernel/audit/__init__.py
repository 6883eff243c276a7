"""The append-only record of what was done: entries, written with the change that they record."""
