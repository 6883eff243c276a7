"""Load runs against a filled database: `python -m benchmarks --scale 10000`. Results stand in docs/performance.md."""
