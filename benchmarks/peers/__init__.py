"""What others would have built of the same tables: each runs in an environment of its own and is measured beside us."""
