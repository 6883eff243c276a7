"""Load runs against a filled database: `python -m benchmarks --scale 10000`. Results stand in docs/performance.md.

The machine stands here; what each product is filled with and what is asked of it, in a folder of its name.
"""
