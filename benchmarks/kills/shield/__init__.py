"""Shield under fire: 200 calls at once on one claim, again and again, and never a cent more than was approved."""
