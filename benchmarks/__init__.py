"""Load runs against a filled database: `python -m benchmarks --scale 10000`. What they say is kept in docs/performance.md."""
