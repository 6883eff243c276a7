"""The marketplace under load: a million customers with five million bookings, two hundred thousand disputes."""
