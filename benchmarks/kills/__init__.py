"""Kills parts of a running house while people write, and counts what was lost, doubled or paid too much.

    python -m benchmarks.kills [--product shield|marketplace] --times 30 [--seed 7]

desk.py starts and stops a `backoffice run`, second.py more beside it, victims.py kills; what goes on meanwhile, and how
it is judged, is a scene of a product: play.py in helpdesk/, shield/ and marketplace/.
"""
