"""Reviews: what customers say of a booking, seen by everybody unless staff hide or remove it."""
