"""Work outside a request, on procrastinate: queued with the write it belongs to, retried, taken up after a crash."""
