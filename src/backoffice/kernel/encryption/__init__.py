"""Encryption at rest: the key ring, and one data key per person."""
