-- Bookings of a long period in the order in which they were made: each of its days is walked by itself, as far as a page
-- needs.
CREATE INDEX booking_made_for_day_idx ON marketplace.booking (marketplace.utc_day(scheduled_at), created_at, id)
    INCLUDE (scheduled_at);
