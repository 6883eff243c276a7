"""Kills parts of a running house while customers write, and counts what was lost or doubled.

    python -m benchmarks.kills --times 30 [--seed 7]

desk.py starts and stops a `backoffice run`, customers.py plays the story, victims.py kills, counting.py judges.
"""
