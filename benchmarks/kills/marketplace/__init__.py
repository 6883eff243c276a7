"""The marketplace under fire: 200 calls at once for one payment, by every door, and never a rupee more than came in."""
