"""Several machines on one: three API servers, two workers, a primary and its replica, and all that stands around them.

    python -m benchmarks.machines [--acts all] [--keep]       needs haproxy, pgbouncer and redis-server

parts.py says how each part is started, with the files of deploy/; keeping.py starts again what dies, as systemd does;
calling.py writes and reads all the while, acts.py kills and pauses, judging.py counts what was lost or done twice.
"""
