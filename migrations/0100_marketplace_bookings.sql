-- Bookings as staff list and handle them: what they note of one, what customers show of what is to be done, who moved it
-- last. The list is walked in each of its orders by an index, and by status, city and day where few are asked for.

ALTER TABLE marketplace.booking
    ADD COLUMN admin_notes text,
    ADD COLUMN updated_by bigint REFERENCES kernel.staff,
    ADD COLUMN images jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN marketplace.booking.admin_notes IS 'What staff note for themselves: nothing that is told outside holds it.';
COMMENT ON COLUMN marketplace.booking.updated_by IS 'Who of the staff changed it last; NULL where only the platform did.';
COMMENT ON COLUMN marketplace.booking.images IS
    'What the customer or the vendor shows of it: [{"url": "https://...", "uploaded_at": "...", "uploaded_by": "user"}].';

CREATE TABLE marketplace.booking_event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    booking_id   text NOT NULL REFERENCES marketplace.booking,
    event        text NOT NULL CHECK (event IN ('notes_changed')),
    staff_id     bigint REFERENCES kernel.staff,
    at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE marketplace.booking_event IS 'What staff did with a booking that leaves no row of its own: moves, payments and refunds do.';
CREATE INDEX booking_event_booking_idx ON marketplace.booking_event (booking_id, id);
SELECT kernel.watch('marketplace.booking_event');

-- A booking whose whole money is back counts as refunded, whatever became of it.
DROP TRIGGER tally_rows ON marketplace.booking;
DROP TRIGGER tally_changes ON marketplace.booking;
DROP FUNCTION marketplace.tally_booking();
DELETE FROM kernel.kept_sum WHERE differences = 'marketplace.booking_tally';
DROP TABLE marketplace.booking_tally;
SELECT kernel.tally('marketplace.booking', 'bookings', '{status,payment_status}');

CREATE INDEX booking_status_idx ON marketplace.booking (status, created_at, id) INCLUDE (payment_status);
CREATE INDEX booking_status_day_idx ON marketplace.booking (status, scheduled_at, id) INCLUDE (payment_status);
CREATE INDEX booking_refunded_idx ON marketplace.booking (created_at, id) WHERE payment_status = 'refunded';
CREATE INDEX booking_day_idx ON marketplace.booking (scheduled_at, id) INCLUDE (created_at);
CREATE INDEX booking_amount_idx ON marketplace.booking (amount_minor, id);
CREATE INDEX booking_city_idx ON marketplace.booking (kernel.fold(city), created_at, id);
