-- LEAST passes NULL over: whoever had booked nothing got no point for having no dispute, where a term without data counts
-- three quarters of its weight. And whoever comes with a past has the trust of it from the first moment, not from the night.

CREATE OR REPLACE FUNCTION marketplace.trust_terms(one marketplace.customer, at timestamptz) RETURNS numeric[]
LANGUAGE sql STABLE AS $$
    SELECT ARRAY[
        30 * coalesce(one.bookings_completed / nullif(one.bookings_completed + one.bookings_cancelled, 0)::numeric, 0.75),
        25 * coalesce(one.payments_succeeded / nullif(one.payments_succeeded + one.payments_failed, 0)::numeric, 0.75),
        20 * CASE WHEN one.bookings = 0 AND one.disputes = 0 THEN 0.75
                  ELSE 1 - least(one.disputes / greatest(one.bookings, 1)::numeric, 1) END,
        15 * coalesce(one.ratings / nullif(one.reviews, 0)::numeric / 5, 0.75),
        10 * greatest(0, least(floor(extract(epoch FROM at - one.registered_at) / 86400) / 365, 1))]
$$;

CREATE FUNCTION marketplace.begin_with_trust() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.trust_computed := marketplace.trust_of(NEW, clock_timestamp());
    RETURN NEW;
END $$;
CREATE TRIGGER begin_with_trust BEFORE INSERT ON marketplace.customer
    FOR EACH ROW EXECUTE FUNCTION marketplace.begin_with_trust();
COMMENT ON FUNCTION marketplace.begin_with_trust IS 'Nothing is counted yet, but how long they are here may be known.';
