-- Bookings whose numbers begin alike, in any order of the list: of a day, or of amounts that lie close together, those are
-- found by an index. Without it a page was looked for among all bookings that come before the first of them.
-- outside a transaction: people book while the indexes are built

CREATE OR REPLACE FUNCTION marketplace.rounded_amount(minor bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT minor - minor % (10 ^ greatest(length(minor::text) - 3, 0))::bigint
$$;
COMMENT ON FUNCTION marketplace.rounded_amount IS 'Down to three digits: 123,456 is 123,000. There are 900 of them for each number of digits.';

DROP INDEX CONCURRENTLY IF EXISTS marketplace.booking_number_made_idx;

CREATE INDEX CONCURRENTLY booking_number_made_idx ON marketplace.booking (marketplace.utc_day(created_at), reference)
    INCLUDE (created_at, id);

DROP INDEX CONCURRENTLY IF EXISTS marketplace.booking_number_day_idx;

CREATE INDEX CONCURRENTLY booking_number_day_idx ON marketplace.booking (marketplace.utc_day(scheduled_at), reference)
    INCLUDE (scheduled_at, id);

DROP INDEX CONCURRENTLY IF EXISTS marketplace.booking_number_amount_idx;

CREATE INDEX CONCURRENTLY booking_number_amount_idx ON marketplace.booking (marketplace.rounded_amount(amount_minor), reference)
    INCLUDE (amount_minor, id);
