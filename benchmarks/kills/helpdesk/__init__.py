"""The support desk under fire: customers live the whole story, and nothing they wrote is lost or answered twice."""
