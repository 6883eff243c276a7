"""The desk under load: a million tickets, read through its doors, opened by many writers, taken in from Meta."""
