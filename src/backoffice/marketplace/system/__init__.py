"""The doors of whoever runs the house: its health, its backups, restoring it (remaining endpoints, 4)."""
