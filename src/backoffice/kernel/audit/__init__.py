"""The append-only record of what was done: entries, their seals, and the proof that none is missing."""
