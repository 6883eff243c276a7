-- What a cancellation by staff came to: which rule gave how much of what was paid back, and how much stays.

ALTER TABLE marketplace.booking
    ADD COLUMN cancellation_rule text CHECK (cancellation_rule IN ('full', 'part', 'none', 'forced')),
    ADD COLUMN cancellation_fee_minor bigint CHECK (cancellation_fee_minor >= 0),
    ADD CONSTRAINT booking_cancellation_told CHECK ((cancellation_rule IS NULL) = (cancellation_fee_minor IS NULL));
COMMENT ON COLUMN marketplace.booking.cancellation_rule IS 'By which rule staff gave money back when they cancelled it; NULL where the platform did.';
COMMENT ON COLUMN marketplace.booking.cancellation_fee_minor IS 'What was paid and stays, by that rule.';
